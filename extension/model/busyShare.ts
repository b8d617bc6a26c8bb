import type { Busy } from '../protocol/generated/types';

/** A share over less than this would jump, in nanoseconds. */
const WINDOW_NS = 1e9;
/** Totals nearer to each other than this are not told apart: it bounds how many are kept. In nanoseconds. */
const APART_NS = 50e6;

/** How much of the last second or so a loop was busy, from the totals that updates carry. */
export class BusyShare {
  /** Oldest first: those of the last second, and one from before it. */
  private readonly totals: Busy[] = [];

  /** Takes in a total; one of another measure, or a lower one, begins anew or takes the place of what was too high. */
  public take(total: Busy): void {
    const { totals } = this;
    if (totals[0]?.measure !== total.measure) totals.length = 0;
    const outdated = totals.findIndex(({ ns, at_ns }) => ns > total.ns || at_ns >= total.at_ns);
    if (outdated >= 0) totals.length = outdated;
    const before = totals.at(-2);
    if (before !== undefined && (totals.at(-1)?.at_ns ?? 0) - before.at_ns < APART_NS) totals.pop();
    totals.push(total);
    while ((totals[1]?.at_ns ?? Infinity) <= total.at_ns - WINDOW_NS) totals.shift();
  }

  /** From 0 to 1; null until a second of it is known. */
  public get share(): number | null {
    const [first] = this.totals;
    const last = this.totals.at(-1);
    if (first === undefined || last === undefined || last.at_ns - first.at_ns < WINDOW_NS) return null;
    return Math.min(1, (last.ns - first.ns) / (last.at_ns - first.at_ns));
  }
}
