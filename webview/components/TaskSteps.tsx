/** What the steps of a task come to at `trace`: totals, and how long single steps and the delays before them were. */
import type { JSX } from 'preact';
import type { StepHistogramView, TaskStepsView } from '../../extension/model/queries';
import type { TextKey } from '../../extension/protocol/webview-texts';
import { duration } from '../format';
import { count, t } from '../texts';
import { PlaceLink } from './parts';

const BAR = 10;
const HEIGHT = 54;

/** Facts about the steps, and both histograms. */
export function TaskSteps({ steps }: { readonly steps: TaskStepsView }): JSX.Element {
  const { histogram } = steps;
  return (
    <>
      <h3>{t('steps.title')}</h3>
      <dl class="facts">
        <dt>{t('steps.count')}</dt>
        <dd>{count(steps.steps)}</dd>
        <dt>{t('steps.busy')}</dt>
        <dd>
          {duration(steps.busyNs)}, {t('verdict.longest', duration(steps.longestNs))}{' '}
          {steps.longestSite !== null && <PlaceLink site={steps.longestSite} />}
        </dd>
        <dt>{t('steps.delay')}</dt>
        <dd>
          {steps.delayNs === null || steps.maxDelayNs === null
            ? t('steps.delayNotSeen')
            : `${duration(steps.delayNs)}, ${t('verdict.longest', duration(steps.maxDelayNs))}`}
        </dd>
        <dt>{t('steps.waiting')}</dt>
        <dd>{duration(steps.waitingNs)}</dd>
      </dl>
      {histogram !== null && (
        <>
          <Histogram title="steps.times" tone="running" histogram={histogram} counts={histogram.steps} />
          <Histogram title="steps.delays" tone="ready" histogram={histogram} counts={histogram.delays} />
        </>
      )}
    </>
  );
}

/** Counts by powers of two, drawn as bars; the same as a table for those who cannot see them. */
function Histogram(props: {
  readonly title: TextKey;
  readonly tone: 'running' | 'ready';
  readonly histogram: StepHistogramView;
  readonly counts: readonly number[];
}): JSX.Element | null {
  const { title, tone, histogram, counts } = props;
  const seen = counts.flatMap((amount, index) => (amount > 0 ? [index] : []));
  const [first] = seen;
  const last = seen.at(-1);
  if (first === undefined || last === undefined) return null;
  // A little of what was not seen on either side shows that there is nothing.
  const from = Math.max(0, first - 1);
  const to = Math.min(counts.length, last + 2);
  const shown = counts.slice(from, to);
  const most = Math.max(...shown);
  const boundText = (index: number): string => {
    const bound = histogram.belowNs[index];
    return bound === undefined
      ? t('steps.atLeast', duration(histogram.belowNs.at(-1) ?? 0))
      : t('steps.below', duration(bound));
  };
  return (
    <figure class="histogram">
      <figcaption>{t(title)}</figcaption>
      <svg
        viewBox={`0 0 ${String(shown.length * BAR)} ${String(HEIGHT)}`}
        preserveAspectRatio="none"
        aria-hidden="true"
        class={`bars-${tone}`}
      >
        {shown.map((amount, index) => {
          const height = amount === 0 ? 0 : Math.max(1.5, (amount / most) * HEIGHT);
          return (
            <rect key={index} x={index * BAR + 0.5} width={BAR - 1} y={HEIGHT - height} height={height}>
              <title>{`${boundText(from + index)}: ${count(amount)}`}</title>
            </rect>
          );
        })}
      </svg>
      <div class="histogram-axis" aria-hidden="true">
        <span>{from === 0 ? '0' : duration(histogram.belowNs[from - 1] ?? 0)}</span>
        <span>{duration(histogram.belowNs[Math.min(to, histogram.belowNs.length) - 1] ?? 0)}</span>
      </div>
      <table class="visually-hidden">
        <caption>{t(title)}</caption>
        <tbody>
          {shown.map((amount, index) => (
            <tr key={index}>
              <th scope="row">{boundText(from + index)}</th>
              <td>{count(amount)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </figure>
  );
}
