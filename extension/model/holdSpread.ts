/** Where one bar of a histogram of holds ends and the next begins, in ms. */
const EDGES_MS = [2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000];

/** How many holds lasted how long: the first bar is of those below 2 ms, the last of those of 50 s and more. */
export type HoldSpread = readonly number[];

/** One bar of a histogram. */
export interface SpreadBar {
  /** In nanoseconds; 0 for the first. */
  readonly fromNs: number;
  /** In nanoseconds; null for the last. */
  readonly untilNs: number | null;
  readonly holds: number;
}

/** A spread in which nothing was counted yet. */
export function emptySpread(): Uint32Array {
  return new Uint32Array(EDGES_MS.length + 1);
}

/** Counts holds of one duration. */
export function addHolds(spread: Uint32Array, durationNs: number, holds: number): void {
  const above = EDGES_MS.findIndex((edge) => durationNs < edge * 1e6);
  const bar = above < 0 ? EDGES_MS.length : above;
  spread[bar] = (spread[bar] ?? 0) + holds;
}

/** The bars from the first to the last that has holds; none when there are no holds. */
export function spreadBars(spread: HoldSpread): SpreadBar[] {
  const bars = spread.map((holds, index) => ({
    fromNs: (EDGES_MS[index - 1] ?? 0) * 1e6,
    untilNs: index < EDGES_MS.length ? (EDGES_MS[index] ?? 0) * 1e6 : null,
    holds,
  }));
  const first = bars.findIndex(({ holds }) => holds > 0);
  const last = bars.findLastIndex(({ holds }) => holds > 0);
  return first < 0 ? [] : bars.slice(first, last + 1);
}
