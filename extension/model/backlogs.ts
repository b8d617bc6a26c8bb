import type { Executor, Update } from '../protocol/generated/types';

/** A minute is cut into stretches of this length, in nanoseconds; each keeps the most there was in it. */
export const STRETCH_NS = 0.5e9;
/** How many stretches are kept: a minute, as far back as a recording is read before the moment shown. */
export const STRETCHES = 120;

/** How full an executor was in the last minute: an entry for each stretch, oldest first, the last of which is `last`. */
export interface BacklogView {
  /** Id of the executor. */
  readonly executor: number;
  /** The number of the stretch that was told of last, counted from when the runtime came in; it may go on. */
  readonly last: number;
  /** The most workers that were busy. */
  readonly busy: readonly number[];
  /** The most jobs that waited. */
  readonly queued: readonly number[];
}

/** The last minute of one executor. What is told of it holds until it is told of again. */
class Backlog {
  private readonly busy = new Uint32Array(STRETCHES);
  private readonly queued = new Uint32Array(STRETCHES);
  private length = 0;
  private last = 0;
  private now = { busy: 0, queued: 0 };

  take(stretch: number, { busy, queued }: Executor): void {
    if (this.length === 0) this.last = stretch - 1;
    const unknown = Math.max(this.last + 1, stretch - STRETCHES + 1);
    for (let each = unknown; each <= stretch; each++) {
      const before = this.length === 0 ? { busy, queued } : this.now;
      this.busy[each % STRETCHES] = before.busy;
      this.queued[each % STRETCHES] = before.queued;
      this.length = Math.min(STRETCHES, this.length + 1);
      this.last = each;
    }
    const at = this.last % STRETCHES;
    this.busy[at] = Math.max(this.busy[at] ?? 0, busy);
    this.queued[at] = Math.max(this.queued[at] ?? 0, queued);
    this.now = { busy, queued };
  }

  view(executor: number): BacklogView {
    const first = this.last - this.length + 1;
    const slots = Array.from({ length: this.length }, (_, index) => (first + index) % STRETCHES);
    return {
      executor,
      last: this.last,
      busy: slots.map((slot) => this.busy[slot] ?? 0),
      queued: slots.map((slot) => this.queued[slot] ?? 0),
    };
  }
}

/** The last minute of every executor, from the records that updates carry. */
export class Backlogs {
  private readonly backlogs = new Map<number, Backlog>();

  /** Takes in an update, or the last part of a snapshot; `known` are all executors that there are after it. */
  public take({ snapshot, executors = [], time_ns }: Update, known: ReadonlyMap<number, Executor>): void {
    for (const executor of snapshot ? known.values() : executors) {
      if (!known.has(executor.id)) continue;
      const backlog = this.backlogs.get(executor.id) ?? new Backlog();
      this.backlogs.set(executor.id, backlog);
      backlog.take(Math.floor(time_ns / STRETCH_NS), executor);
    }
  }

  /** Forgets executors that are gone. */
  public keepOnly(known: ReadonlyMap<number, Executor>): void {
    for (const id of this.backlogs.keys()) if (!known.has(id)) this.backlogs.delete(id);
  }

  public view(): readonly BacklogView[] {
    return [...this.backlogs].map(([executor, backlog]) => backlog.view(executor));
  }
}
