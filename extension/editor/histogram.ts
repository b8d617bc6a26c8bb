import { durationText, spreadBars, type Translate } from '../model';
import type { MeasuredLine } from './measuredLines';

/** The longest bar, in characters. */
const WIDEST = 20;

/**
 * How long the holds of a line lasted, a row for each span of time, such as `100 ms – 200 ms  ██████ 12`; empty
 * while but one is known, of which all is said elsewhere.
 */
export function histogram({ blocks, spread }: Pick<MeasuredLine, 'blocks' | 'spread'>, t: Translate): string {
  const bars = spreadBars(spread);
  const known = bars.reduce((sum, { holds }) => sum + holds, 0);
  if (known < 2) return '';
  const most = Math.max(...bars.map(({ holds }) => holds));
  const labels = bars.map(({ fromNs, untilNs }) =>
    untilNs === null ? t('{0} and more', edge(fromNs)) : `${edge(fromNs)} – ${edge(untilNs)}`,
  );
  const width = Math.max(...labels.map((label) => label.length));
  const rows = bars.map(({ holds }, index) => {
    const bar = '█'.repeat(Math.ceil((WIDEST * holds) / most));
    return `${(labels[index] ?? '').padStart(width)}  ${bar}${bar === '' ? '' : ' '}${holds}`;
  });
  const unknown = blocks.reduce((sum, { count }) => sum + count, 0) - known;
  return [...rows, ...(unknown > 0 ? [t('{0} before anybody looked', unknown)] : [])].join('\n');
}

/** A round duration without decimals. */
function edge(ns: number): string {
  return durationText(ns).replace(/\.0+(?= )/u, '');
}
