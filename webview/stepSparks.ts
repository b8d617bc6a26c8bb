/**
 * How much each task on the screen has run lately at `trace`, second by second: of a live program from totals that updates
 * carry, of a recording as its reader worked it out.
 */
import { signal } from '@preact/signals';
import { TaskSeconds, type Spark } from '../extension/model/taskSeconds';
import type { RecordedSpark, StepTotals } from '../extension/protocol/webview-messages';

/** The tasks on the screen; the others are forgotten. */
export class StepSparks {
  private readonly revision = signal(0);
  private tasks = new Map<number, TaskSeconds>();
  private recorded = new Map<number, Spark>();

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

  /** Takes in what a recording says of the moment shown. */
  show(sparks: readonly RecordedSpark[]): void {
    this.recorded = new Map(sparks.map((spark) => [spark.task, spark]));
    this.revision.value++;
  }

  /** The last seconds before `nowNs`; null for a task of which nothing is known. Follows the changes. */
  of(task: number, nowNs: number): Spark | null {
    // Read for its own sake: whoever shows a spark is drawn again with the next totals.
    if (this.revision.value < 0) return null;
    return this.recorded.get(task) ?? this.tasks.get(task)?.until(nowNs) ?? null;
  }
}

/** Of the shown process. */
export const stepSparks = new StepSparks();
