/** The trend of a block in a few parts, for words. */
import type { BlockTrend } from '../extension/model/queries';

/** A part of the session in which a block held the loop. */
export interface TrendPart {
  readonly fromNs: number;
  readonly toNs: number;
  /** Holds that began in it. */
  readonly holds: number;
  readonly heldNs: number;
}

/** The parts with a hold, when the session of `stretches` is cut into `most` at most; oldest first. */
export function trendParts(trend: BlockTrend, stretchNs: number, stretches: number, most: number): TrendPart[] {
  const each = Math.ceil(stretches / most);
  const parts: TrendPart[] = [];
  for (let first = 0; first < stretches; first += each) {
    const sum = { holds: 0, heldNs: 0 };
    trend.stretches.forEach((stretch, index) => {
      if (stretch < first || stretch >= first + each) return;
      sum.holds += trend.holds[index] ?? 0;
      sum.heldNs += trend.heldNs[index] ?? 0;
    });
    const toNs = Math.min(stretches, first + each) * stretchNs;
    if (sum.heldNs > 0) parts.push({ fromNs: first * stretchNs, toNs, ...sum });
  }
  return parts;
}
