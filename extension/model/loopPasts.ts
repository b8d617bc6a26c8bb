import type { Loop, Update } from '../protocol/generated/types';
import { BusyShare } from './busyShare';
import { LagRing } from './lagRing';
import type { LagSeries } from './queries';

/** Probes kept of each loop: ten minutes at 20 a second. */
const LAG_CAPACITY = 12_000;

interface Past {
  readonly lag: LagRing;
  readonly busy: BusyShare;
}

/** What was measured of each loop lately, which no snapshot tells again: how late it was, and how busy. */
export class LoopPasts {
  private readonly pasts = new Map<number, Past>();

  /** @param isKnown Whether there is such a loop: of others nothing is kept. */
  public constructor(private readonly isKnown: (loop: number) => boolean) {}

  /** Takes in an update whose loops are known by now. @returns how many probes were refused. */
  public take({ loops = [], lag = [] }: Update): number {
    for (const { id, busy } of loops) if (busy) this.of(id)?.busy.take(busy);
    return lag.filter(({ loop, time_ns, lag_ms, open }) => this.of(loop)?.lag.push(time_ns, lag_ms, open) !== true)
      .length;
  }

  /** Forgets loops that are gone. */
  public keepOnly(known: ReadonlyMap<number, Loop>): void {
    for (const id of this.pasts.keys()) if (!known.has(id)) this.pasts.delete(id);
  }

  /** Probes due after `fromNs`. */
  public lag(loop: number, fromNs: number): LagSeries {
    return this.pasts.get(loop)?.lag.since(fromNs) ?? { timesNs: [], lagsMs: [], open: -1 };
  }

  /** The share of the last second that a loop was busy; null while it is not known. */
  public busyShare(loop: number): number | null {
    return this.pasts.get(loop)?.busy.share ?? null;
  }

  private of(loop: number): Past | undefined {
    let past = this.pasts.get(loop);
    if (past === undefined && this.isKnown(loop)) {
      past = { lag: new LagRing(LAG_CAPACITY), busy: new BusyShare() };
      this.pasts.set(loop, past);
    }
    return past;
  }
}
