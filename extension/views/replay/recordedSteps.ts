import { hasEnded } from '../../model/taskTable';
import { TaskSeconds } from '../../model/taskSeconds';
import type { TaskSteps, Update } from '../../protocol/generated/types';
import type { RecordedSpark } from '../../protocol/webview-messages';

/** How much each task ran lately, gathered from the updates that are read on the way to a moment. */
export class RecordedSteps {
  private readonly tasks = new Map<number, TaskSeconds>();
  private sinceNs = 0;

  /** Begins anew. @param known What the steps of tasks came to at `sinceNs`. */
  begin(known: readonly TaskSteps[], sinceNs: number): void {
    this.tasks.clear();
    this.sinceNs = sinceNs;
    for (const record of known) this.put(record);
  }

  /** Takes an update in, which may be a part of a snapshot. */
  take({ tasks = [], steps = [], snapshot, time_ns }: Update): void {
    if (snapshot && this.tasks.size === 0) this.sinceNs = time_ns;
    for (const record of steps) {
      const { task, since_ns, steps: count, busy_ns, last_ns } = record;
      // What was told of a task for the first time may be of any time since its steps were counted.
      if (!this.tasks.has(task) && since_ns >= this.sinceNs) this.tasks.set(task, new TaskSeconds(since_ns, 0, 0));
      const known = this.tasks.get(task);
      if (known === undefined) this.put(record);
      else known.take(count, busy_ns, last_ns);
    }
    for (const { id, state } of tasks) if (hasEnded(state)) this.tasks.delete(id);
  }

  /** Those of `tasks` of which something is known. */
  of(tasks: readonly number[], nowNs: number): readonly RecordedSpark[] {
    return tasks.flatMap((task) => {
      const known = this.tasks.get(task);
      return known === undefined ? [] : [{ task, ...known.until(nowNs) }];
    });
  }

  private put({ task, steps, busy_ns }: TaskSteps): void {
    this.tasks.set(task, new TaskSeconds(this.sinceNs, steps, busy_ns));
  }
}
