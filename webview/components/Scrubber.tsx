/** Which moment of a recording is shown, and the way to others. */
import { signal } from '@preact/signals';
import type { JSX } from 'preact';
import type { Replay } from '../../extension/protocol/webview-messages';
import { clockTime } from '../format';
import { post } from '../host';
import { overview, replay } from '../store';
import { plural, t } from '../texts';
import { Icon } from './parts';

const NS_PER_MS = 1e6;
/** Positions of the thumb: finer than pixels. */
const POSITIONS = 10_000;
/** Steps an arrow key takes through the whole recording, unless that made them shorter than a tenth of a second. */
const STEPS = 500;
const SHORTEST_STEP_NS = 0.1e9;
/** Arrow steps in one of Page Up and Page Down. */
const PAGE = 10;
/** Recordings shorter than this show tenths of a second. */
const TENTHS_BELOW_NS = 600e9;

/** Where the person has put the thumb and the host has not been yet, in nanoseconds. */
const wished = signal<number | null>(null);

/** The row of a recording; absent in the panel. */
export function Scrubber(): JSX.Element | null {
  const shown = replay.value;
  if (shown === null) return null;
  if (!shown.seeking && wished.value === shown.atNs) wished.value = null;
  const atNs = wished.value ?? shown.atNs;
  const length = shown.toNs - shown.fromNs;
  const tenths = length < TENTHS_BELOW_NS;
  const at = t('replay.at', clockTime(atNs - shown.fromNs, tenths), clockTime(length, tenths));
  const wall = new Date((overview.value?.startedWallMs ?? 0) + atNs / NS_PER_MS).toLocaleString();
  const earlier = shown.blocks.findLast((block) => block.atNs + block.durationNs < atNs);
  const later = shown.blocks.find((block) => block.atNs + block.durationNs > atNs);
  return (
    <div class="scrubber">
      <BlockButton icon="chevron-left" label={t('replay.earlierBlock')} block={earlier} />
      <div class="scrubber-track">
        <Marks shown={shown} />
        <input
          type="range"
          aria-label={t('replay.label')}
          aria-valuetext={at}
          title={wall}
          min={0}
          max={POSITIONS}
          step={1}
          value={length > 0 ? Math.round(((atNs - shown.fromNs) / length) * POSITIONS) : POSITIONS}
          onInput={(event) => seek(shown.fromNs + (Number(event.currentTarget.value) / POSITIONS) * length)}
          onKeyDown={(event) => {
            const target = keyTarget(event.key, atNs, shown);
            if (target === null) return;
            event.preventDefault();
            seek(target);
          }}
        />
      </div>
      <BlockButton icon="chevron-right" label={t('replay.laterBlock')} block={later} />
      <span class="scrubber-time">{at}</span>
      {shown.blocks.length > 0 && <span>{plural('replay.blocks', shown.blocks.length)}</span>}
      <button type="button" class="button" onClick={() => post({ type: 'command', command: 'export' })}>
        {t('replay.export')}
      </button>
      <button type="button" class="button" onClick={() => post({ type: 'command', command: 'report' })}>
        {t('replay.report')}
      </button>
      {shown.problem !== null && (
        <p class="scrubber-problem notice notice-warning" role="status">
          <Icon name="warning" /> {shown.problem}
        </p>
      )}
    </div>
  );
}

/** Where a key leads to; null for keys that lead nowhere. */
function keyTarget(key: string, atNs: number, { fromNs, toNs }: Replay): number | null {
  const step = Math.max(SHORTEST_STEP_NS, (toNs - fromNs) / STEPS);
  switch (key) {
    case 'ArrowRight':
    case 'ArrowUp':
      return atNs + step;
    case 'ArrowLeft':
    case 'ArrowDown':
      return atNs - step;
    case 'PageUp':
      return atNs + PAGE * step;
    case 'PageDown':
      return atNs - PAGE * step;
    case 'Home':
      return fromNs;
    case 'End':
      return toNs;
    default:
      return null;
  }
}

/** Goes to the end of a block, where it is known in full. */
function BlockButton(props: {
  readonly icon: string;
  readonly label: string;
  readonly block: Replay['blocks'][number] | undefined;
}): JSX.Element {
  const { block } = props;
  return (
    <button
      type="button"
      class="icon-button"
      aria-label={props.label}
      title={props.label}
      disabled={block === undefined}
      onClick={() => {
        if (block !== undefined) seek(block.atNs + block.durationNs);
      }}
    >
      <Icon name={props.icon} />
    </button>
  );
}

/** Where the blocks were. */
function Marks({ shown }: { readonly shown: Replay }): JSX.Element {
  const length = Math.max(1, shown.toNs - shown.fromNs);
  const percent = (ns: number): string => `${((100 * ns) / length).toFixed(3)}%`;
  return (
    <svg class="scrubber-marks" aria-hidden="true">
      {shown.blocks.map((block) => (
        <rect
          key={block.atNs}
          x={percent(block.atNs - shown.fromNs)}
          width={percent(Math.max(block.durationNs, length / 400))}
          height="100%"
        />
      ))}
    </svg>
  );
}

function seek(timeNs: number): void {
  const shown = replay.value;
  if (shown === null) return;
  const target = Math.round(Math.min(Math.max(timeNs, shown.fromNs), shown.toNs));
  wished.value = target;
  post({ type: 'seek', timeNs: target });
}
