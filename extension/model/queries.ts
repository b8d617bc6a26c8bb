import type {
  Busy,
  Cause,
  EndedJob,
  LoopState,
  Notice,
  ExecutedLines,
  Process,
  Site,
  Task,
  TaskCounts,
  TaskState,
  WaitKind,
} from '../protocol/generated/types';
import type { BacklogView } from './backlogs';
import type { BlockTrendsView } from './blockTrends';
import type { HoldSpread } from './holdSpread';
import type { TaskFinding } from './taskFindings';
import type { LookAt, TraceQueries } from './traceQueries';

export type { BacklogView } from './backlogs';
export type { BlockTrend, BlockTrendsView } from './blockTrends';
export type { TaskFinding } from './taskFindings';
export type * from './traceQueries';

/**
 * What the model answers. Every `*Ns` is on the inspected process's own clock (nanoseconds since the runtime was
 * installed in it); compare it with {@link ProcessOverview.nowNs}, never with the clock of this machine's viewer.
 * Strings that came from the inspected process (names, labels, paths, messages) are text, never markup.
 */

/** Where a process stands. `silent`: connected, but its heartbeats stopped. `ended`: it said goodbye or the line broke. */
export type ProcessPhase = 'live' | 'silent' | 'ended';

/** Why nothing more comes from a process. `lost`: the connection closed without a goodbye, as when it was killed. */
export type ProcessEnd = 'exit' | 'uninstall' | 'lost';

/** A task as another record refers to it; `name` is null when the task is no longer known. */
export interface TaskReference {
  readonly id: number;
  readonly name: string | null;
}

/** A block that is happening now. */
export interface OpenBlockView {
  readonly startedNs: number;
  /** How long so far, in nanoseconds, at {@link ProcessOverview.nowNs}: it goes on growing between updates. */
  readonly durationNs: number;
  readonly site: Site | null;
  readonly callee: string | null;
  readonly cause: Cause | null;
  readonly task: TaskReference | null;
  /** Tasks that were ready meanwhile. */
  readonly victims: number;
  /** From the outermost to the innermost frame. */
  readonly stack: readonly Site[];
}

/** An event loop. */
export interface LoopView {
  readonly id: number;
  /** Qualified class name. */
  readonly class: string;
  readonly thread: string;
  /**
   * The state the runtime reported last, `debugger` while another debugger has stopped the process, `silent` while the
   * process's heartbeats are missing, `closed` after its end.
   */
  readonly state: LoopState | 'debugger' | 'silent';
  readonly sinceNs: number;
  readonly iterations: number | null;
  /** Callbacks run in those iterations; null or absent as `iterations`. */
  readonly callbacks?: number | null;
  readonly ready: number;
  readonly timers: number;
  /** Tasks of this loop that have not ended. */
  readonly tasks: number;
  readonly lagMs: { readonly p50: number; readonly p99: number; readonly max: number; readonly count: number };
  /** How much of the last second it was busy, from 0 to 1, by what measure; null while it is not known or does not run. */
  readonly busy: { readonly share: number; readonly measure: Busy['measure'] } | null;
  readonly block: OpenBlockView | null;
}

/** A sentence the runtime or the link had for the person at the viewer. */
export interface NoticeView {
  readonly severity: Notice['severity'];
  readonly code: string;
  readonly message: string;
}

/** What was not kept or not sent, since the start. */
export interface DroppedView {
  /** Facts that the runtime could not keep. */
  readonly events: number;
  /** Updates that the runtime could not send. */
  readonly frames: number;
  /** Records this viewer did not keep because a bound of its own was reached. */
  readonly records: number;
}

/** What is wrong first; null in the overview when nothing is. Turned into a sentence by `sentences.ts`. */
export type Verdict =
  | { readonly kind: 'silent'; readonly silentMs: number }
  | { readonly kind: 'blocked'; readonly loop: number; readonly block: OpenBlockView }
  | { readonly kind: 'finding'; readonly finding: FindingView }
  | { readonly kind: 'blocks'; readonly block: BlockView; readonly places: number };

/** Everything that fits on the first screen about one process. */
export interface ProcessOverview {
  /** Names the process within this window; never reused. */
  readonly key: string;
  /** The program in a word or two, such as `app.py`. */
  readonly title: string;
  readonly process: Process;
  /** Name of the launch it belongs to; empty when it was started from elsewhere. */
  readonly session: string;
  readonly runtimeVersion: string;
  readonly level: 'watch' | 'trace';
  readonly thresholdMs: number;
  /** What its runtime can be asked for, such as `hold` and `cancel-task`. */
  readonly commands: readonly string[];
  readonly phase: ProcessPhase;
  readonly end: ProcessEnd | null;
  /** How long nothing has been heard, in ms; 0 while heartbeats arrive and after the end. */
  readonly silentMs: number;
  /** The process's clock now: the latest update's time plus what has passed since it came in; stands still when ended. */
  readonly nowNs: number;
  /** When nanosecond zero was, in ms since 1970-01-01 UTC. */
  readonly startedWallMs: number;
  /** False until the first snapshot is whole, and again from a gap in the updates to the end of the next snapshot. */
  readonly complete: boolean;
  readonly loops: readonly LoopView[];
  readonly counts: TaskCounts;
  /** Tasks that have not ended, by state. */
  readonly states: Readonly<Record<TaskState, number>>;
  readonly executors: number;
  readonly blocks: number;
  readonly findings: number;
  readonly dropped: DroppedView;
  /** Processor time the runtime itself has used, in nanoseconds. */
  readonly overheadNs: number;
  readonly notices: readonly NoticeView[];
  readonly verdict: Verdict | null;
}

/** Columns tasks can be sorted by. `waited` is how long a task has waited on what it waits on now. */
export type TaskColumn = 'id' | 'name' | 'coroutine' | 'created' | 'age' | 'state' | 'waiting' | 'waited';

/** What tasks can be grouped by. */
export type TaskGrouping = 'created' | 'coroutine' | 'state' | 'waiting';

/** Asks for a window of the sorted, filtered tasks. */
export interface TaskQuery {
  /** The filter language of `taskFilter.ts`; empty for all. A filter that cannot be read matches nothing. */
  readonly filter: string;
  readonly sort: TaskColumn;
  readonly descending: boolean;
  /** Rows skipped. */
  readonly offset: number;
  /** Rows wanted, at most 1000. */
  readonly count: number;
  /** Only the tasks of one group. */
  readonly group?: { readonly by: TaskGrouping; readonly key: string };
}

/** What a task waits on. */
export interface WaitView {
  readonly kind: WaitKind;
  readonly label: string;
  readonly sinceNs: number;
  readonly object: number | null;
  readonly untilNs: number | null;
  readonly tasks: readonly TaskReference[];
  readonly executor: number | null;
}

/** A task. */
export interface TaskRow {
  readonly id: number;
  readonly loop: number;
  readonly name: string;
  readonly coroutine: string;
  readonly coroutineSite: Site | null;
  readonly createdSite: Site | null;
  readonly parent: TaskReference | null;
  readonly createdNs: number;
  readonly state: TaskState;
  readonly sinceNs: number;
  readonly wait: WaitView | null;
  readonly exception: string | null;
}

/** A window of tasks. */
export interface TaskPage {
  /** How many tasks match, of which `rows` is the window. */
  readonly matching: number;
  /** How many tasks the model holds. */
  readonly known: number;
  readonly offset: number;
  readonly rows: readonly TaskRow[];
  /** What is wrong with the filter and what to do, in a sentence; null when it could be read. */
  readonly filterError: string | null;
}

/** Tasks that share a creation site, coroutine, state or thing they wait on. */
export interface TaskGroup {
  /** Names the group for {@link TaskQuery.group}. */
  readonly key: string;
  readonly label: string;
  readonly site: Site | null;
  readonly count: number;
  /** When the oldest of them was created. */
  readonly oldestNs: number;
}

/** All blocks with the same line, callee and cause. */
export interface BlockView {
  readonly id: number;
  readonly loop: number;
  readonly site: Site | null;
  readonly callee: string | null;
  readonly cause: Cause;
  /** True when the cause is the line's own doing; false for `gc`, `gil`, `machine`, `suspended` and `debugger`. */
  readonly lineAtFault: boolean;
  readonly count: number;
  readonly totalNs: number;
  readonly maxNs: number;
  readonly lastNs: number;
  readonly lastAtNs: number;
  /** Name of the task held last; null for a plain callback. */
  readonly task: string | null;
  readonly victims: number;
  /** Of the longest hold, from the outermost to the innermost frame. */
  readonly stack: readonly Site[];
}

/** An offload that a worker is running, or that waits in the backlog. */
export interface JobView {
  readonly id: number;
  readonly function: string;
  readonly site: Site | null;
  readonly task: TaskReference | null;
  readonly state: 'queued' | 'running';
  readonly submittedNs: number;
  readonly startedNs: number | null;
  readonly worker: string | null;
}

/** An offload that is over; `exception` is the name of its type, when it failed. */
export interface EndedJobView {
  readonly id: number;
  readonly function: string;
  readonly site: Site | null;
  readonly outcome: EndedJob['outcome'];
  readonly exception: string | null;
  /** Null when it was cancelled before a worker took it. */
  readonly startedNs: number | null;
  readonly endedNs: number;
}

/** A pool that runs offloads. */
export interface ExecutorView {
  readonly id: number;
  readonly type: string;
  readonly name: string;
  readonly defaultOf: number | null;
  readonly maxWorkers: number;
  readonly workers: number;
  readonly busy: number;
  readonly queued: number;
  readonly submitted: number;
  readonly completed: number;
  /** Of these, how many raised an exception; 0 when the runtime does not say. */
  readonly failed: number;
  readonly cancelled: number;
  readonly maxQueued: number;
  readonly queueWaitMs: { readonly p50: number | null; readonly max: number | null };
  readonly runMs: { readonly p50: number | null; readonly max: number | null };
  readonly sites: readonly { readonly site: Site | null; readonly submitted: number }[];
  readonly jobs: readonly JobView[];
  /** The jobs that ended last, the latest first. */
  readonly ended: readonly EndedJobView[];
  readonly shutDown: boolean;
}

/** A sentence about the program with its evidence. */
export interface FindingView {
  readonly id: number;
  readonly rule: string;
  readonly severity: 'error' | 'warning' | 'information';
  readonly site: Site | null;
  readonly message: string;
  readonly count: number;
  readonly evidence: Readonly<Record<string, string | number | boolean | null>>;
  /** The tasks that it is about, the latest last; null when the runtime does not tell them by number. */
  readonly tasks: readonly TaskReference[] | null;
}

/** Tasks counted by the line that creates them. */
export interface TaskSiteView {
  readonly site: Site | null;
  readonly created: number;
  readonly alive: number;
}

/** Probes of one loop, oldest first: three arrays of equal length. */
export interface LagSeries {
  /** When each probe was due. */
  readonly timesNs: readonly number[];
  readonly lagsMs: readonly number[];
  /** Index of a probe that has not run yet (it can only be the last), or -1. */
  readonly open: number;
}

/**
 * A counter for each part, raised whenever that part may answer differently: a viewer that remembers them asks only
 * for what changed. Time passing is not a change.
 */
export interface Revisions {
  readonly overview: number;
  readonly lag: number;
  readonly tasks: number;
  readonly executors: number;
  readonly blocks: number;
  readonly findings: number;
  readonly executed: number;
  readonly sites: number;
}

/** The queries over one process. Implemented by `ProcessModel`; `now` is `performance.now()`-like ms of this viewer. */
export interface ProcessQueries {
  readonly key: string;
  readonly trace: TraceQueries;
  readonly revisions: Revisions;
  overview(now: number): ProcessOverview;
  /** Probes of `loop` due after `fromNs`; at most the 12,000 latest are kept. */
  lag(loop: number, fromNs: number): LagSeries;
  tasks(query: TaskQuery, now: number): TaskPage;
  task(id: number): TaskRow | null;
  /** Every task that has not ended, as the wire carries it, in no order: for passes over all of them, such as the graph. */
  taskRecords(): Iterable<Task>;
  /** Groups of the tasks that match `filter`, largest first, at most 1000. */
  taskGroups(by: TaskGrouping, filter: string, now: number): readonly TaskGroup[];
  /** By total time held, longest first. */
  blocks(): readonly BlockView[];
  /** When each block held the loop; changes with the blocks. */
  blockTrends(): BlockTrendsView;
  /** How many holds of a block lasted how long, of those that were told of while somebody looked. */
  holdSpread(block: number): HoldSpread;
  executors(): readonly ExecutorView[];
  /** How full each executor was in the last minute; changes with the executors. */
  backlogs(): readonly BacklogView[];
  /** By severity, then count. */
  findings(): readonly FindingView[];
  /** The findings that are about a task, those that say its name first. */
  taskFindings(task: TaskRow): readonly TaskFinding[];
  /** By tasks alive, then created. */
  taskSites(): readonly TaskSiteView[];
  /** Lines, of those that were asked for, that were executed while nothing held a loop. */
  executed(): Iterable<ExecutedLines>;
  /** The place of an id; null when unknown. */
  site(id: number | null): Site | null;
}

/** Where a launch stands. `failed`: it could not be started, or could not be looked inside; `message` says why. */
export type LaunchPhase = 'starting' | 'connected' | 'ended' | 'failed';

/** One run that this window started, whose processes carry its name in {@link ProcessOverview.session}. */
export interface LaunchView {
  readonly session: string;
  readonly title: string;
  readonly phase: LaunchPhase;
  /** Stable name of what went wrong, such as `no-python`, `no-hello`, `protocol`; null when nothing did. */
  readonly code: string | null;
  readonly message: string | null;
}

/** What happened in the set of processes. */
export type SessionsEvent =
  | { readonly kind: 'added'; readonly key: string }
  | { readonly kind: 'changed'; readonly key: string }
  | { readonly kind: 'ended'; readonly key: string }
  | { readonly kind: 'removed'; readonly key: string }
  | { readonly kind: 'launches' };

/** A variable as the program shows it. */
export interface LocalView {
  readonly name: string;
  readonly text: string;
  readonly type: string;
}

/** The locals of a frame of a task whose loop is held. */
export interface FrameLocals {
  readonly function: string;
  readonly line: number;
  readonly variables: readonly LocalView[];
  /** Locals that are not among them. */
  readonly more: number;
}

/** The processes of this window. Implemented by `Sessions`. */
export interface SessionsQueries {
  /** Newest first; ended ones stay until the next run of the same launch. */
  readonly processes: readonly ProcessQueries[];
  /** Newest first. */
  readonly launches: readonly LaunchView[];
  get(key: string): ProcessQueries | undefined;
  /** The one to show when nobody chose: the newest that is alive, else the newest. */
  readonly current: ProcessQueries | undefined;
  /** Calls `listener` on every event, at the rate updates arrive (throttle in the view). Returns the way out. */
  subscribe(listener: (event: SessionsEvent) => void): () => void;
  /** The await stack of a task, from its coroutine to the innermost frame. Rejects with a sentence when it cannot be had. */
  awaitStack(key: string, task: number): Promise<readonly Site[]>;
  /** The locals of a task whose loop is held, innermost frame first. Rejects with a sentence when they cannot be had. */
  locals(key: string, task: number): Promise<readonly FrameLocals[]>;
  /**
   * Says what is looked at in a process, which sends it only then: every single step, and the histograms of a task. To be
   * called as often as one likes; nothing is asked of a process that does not trace.
   */
  lookAt(key: string, what: LookAt): void;
}
