/** When a block held the loop, over the whole session: a small picture, and the same in words. */
import { computed } from '@preact/signals';
import type { JSX } from 'preact';
import { nowNs } from '../clock';
import { clockTime, duration } from '../format';
import { overview, trends } from '../store';
import { count, t } from '../texts';
import { trendParts } from '../trendParts';

const HEIGHT = 16;
const WIDTH = 96;
/** In how many parts the words tell of the session. */
const PARTS = 6;

const byBlock = computed(() => new Map(trends.value.trends.map((trend) => [trend.block, trend])));
/** Stretches from the start of the program to now, the last of which has begun: a number that seldom changes. */
const stretchesSoFar = computed(() => {
  const now = Math.max(nowNs.value, overview.value?.nowNs ?? 0);
  return Math.max(1, Math.ceil(now / trends.value.stretchNs));
});

/** A bar for each stretch of the session from its start to now; the highest is the one in which the loop was held longest. */
export function Trend({ block }: { readonly block: number }): JSX.Element | null {
  const { stretchNs } = trends.value;
  const trend = byBlock.value.get(block);
  if (trend === undefined) return null;
  const stretches = Math.max(stretchesSoFar.value, (trend.stretches.at(-1) ?? 0) + 1);
  const longestNs = Math.max(...trend.heldNs);
  let bars = '';
  trend.stretches.forEach((stretch, index) => {
    const height = Math.max(1.5, Math.round(((trend.heldNs[index] ?? 0) / longestNs) * HEIGHT));
    bars += `M${String(stretch)} ${String(HEIGHT)}v${String(-height)}h1v${String(height)}z`;
  });
  const parts = trendParts(trend, stretchNs, stretches, PARTS).map(({ fromNs, toNs, holds, heldNs }) =>
    t('trend.part', clockTime(fromNs), clockTime(toNs), `${count(holds)} ×`, duration(heldNs)),
  );
  const words = [...parts, ...(trend.untimed === 0 ? [] : [t('trend.untimed', trend.untimed)])];
  return (
    <span class="trend" title={words.join('\n')}>
      <svg
        width={WIDTH}
        height={HEIGHT}
        viewBox={`0 0 ${String(stretches)} ${String(HEIGHT)}`}
        preserveAspectRatio="none"
        aria-hidden="true"
      >
        <path d={bars} />
      </svg>
      <span class="visually-hidden">{words.join('; ')}</span>
    </span>
  );
}
