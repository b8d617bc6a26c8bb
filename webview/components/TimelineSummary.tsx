/** What happened in a range of the timeline, as a table; and the colours. */
import type { JSX } from 'preact';
import { useRef, useState } from 'preact/hooks';
import type { Lane, SliceKind } from '../../extension/protocol/webview-messages';
import type { TextKey } from '../../extension/protocol/webview-texts';
import { exactNowNs } from '../clock';
import { duration, functionLabel, share } from '../format';
import { summaryMarkdown } from '../markdown';
import { overview } from '../store';
import { plural, t } from '../texts';
import { timelineHistory } from '../timelineHistory';
import { summarise, SUMMARY_GROUPINGS, type SummaryGrouping, type SummaryLine } from '../timelineSummary';
import { isWaitKind, waitClass, waitColour } from '../waits';
import { CopyButton, PlaceLink } from './parts';

/** How often a table that is not on the screen is made anew, in ms. */
const UNSEEN_MS = 1000;

/** What a kind of slice is called. */
function kindText(kind: SliceKind): string {
  if (isWaitKind(kind)) return t(`legend.${waitColour(kind)}`);
  switch (kind) {
    case 'block':
      return t('legend.block');
    case 'queued':
      return t('executor.queuedState');
    case 'running':
    case 'ready':
    case 'waiting':
    case 'cancelling':
    case 'finished':
    case 'cancelled':
    case 'failed':
    case 'idle':
    case 'stopped':
      return t(`state.${kind}`);
  }
}

/** Class name of the chip in a kind's colour. */
function kindClass(kind: SliceKind): string {
  if (isWaitKind(kind)) return waitClass(kind);
  return kind === 'block' || kind === 'running'
    ? `chip-${kind}`
    : kind === 'ready' || kind === 'queued'
      ? 'chip-ready'
      : 'wait-other';
}

function whatText({ kind, label }: SummaryLine): string {
  return label === '' ? kindText(kind) : label;
}

function lanesText({ lanes }: SummaryLine): string {
  const [first = ''] = lanes;
  return lanes.size === 1 ? first : plural('timeline.lanes', lanes.size);
}

/** The table under the timeline: on the screen for a selected range, else only for screen readers. */
export function Summary(props: {
  readonly lanes: readonly Lane[];
  readonly range: { readonly fromNs: number; readonly toNs: number };
  readonly selected: boolean;
}): JSX.Element {
  const { lanes, selected } = props;
  const { fromNs, toNs } = props.range;
  const [by, setBy] = useState<SummaryGrouping>('task');
  const happenings = {
    lanes,
    slices: timelineHistory.between(fromNs, toNs),
    steps: timelineHistory.steps.between(fromNs, toNs),
  };
  const kept = useRef<{ readonly at: number; readonly lines: readonly SummaryLine[] } | null>(null);
  // Nobody sees it unless it is selected, and screen readers do not read ten times a second.
  const isFresh = !selected && kept.current !== null && performance.now() - kept.current.at < UNSEEN_MS;
  if (!isFresh) kept.current = { at: performance.now(), lines: summarise(happenings, by, fromNs, toNs, exactNowNs()) };
  const lines = kept.current?.lines ?? [];
  const title = t(selected ? 'timeline.selection' : 'timeline.visible', duration(toNs - fromNs));
  const shareOf = (line: SummaryLine): string => share(line.totalNs / Math.max(1, toNs - fromNs) / line.lanes.size);
  return (
    <div class={selected ? 'timeline-summary' : 'visually-hidden'} {...(selected ? { tabIndex: 0 } : {})}>
      {selected && (
        <div class="toolbar">
          <span class="toolbar-note">{title}</span>
          <select
            aria-label={t('timeline.by')}
            value={by}
            onChange={(event) => {
              setBy(SUMMARY_GROUPINGS.find((name) => name === event.currentTarget.value) ?? 'task');
            }}
          >
            {SUMMARY_GROUPINGS.map((name) => (
              <option key={name} value={name}>
                {t(`timeline.by.${name}`)}
              </option>
            ))}
          </select>
          <CopyButton
            label={t('timeline.copy')}
            text={() => {
              if (overview.value === null) return null;
              const rows = lines.map(
                (line) => [whatText(line), line.site, lanesText(line), duration(line.totalNs), shareOf(line)] as const,
              );
              return summaryMarkdown(overview.value, title, rows);
            }}
          />
        </div>
      )}
      <table class="table">
        <caption class="visually-hidden">{title}</caption>
        <thead>
          <tr>
            <th scope="col">{t('timeline.what')}</th>
            <th scope="col">{t('timeline.lane')}</th>
            <th scope="col" class="number">
              {t('timeline.time')}
            </th>
            <th scope="col" class="number">
              {t('timeline.share')}
            </th>
          </tr>
        </thead>
        <tbody>
          {lines.length === 0 && (
            <tr>
              <td colSpan={4}>{t('timeline.empty')}</td>
            </tr>
          )}
          {lines.map((line) => (
            <tr key={line.key}>
              <td class={line.kind === 'block' ? 'alarm' : ''}>
                <i class={`chip ${kindClass(line.kind)}`} aria-hidden="true" />
                {whatText(line)}{' '}
                {line.site !== null && selected && (
                  <>
                    <PlaceLink site={line.site} /> <span class="dim">{functionLabel(line.site.function)}</span>
                  </>
                )}
              </td>
              <td>{lanesText(line)}</td>
              <td class="number">{duration(line.totalNs)}</td>
              <td class="number">{shareOf(line)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const COLOURS: readonly (readonly [className: string, text: TextKey])[] = [
  ['chip-block', 'legend.block'],
  ['chip-running', 'legend.running'],
  ['chip-ready', 'legend.ready'],
  ['wait-timer', 'legend.timer'],
  ['wait-task', 'legend.task'],
  ['wait-lock', 'legend.lock'],
  ['wait-queue', 'legend.queue'],
  ['wait-stream', 'legend.stream'],
  ['wait-job', 'legend.job'],
  ['wait-other', 'legend.other'],
];

/** What the colours mean. */
export function Legend(): JSX.Element {
  return (
    <ul class="legend" aria-label={t('legend.label')}>
      {COLOURS.map(([className, text]) => (
        <li key={className}>
          <i class={`chip ${className}`} aria-hidden="true" />
          {t(text)}
        </li>
      ))}
    </ul>
  );
}
