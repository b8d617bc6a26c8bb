/** The inspected process's clock, running on between updates so that durations tick. */
import { signal } from '@preact/signals';

const TICK_MS = 250;

let anchorNs = 0;
let anchorMs = 0;
let ticking = false;

/** The process's clock in nanoseconds, raised four times a second: what texts show. */
export const nowNs = signal(0);

/** The process's clock in nanoseconds at this very moment: what charts are drawn with. */
export function exactNowNs(): number {
  return ticking ? anchorNs + (performance.now() - anchorMs) * 1e6 : anchorNs;
}

/** True while the process lives. */
export function isTicking(): boolean {
  return ticking;
}

/** Sets the clock to what the host said. It stands still unless `runs`. */
export function setClock(ns: number, runs: boolean): void {
  anchorNs = ns;
  anchorMs = performance.now();
  ticking = runs;
  // What ticks four times a second need not be drawn ten times a second as well.
  if (!runs || ns < nowNs.peek() || ns - nowNs.peek() > TICK_MS * 1e6) nowNs.value = ns;
}

/** Starts the tick of {@link nowNs}. */
export function startClock(): void {
  setInterval(() => {
    if (ticking && !document.hidden) nowNs.value = exactNowNs();
  }, TICK_MS);
}
