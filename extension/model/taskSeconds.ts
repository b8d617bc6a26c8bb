/** How far back a sparkline reaches, in seconds, each of which has a bar. */
export const SPARK_SECONDS = 30;
const SECOND_NS = 1e9;

/** How much a task ran in the last {@link SPARK_SECONDS}, as far as that is known. */
export interface Spark {
  /** The share of each second that it ran, oldest first; null before it was looked at. */
  readonly shares: readonly (number | null)[];
  readonly steps: number;
  readonly busyNs: number;
  /** How many seconds are known. */
  readonly seconds: number;
}

interface Second {
  readonly second: number;
  busyNs: number;
  steps: number;
}

/** The seconds of one task, from its totals. Those in which it did nothing take no room. */
export class TaskSeconds {
  /** Oldest first. */
  private readonly busy: Second[] = [];
  private readonly since: number;

  /** @param sinceNs When it was first looked at, at which it had these totals. */
  constructor(
    sinceNs: number,
    private totalSteps: number,
    private totalBusyNs: number,
  ) {
    this.since = Math.floor(sinceNs / SECOND_NS);
  }

  /** Takes new totals in. A step is counted where it ended; its time goes back from there, over as many seconds as it took. */
  take(steps: number, busyNs: number, lastNs: number): void {
    const last = Math.max(this.since, Math.floor(lastNs / SECOND_NS));
    this.at(last).steps += steps - this.totalSteps;
    let left = busyNs - this.totalBusyNs;
    this.totalSteps = steps;
    this.totalBusyNs = busyNs;
    const oldest = Math.max(this.since, last - SPARK_SECONDS + 1);
    for (let second = last; second >= oldest && left > 0; second--) {
      const entry = this.at(second);
      const room = SECOND_NS - entry.busyNs;
      entry.busyNs += Math.min(room, left);
      left -= room;
    }
    while ((this.busy[0]?.second ?? oldest) < oldest) this.busy.shift();
  }

  /** The last seconds before `nowNs`. */
  until(nowNs: number): Spark {
    const last = Math.floor(nowNs / SECOND_NS);
    const first = last - SPARK_SECONDS + 1;
    const shares: (number | null)[] = [];
    for (let second = first; second <= last; second++) shares.push(second < this.since ? null : 0);
    const sum = { steps: 0, busyNs: 0 };
    for (const { second, busyNs, steps } of this.busy) {
      if (second < first || second > last) continue;
      shares[second - first] = busyNs / SECOND_NS;
      sum.busyNs += busyNs;
      sum.steps += steps;
    }
    return { shares, ...sum, seconds: Math.max(0, Math.min(SPARK_SECONDS, last - this.since + 1)) };
  }

  private at(second: number): Second {
    const before = this.busy.findLastIndex((entry) => entry.second <= second);
    const known = this.busy[before];
    if (known?.second === second) return known;
    const entry = { second, busyNs: 0, steps: 0 };
    this.busy.splice(before + 1, 0, entry);
    return entry;
  }
}
