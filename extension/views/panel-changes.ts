/** What changed since a moment that the person chose: worked out while it is looked at, at most once a second. */
import { changesBetween, momentOf, type Moment, type ProcessQueries } from '../model';
import type { Comparison } from '../protocol/webview-messages';

/** A comparison that changes faster cannot be read. In ms. */
const PERIOD_MS = 1000;
/** The share of the time that comparing may take: with very many tasks it is done less often. */
const SHARE = 0.02;

/** Compares the process that is shown with a moment. */
export class ChangesFeed {
  private last: Comparison | null = null;
  private against: Moment | null = null;
  private revision = '';
  private nextAt = -Infinity;

  /** What changed between `against` and now; null without it. */
  of(process: ProcessQueries, against: Moment | null, now: number): Comparison | null {
    const isOther = against !== this.against;
    this.against = against;
    if (against === null) return (this.last = null);
    const { tasks, sites, blocks, findings } = process.revisions;
    const revision = [process.key, tasks, sites, blocks, findings].join(' ');
    if (!isOther && (revision === this.revision || now < this.nextAt)) return this.last;
    this.revision = revision;
    const began = performance.now();
    const moment = momentOf(process, now);
    const changes = changesBetween(against, moment);
    this.nextAt = now + Math.max(PERIOD_MS, (performance.now() - began) / SHARE);
    const { title, atNs } = against;
    return (this.last = { ...changes, title, atNs, sameRun: against.run === moment.run });
  }

  /** The moment shown is another one of the same process: compare anew. */
  reset(): void {
    this.nextAt = -Infinity;
    this.revision = '';
  }
}
