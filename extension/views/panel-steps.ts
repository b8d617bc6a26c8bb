/** What the steps of the tasks on the screen come to, for as long as they are on the screen of a live program. */
import type { ProcessQueries } from '../model';
import type { StepTotals } from '../protocol/webview-messages';

/** Follows the rows of the task table. */
export class StepTotalsFeed {
  private sent = '';
  private isNew = true;

  /** What changed; null when nothing did, and at `watch`, where steps are not counted. */
  of({ trace }: ProcessQueries, tasks: readonly number[]): StepTotals | null {
    if (trace.level !== 'trace') {
      this.reset();
      return null;
    }
    const known = tasks.flatMap((id) => {
      const steps = trace.taskSteps(id);
      return steps === null ? [] : [{ id, ...steps }];
    });
    const columns = {
      task: known.map(({ id }) => id),
      steps: known.map(({ steps }) => steps),
      busyNs: known.map(({ busyNs }) => busyNs),
      lastNs: known.map(({ lastNs }) => lastNs),
    };
    const text = JSON.stringify(columns);
    if (text === this.sent) return null;
    const reset = this.isNew;
    this.sent = text;
    this.isNew = false;
    return { reset, ...columns };
  }

  /** Nobody looks, or at another moment. */
  reset(): void {
    this.sent = '';
    this.isNew = true;
  }
}
