/** How much each task on the screen has run lately at `trace`, second by second, from totals that updates carry. */
import { signal } from '@preact/signals';
import type { StepTotals } from '../extension/protocol/webview-messages';

/** How far back a sparkline reaches, in seconds, each of which has a bar. */
export const SPARK_SECONDS = 30;
const SECOND_NS = 1e9;

/** What is known of the last {@link SPARK_SECONDS} of a task. */
export interface Spark {
  /** The share of each second that it ran, oldest first; null before it was looked at. */
  readonly shares: readonly (number | null)[];
  readonly steps: number;
  readonly busyNs: number;
  /** How many seconds are known. */
  readonly seconds: number;
}

/** The seconds of one task: a ring in which each place says which second it is of. */
class TaskSeconds {
  private readonly second = new Float64Array(SPARK_SECONDS).fill(-1);
  private readonly busyNs = new Float64Array(SPARK_SECONDS);
  private readonly steps = new Float64Array(SPARK_SECONDS);
  private readonly since: number;

  /** @param sinceNs When it was first looked at. */
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
    const slot = this.slot(last);
    this.steps[slot] = (this.steps[slot] ?? 0) + steps - this.totalSteps;
    let left = busyNs - this.totalBusyNs;
    this.totalSteps = steps;
    this.totalBusyNs = busyNs;
    const oldest = Math.max(this.since, last - SPARK_SECONDS + 1);
    for (let second = last; second >= oldest && left > 0; second--) {
      const at = this.slot(second);
      const before = this.busyNs[at] ?? 0;
      this.busyNs[at] = Math.min(SECOND_NS, before + left);
      left -= SECOND_NS - before;
    }
  }

  until(nowNs: number): Spark {
    const last = Math.floor(nowNs / SECOND_NS);
    const shares: (number | null)[] = [];
    const sum = { steps: 0, busyNs: 0, seconds: 0 };
    for (let second = last - SPARK_SECONDS + 1; second <= last; second++) {
      if (second < this.since) {
        shares.push(null);
        continue;
      }
      const slot = second % SPARK_SECONDS;
      const isKnown = this.second[slot] === second;
      const busyNs = isKnown ? (this.busyNs[slot] ?? 0) : 0;
      shares.push(busyNs / SECOND_NS);
      sum.busyNs += busyNs;
      sum.steps += isKnown ? (this.steps[slot] ?? 0) : 0;
      sum.seconds++;
    }
    return { shares, ...sum };
  }

  private slot(second: number): number {
    const slot = second % SPARK_SECONDS;
    if (this.second[slot] !== second) {
      this.second[slot] = second;
      this.busyNs[slot] = this.steps[slot] = 0;
    }
    return slot;
  }
}

/** The tasks on the screen; the others are forgotten. */
export class StepSparks {
  private readonly revision = signal(0);
  private tasks = new Map<number, TaskSeconds>();

  /** Takes totals in, as of `nowNs` of the process's clock. */
  take(totals: StepTotals, nowNs: number): void {
    const before = totals.reset ? new Map<number, TaskSeconds>() : this.tasks;
    this.tasks = new Map();
    totals.task.forEach((task, index) => {
      const steps = totals.steps[index] ?? 0;
      const busyNs = totals.busyNs[index] ?? 0;
      let known = before.get(task);
      if (known === undefined) known = new TaskSeconds(nowNs, steps, busyNs);
      else known.take(steps, busyNs, totals.lastNs[index] ?? nowNs);
      this.tasks.set(task, known);
    });
    this.revision.value++;
  }

  /** The last seconds before `nowNs`; null for a task of which nothing is known. Follows the changes. */
  of(task: number, nowNs: number): Spark | null {
    // Read for its own sake: whoever shows a spark is drawn again with the next totals.
    return this.revision.value < 0 ? null : (this.tasks.get(task)?.until(nowNs) ?? null);
  }
}

/** Of the shown process. */
export const stepSparks = new StepSparks();
