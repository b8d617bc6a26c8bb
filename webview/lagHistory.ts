/** The probes of the lag chart that the page keeps: the last minute of each loop. */
import { signal } from '@preact/signals';
import type { LagPoints } from '../extension/protocol/webview-messages';
import { HISTORY_SECONDS } from '../extension/protocol/webview-messages';

/** One loop's probes, oldest first. */
export interface LagLine {
  readonly timesNs: number[];
  readonly lagsMs: number[];
  /** A probe that has not run yet, when there is one. */
  open: { readonly timeNs: number; readonly lagMs: number } | null;
}

const KEPT_NS = (HISTORY_SECONDS + 5) * 1e9;
const empty: LagLine = { timesNs: [], lagsMs: [], open: null };

class LagHistory {
  private readonly revision = signal(0);
  private readonly lines = new Map<number, LagLine>();

  /** Makes the component that calls it follow the changes. */
  follow(): number {
    return this.revision.value;
  }

  /** The probes of `loop`. */
  line(loop: number): LagLine {
    return this.lines.get(loop) ?? empty;
  }

  /** Adds points and forgets what is older than the chart. */
  add(points: LagPoints): void {
    if (points.reset) this.lines.clear();
    points.loop.forEach((loop, index) => {
      const timeNs = points.timeNs[index] ?? 0;
      const lagMs = points.lagMs[index] ?? 0;
      let line = this.lines.get(loop);
      if (line === undefined) {
        line = { timesNs: [], lagsMs: [], open: null };
        this.lines.set(loop, line);
      }
      if (points.open[index] === 1) {
        line.open = { timeNs, lagMs };
        return;
      }
      line.open = null;
      line.timesNs.push(timeNs);
      line.lagsMs.push(lagMs);
    });
    for (const line of this.lines.values()) trim(line);
    this.revision.value++;
  }

  /** The longest lag in each of `buckets` equal parts of the last `seconds` before `nowNs`, oldest first; null for none. */
  longest(loop: number, nowNs: number, seconds: number, buckets: number): (number | null)[] {
    const result = new Array<number | null>(buckets).fill(null);
    const line = this.line(loop);
    const width = (seconds * 1e9) / buckets;
    const put = (timeNs: number, lagMs: number): void => {
      const bucket = buckets - 1 - Math.floor((nowNs - timeNs) / width);
      const before = result[bucket];
      if (before !== undefined) result[bucket] = before === null ? lagMs : Math.max(before, lagMs);
    };
    line.timesNs.forEach((timeNs, index) => put(timeNs, line.lagsMs[index] ?? 0));
    if (line.open !== null) put(line.open.timeNs, line.open.lagMs);
    return result;
  }
}

function trim(line: LagLine): void {
  const last = line.timesNs.at(-1);
  if (last === undefined) return;
  let old = 0;
  while ((line.timesNs[old] ?? last) < last - KEPT_NS) old++;
  // Cutting one by one would copy the arrays on every update.
  if (old > 64) {
    line.timesNs.splice(0, old);
    line.lagsMs.splice(0, old);
  }
}

/** The probes of the shown process. */
export const lagHistory = new LagHistory();
