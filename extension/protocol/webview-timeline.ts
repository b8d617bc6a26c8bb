/** The timeline as the host sends it to the webview: lanes, their slices, and single steps at `trace`. */
import type { EndedJobView } from '../model/queries';
import type { Site, TaskState, WaitKind } from './generated/types';

/** What a stretch of a timeline lane shows. */
export type SliceKind = TaskState | WaitKind | 'block' | 'idle' | 'stopped' | 'job' | 'queued';

/** A stretch of one lane. A slice sent again with the same `key` replaces the earlier one. */
export interface Slice {
  readonly key: string;
  readonly lane: string;
  readonly kind: SliceKind;
  readonly fromNs: number;
  /** Null while it lasts. */
  readonly toNs: number | null;
  readonly label: string;
  readonly site: Site | null;
  /** The lane this slice waits for, where an arrow ends; null for none. */
  readonly target: string | null;
  /** How a job ended; absent while it runs, and when that is not known. */
  readonly outcome?: Pick<EndedJobView, 'outcome' | 'exception'>;
}

/** A row of the timeline. */
export interface Lane {
  readonly id: string;
  readonly kind: 'loop' | 'task' | 'worker';
  readonly label: string;
  /** What the lane is listed under, such as an executor's name. */
  readonly group: string;
  readonly task: number | null;
}

/**
 * Exact runs of callbacks at `trace`: arrays of equal length, ordered by `toNs`. They are added to those already there
 * unless the timeline's `reset` is true, and lie on top of the slices of their lane.
 */
export interface TimelineSteps {
  /** Indices into {@link Timeline.lanes}, of the same message. */
  readonly lane: readonly number[];
  readonly fromNs: readonly number[];
  readonly toNs: readonly number[];
  /** When it could have run: from there to `fromNs` the lane is `ready`. 0 when that is not known. */
  readonly readyNs: readonly number[];
  /** The lane, an index as above, whose step woke it, where an arrow begins; -1 for none. */
  readonly wokenBy: readonly number[];
  /** Steps in the time shown that were not kept or not sent: by the program, on the way, or here. */
  readonly dropped: number;
}

/** What the timeline shows. */
export interface Timeline {
  readonly reset: boolean;
  readonly lanes: readonly Lane[];
  readonly slices: readonly Slice[];
  /** Task lanes that are not shown. */
  readonly omitted: number;
  /** False at `watch`, whose slices are sampled: what is shorter than a sample is not seen. */
  readonly exact: boolean;
  /** Absent while there are none. */
  readonly steps?: TimelineSteps;
}
