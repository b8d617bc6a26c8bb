/** All that the host sends the webview of the task that was chosen. */
import type { FrameLocals, TaskFinding, TaskReference, TaskRow, TaskStepsView } from '../model/queries';
import type { Site, TaskState, WaitKind } from './generated/types';

/** The most moments of a task's history that are sent. */
export const MAX_MOMENTS = 40;

/** What a task did for a while. */
export interface TaskMoment {
  /** Its state, or the kind of its wait. */
  readonly kind: TaskState | WaitKind;
  /** What it waited on; empty when it did not wait. */
  readonly label: string;
  /** In nanoseconds of the process's clock. */
  readonly fromNs: number;
  /** Null while it lasts. */
  readonly toNs: number | null;
}

/** What a task did lately. */
export interface TaskHistory {
  /** Newest first, at most {@link MAX_MOMENTS}. */
  readonly moments: readonly TaskMoment[];
  /** Before this nothing is known, or not sent; null when the history goes back to the task's creation. */
  readonly fromNs: number | null;
  /** True when single steps are among the moments; else what is shorter than a sample was not seen. */
  readonly exact: boolean;
}

/** One step of what a task finally waits for. */
export interface ChainStep {
  /** The task waited for; null when the step is no task. */
  readonly task: TaskReference | null;
  /** What it does: the label of its own wait, or its state. */
  readonly label: string;
  readonly kind: WaitKind | null;
}

/** The variables of a task whose loop is held. */
export interface HeldLocals {
  /** Innermost frame first; null while they are on their way or when they cannot be had. */
  readonly frames: readonly FrameLocals[] | null;
  /** Why they cannot be had; null when they can or are on their way. */
  readonly error: string | null;
}

/** All that is known of one task. */
export interface TaskDetails {
  readonly task: TaskRow;
  /** False when the task has ended; the rest is then as it was last seen. */
  readonly alive: boolean;
  /** From the task's coroutine to the innermost frame; null while it is on its way or when it cannot be had. */
  readonly awaitStack: readonly Site[] | null;
  /** Why there is no await stack; null when there is one or it is on its way. */
  readonly awaitStackError: string | null;
  /** From what the task waits for to the final cause. */
  readonly chain: readonly ChainStep[];
  /** True when the chain comes back to a task already in it. */
  readonly cycle: boolean;
  /** What was found that is about it. */
  readonly findings: readonly TaskFinding[];
  /** Absent while nothing is known. */
  readonly history?: TaskHistory;
  /** Null unless its loop is held and they were asked for. Absent is null. */
  readonly locals?: HeldLocals | null;
  /** What its steps come to; null at `watch`, and before its first step. Absent is null. */
  readonly steps?: TaskStepsView | null;
}
