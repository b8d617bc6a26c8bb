import type { Level, Site } from '../protocol/generated/types';
import type { StepRing } from './stepRing';

/** How many steps, or delays before steps, were how long. Bucket i counts what is below `belowNs[i]`; the last is open. */
export interface StepHistogramView {
  readonly belowNs: readonly number[];
  readonly steps: readonly number[];
  readonly delays: readonly number[];
}

/** What a task's steps come to since {@link sinceNs}; known at `trace` only. */
export interface TaskStepsView {
  readonly steps: number;
  /** Time in steps, in nanoseconds. */
  readonly busyNs: number;
  /** Time it could run and was not let; null on a loop whose ready queue cannot be seen. */
  readonly delayNs: number | null;
  readonly maxDelayNs: number | null;
  /** Time from {@link sinceNs} to the end of its latest step in which it neither ran nor, as far as is known, could. */
  readonly waitingNs: number;
  readonly longestNs: number;
  readonly longestAtNs: number;
  /** Where the longest step ended; null for one under a millisecond. */
  readonly longestSite: Site | null;
  readonly sinceNs: number;
  readonly lastNs: number;
  /** Only of the task that is looked at, since it is. */
  readonly histogram: StepHistogramView | null;
}

/** What is known of a process at the level `trace`. */
export interface TraceQueries {
  readonly level: Level;
  /** Single steps, while somebody looks at them; see {@link SessionsQueries.lookAt}. */
  readonly steps: StepRing;
  /** Single steps that the program could not send. */
  readonly stepsDropped: number;
  /** What a task's steps come to; null when none was counted. */
  taskSteps(task: number): TaskStepsView | null;
}

/** What of a traced process is looked at. */
export interface LookAt {
  readonly steps: boolean;
  readonly task: number | null;
}
