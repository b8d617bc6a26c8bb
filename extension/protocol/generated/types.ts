// Generated from runtime/protocol/schema.json by `npm run generate`. Do not edit.

/**
 * A number that names one entity within its process; never reused.
 */
export type Identifier = number;
/**
 * Nanoseconds since the runtime was installed.
 */
export type Nanoseconds = number;
/**
 * How closely the runtime looks: `watch` samples from a thread, `trace` sees every step.
 */
export type Level = 'watch' | 'trace';
/**
 * Why the loop was held: `sleep` (time.sleep and kin), `io` (a socket, file or child process), `lock` (another thread: a lock, event, join, queue or result), `cpu` (Python code), `native` (C code), `gc` (a garbage collection), `gil` (other threads held it), `machine` (no processor time to be had), `suspended` (the process was stopped), `debugger` (a debugger held it). Only the first five are the line's fault.
 */
export type Cause = 'sleep' | 'io' | 'lock' | 'cpu' | 'native' | 'gc' | 'gil' | 'machine' | 'suspended' | 'debugger';
/**
 * What kind of thing a task waits on.
 */
export type WaitKind =
  | 'sleep'
  | 'timer'
  | 'task'
  | 'gather'
  | 'future'
  | 'lock'
  | 'semaphore'
  | 'condition'
  | 'event'
  | 'barrier'
  | 'queue-get'
  | 'queue-put'
  | 'stream-read'
  | 'stream-drain'
  | 'socket'
  | 'connect'
  | 'dns'
  | 'subprocess'
  | 'job'
  | 'generator'
  | 'unknown';
/**
 * `ready`: can run and waits for its turn. `cancelling`: cancel() was called and it has not ended. The last three are ends.
 */
export type TaskState = 'running' | 'ready' | 'waiting' | 'cancelling' | 'finished' | 'cancelled' | 'failed';
/**
 * `idle`: in select. `running`: in a callback. `blocked`: in one callback for longer than the threshold. `held`: a debugger holds it between two callbacks. `stopped`: exists and is not running.
 */
export type LoopState = 'idle' | 'running' | 'blocked' | 'held' | 'stopped' | 'closed';
/**
 * Everything the runtime may send.
 */
export type FromRuntime = Auth | Hello | Refuse | Update | Notice | Response | Held | Resumed | Logged | Bye;
/**
 * Everything the viewer may send.
 */
export type FromViewer = Auth | Welcome | Refuse | Request;

/**
 * A source place, sent once and referred to by id.
 */
export interface Site {
  id: Identifier;
  /**
   * Absolute path, or the code object's own file name where it has no path (`<string>`).
   */
  file: string;
  /**
   * Counts from 1; 0 when unknown.
   */
  line: number;
  /**
   * Qualified name of the function.
   */
  function: string;
  /**
   * False for the standard library, site-packages and frozen modules.
   */
  user: boolean;
}
/**
 * The inspected process.
 */
export interface Process {
  pid: number;
  parent_pid: number;
  /**
   * Version, such as `3.12.1`.
   */
  python: string;
  /**
   * Such as `cpython`.
   */
  implementation: string;
  /**
   * Path of the interpreter.
   */
  executable: string;
  /**
   * The program's own argv.
   */
  argv: string[];
  cwd: string;
}
/**
 * How late the loop ran a callback that was ready, in milliseconds, since the start. Measured by probe callbacks.
 */
export interface Lag {
  p50: number;
  p99: number;
  max: number;
  /**
   * How many probes these figures rest on.
   */
  count: number;
}
/**
 * How long a loop has been busy: two of these, of the same measure, give its share of the time between them. A total that is lower than an earlier one takes its place.
 */
export interface Busy {
  /**
   * Nanoseconds in all.
   */
  ns: number;
  /**
   * Up to when.
   */
  at_ns: number;
  /**
   * `processor`: what its thread used of the processor while the loop ran, and what that waited in callbacks that held the loop for longer than the threshold; shorter waits are not seen. `callbacks`: the time in callbacks since `trace` is on, the one that is held now among them.
   */
  measure: 'processor' | 'callbacks';
}
/**
 * A block that is happening now.
 */
export interface OpenBlock {
  started_ns: Nanoseconds;
  /**
   * How long so far.
   */
  duration_ns: number;
  /**
   * The user's line; null while it is not known.
   */
  site: Identifier | null;
  /**
   * What the line calls, such as `time.sleep`; null when it is the line itself or not known.
   */
  callee: string | null;
  /**
   * Null while it is not known.
   */
  cause: Cause | null;
  /**
   * The task whose step it is; null for a plain callback.
   */
  task: Identifier | null;
  /**
   * Tasks that were ready meanwhile.
   */
  victims: number;
  /**
   * Sites from the outermost to the innermost frame.
   */
  stack: Identifier[];
}
/**
 * An event loop.
 */
export interface Loop {
  id: Identifier;
  /**
   * Qualified class name, such as `asyncio.unix_events._UnixSelectorEventLoop`.
   */
  class: string;
  /**
   * Name of the thread it runs in or last ran in; empty when it never ran.
   */
  thread: string;
  /**
   * threading.get_ident() of that thread; 0 when it is not running.
   */
  thread_id: number;
  state: LoopState;
  /**
   * Nanoseconds since the runtime was installed.
   */
  since_ns: number;
  /**
   * Times round the loop in which something ran, since `trace` is on; null when it never was, or for a loop of which only the steps of tasks are seen, such as uvloop's.
   */
  iterations: number | null;
  /**
   * Callbacks run, steps of tasks among them, in those iterations. Null or absent as `iterations`.
   */
  callbacks?: number | null;
  /**
   * Handles in the ready queue.
   */
  ready: number;
  /**
   * Timers scheduled.
   */
  timers: number;
  lag_ms: Lag;
  /**
   * Null or absent when it is not known.
   */
  busy?: Busy | null;
  block: OpenBlock | null;
}
/**
 * One probe of one loop.
 */
export interface LagPoint {
  loop: Identifier;
  /**
   * Nanoseconds since the runtime was installed.
   */
  time_ns: number;
  /**
   * How much later it ran, or how late it is by now when `open`.
   */
  lag_ms: number;
  /**
   * True while the probe has not run yet.
   */
  open: boolean;
}
/**
 * What a task waits on.
 */
export interface Wait {
  kind: WaitKind;
  /**
   * In words, such as `sleep 2.0 s`, `Lock`, `job fetch on asyncio_0`.
   */
  label: string;
  /**
   * Nanoseconds since the runtime was installed.
   */
  since_ns: number;
  /**
   * Names the awaited object: equal for all that wait on the same one.
   */
  object: Identifier | null;
  /**
   * When a sleep or timer is due.
   */
  until_ns: Nanoseconds | null;
  /**
   * Tasks it waits for: the awaited task, the children still out, the holder of a lock.
   */
  tasks: Identifier[];
  /**
   * The executor whose job it waits for.
   */
  executor: Identifier | null;
}
/**
 * An asyncio task. A task that has ended is sent once more with its final state and then forgotten.
 */
export interface Task {
  id: Identifier;
  loop: Identifier;
  name: string;
  /**
   * Qualified name of its coroutine function.
   */
  coroutine: string;
  /**
   * Where that function is defined.
   */
  coroutine_site: Identifier | null;
  /**
   * The user's line that created it; null when it was created before the runtime came in or unseen.
   */
  created_site: Identifier | null;
  /**
   * The task that created it.
   */
  parent: Identifier | null;
  /**
   * Nanoseconds since the runtime was installed.
   */
  created_ns: number;
  state: TaskState;
  /**
   * Nanoseconds since the runtime was installed.
   */
  since_ns: number;
  wait: Wait | null;
  /**
   * Type and message, at most 200 characters, when it failed.
   */
  exception: string | null;
}
/**
 * What a task's steps come to since they are looked at; only at `trace`. A step is one run of the task by its loop, from one suspension to the next.
 */
export interface TaskSteps {
  task: Identifier;
  steps: number;
  /**
   * Time in steps.
   */
  busy_ns: number;
  /**
   * Scheduling delay: time it could run and was not let. Counted from the end of the step that woke it, so never too long. Null on a loop whose ready queue cannot be seen, such as uvloop's.
   */
  delay_ns: number | null;
  /**
   * The longest single delay; null as `delay_ns`.
   */
  max_delay_ns: number | null;
  /**
   * The longest single step.
   */
  longest_ns: number;
  /**
   * Nanoseconds since the runtime was installed.
   */
  longest_at_ns: number;
  /**
   * The user's line at which that step ended, by an await or a return; null when it is not known, as for steps under a millisecond.
   */
  longest_site: Identifier | null;
  /**
   * Nanoseconds since the runtime was installed.
   */
  since_ns: number;
  /**
   * Nanoseconds since the runtime was installed.
   */
  last_ns: number;
}
/**
 * How long the steps and the scheduling delays of the task that the viewer looks at are, since it does; see STEP_BUCKETS.
 */
export interface StepHistogram {
  task: Identifier;
  /**
   * Steps by their length.
   */
  steps: number[];
  /**
   * Steps by the delay before them.
   */
  delays: number[];
}
/**
 * Tasks of the process since the runtime was installed.
 */
export interface TaskCounts {
  created: number;
  /**
   * Ended, neither seen cancelled nor seen failed.
   */
  finished: number;
  cancelled: number;
  failed: number;
  alive: number;
}
/**
 * Tasks counted by the line that creates them.
 */
export interface TaskSite {
  site: Identifier;
  created: number;
  alive: number;
}
/**
 * Lines of a file of which a viewer wants to know when they are executed.
 */
export interface WatchedLines {
  /**
   * Absolute path.
   */
  file: string;
  lines: number[];
}
/**
 * Lines of a file, of those that were asked for by `watch-lines`, that have been executed while nothing held a loop for longer than the threshold. Told once the callback that executed them is over.
 */
export interface ExecutedLines {
  id: Identifier;
  /**
   * Absolute path.
   */
  file: string;
  lines: number[];
  /**
   * The highest block threshold that was in force since lines are watched: no hold longer than this was left out.
   */
  threshold_ms: number;
}
/**
 * Middle and largest of a set of durations, in milliseconds; null when none was measured.
 */
export interface Spread {
  p50: number | null;
  max: number | null;
}
/**
 * An offload that a worker is running, or that waits in the backlog.
 */
export interface Job {
  id: Identifier;
  /**
   * Qualified name of the function submitted.
   */
  function: string;
  /**
   * The user's line that submitted it.
   */
  site: Identifier | null;
  /**
   * The task that submitted it.
   */
  task: Identifier | null;
  state: 'queued' | 'running';
  submitted_ns: Nanoseconds;
  started_ns: Nanoseconds | null;
  /**
   * Name of the thread, or `pid 123` of the process, that runs it.
   */
  worker: string | null;
}
/**
 * An offload that is over.
 */
export interface EndedJob {
  id: Identifier;
  /**
   * Qualified name of the function submitted.
   */
  function: string;
  /**
   * The user's line that submitted it.
   */
  site: Identifier | null;
  /**
   * `cancelled`: before a worker took it.
   */
  outcome: 'done' | 'failed' | 'cancelled';
  /**
   * Name of the exception's type, when it failed.
   */
  exception: string | null;
  started_ns: Nanoseconds | null;
  ended_ns: Nanoseconds;
}
/**
 * Offloads counted by the line that submits them.
 */
export interface OffloadSite {
  site: Identifier;
  submitted: number;
}
/**
 * A pool that runs offloads.
 */
export interface Executor {
  id: Identifier;
  /**
   * Class name, such as `ThreadPoolExecutor`.
   */
  type: string;
  /**
   * Thread name prefix, or empty.
   */
  name: string;
  /**
   * The loop whose default executor it is.
   */
  default_of: Identifier | null;
  max_workers: number;
  /**
   * Started so far.
   */
  workers: number;
  busy: number;
  queued: number;
  submitted: number;
  /**
   * Run to their end, well or badly.
   */
  completed: number;
  /**
   * Of these, how many raised an exception.
   */
  failed?: number;
  /**
   * Cancelled before a worker took them.
   */
  cancelled?: number;
  max_queued: number;
  queue_wait_ms: Spread;
  run_ms: Spread;
  /**
   * The lines that submitted most, at most 20.
   */
  sites: OffloadSite[];
  /**
   * Running jobs and the head of the backlog, at most 100.
   */
  jobs: Job[];
  /**
   * The jobs that ended last, oldest first, at most 20.
   */
  ended?: EndedJob[];
  shut_down: boolean;
}
/**
 * All blocks with the same line, callee and cause.
 */
export interface Block {
  id: Identifier;
  /**
   * A number that names one entity within its process; never reused.
   */
  loop: number;
  /**
   * Innermost frame of the user's code; null when there is none, as for a suspended process.
   */
  site: Identifier | null;
  callee: string | null;
  cause: Cause;
  count: number;
  total_ns: number;
  /**
   * The longest single hold.
   */
  max_ns: number;
  /**
   * Duration of the latest hold.
   */
  last_ns: number;
  /**
   * Nanoseconds since the runtime was installed.
   */
  last_at_ns: number;
  /**
   * Name of the task held last; null for a plain callback.
   */
  task: string | null;
  /**
   * Most tasks that were ready during one hold.
   */
  victims: number;
  /**
   * Of the longest hold; from the outermost to the innermost frame.
   */
  stack: Identifier[];
}
/**
 * A sentence about the program with its evidence.
 */
export interface Finding {
  id: Identifier;
  /**
   * One of the finding ids of the reference page.
   */
  rule: string;
  severity: 'error' | 'warning' | 'information';
  site: Identifier | null;
  message: string;
  count: number;
  /**
   * Figures and names the sentence rests on.
   */
  evidence: {
    [k: string]: string | number | boolean | null;
  };
  /**
   * The tasks that it is about, of all its cases, the latest last; at most MAX_FINDING_TASKS. Absent where the runtime does not tell them by number.
   */
  tasks?: Identifier[];
}
/**
 * What was not kept or not sent, since the start.
 */
export interface Dropped {
  /**
   * Facts that found a full buffer, or that an error of ours lost.
   */
  events: number;
  /**
   * Updates that a slow viewer never got.
   */
  frames: number;
}
/**
 * First frame of whoever dials. Never recorded.
 */
export interface Auth {
  type: 'auth';
  protocol: number;
  token: string;
  role: 'runtime' | 'viewer';
}
/**
 * The runtime introduces the process. First frame of a recording.
 */
export interface Hello {
  type: 'hello';
  format: 'loopscope';
  protocol: number;
  /**
   * Version of the runtime.
   */
  version: string;
  process: Process;
  /**
   * The value of LOOPSCOPE_SESSION, or empty.
   */
  session: string;
  level: Level;
  threshold_ms: number;
  /**
   * When nanosecond zero was, on the wall.
   */
  clock: {
    /**
     * Milliseconds since 1970-01-01 UTC.
     */
    wall_ms: number;
  };
  /**
   * Request commands this runtime understands.
   */
  commands: string[];
  /**
   * How many tasks are alive as this is said. Only said to a viewer that dialled.
   */
  tasks_alive?: number;
}
/**
 * The viewer accepts and says what it wants.
 */
export interface Welcome {
  type: 'welcome';
  protocol: number;
  /**
   * Wanted time between updates.
   */
  interval_ms: number;
  /**
   * Block threshold to use from now on; null leaves it.
   */
  threshold_ms: number | null;
}
/**
 * The other side will not talk; it closes after this.
 */
export interface Refuse {
  type: 'refuse';
  /**
   * One sentence: what was wrong and what to do.
   */
  reason: string;
}
/**
 * What changed since the last update. Absent lists mean no change.
 */
export interface Update {
  type: 'update';
  /**
   * Counts updates; a gap means that updates were dropped, and a snapshot follows.
   */
  seq: number;
  time_ns: Nanoseconds;
  /**
   * True on the updates of a snapshot; the first of them (when the one before had `partial` false) empties the model.
   */
  snapshot: boolean;
  /**
   * True when more updates of the same snapshot follow.
   */
  partial: boolean;
  sites?: Site[];
  loops?: Loop[];
  lag?: LagPoint[];
  tasks?: Task[];
  /**
   * How closely the runtime looks: `watch` samples from a thread, `trace` sees every step.
   */
  level?: 'watch' | 'trace';
  steps?: TaskSteps[];
  histogram?: StepHistogram;
  /**
   * Single steps that were to be sent and were not, since the start; they are counted in `steps` all the same.
   */
  steps_dropped?: number;
  task_counts?: TaskCounts;
  task_sites?: TaskSite[];
  executors?: Executor[];
  blocks?: Block[];
  findings?: Finding[];
  executed?: ExecutedLines[];
  dropped: Dropped;
  /**
   * Processor time the runtime itself has used since the start.
   */
  overhead_ns: number;
}
/**
 * A sentence for the person at the viewer.
 */
export interface Notice {
  type: 'notice';
  severity: 'information' | 'warning' | 'error';
  /**
   * Stable name of the situation, such as `child-not-inspected`.
   */
  code: string;
  message: string;
}
/**
 * Last frame: the process ends or the runtime leaves it.
 */
export interface Bye {
  type: 'bye';
  reason: 'exit' | 'uninstall';
  time_ns: Nanoseconds;
}
/**
 * The viewer asks for something.
 */
export interface Request {
  type: 'request';
  id: Identifier;
  /**
   * `snapshot`: send a snapshot again. `set-threshold`: `threshold_ms`. `await-stack`: the await stack of `task`. `set-level`: look as closely as `level` says while this viewer is there; the closest that anybody wants is done. `look-at`: send every step from now on when `steps` is true, and the histogram of `task`, when there is one. `watch-lines`: tell of the lines of `files` when they are executed without harm, instead of those asked for before; from Python 3.12 on. The others are a debugger's: `hold` and `resume` all loops; `step-over`, `step-into` and `step-out` let a held loop run a little; `tasks`, `frames`, `scopes`, `variables` and `evaluate` look into it; `set-await-breakpoints` and `set-stops` say what is to hold it; `cancel-task` cancels one.
   */
  command:
    | 'snapshot'
    | 'set-threshold'
    | 'await-stack'
    | 'set-level'
    | 'look-at'
    | 'watch-lines'
    | 'hold'
    | 'resume'
    | 'step-over'
    | 'step-into'
    | 'step-out'
    | 'tasks'
    | 'frames'
    | 'scopes'
    | 'variables'
    | 'evaluate'
    | 'set-await-breakpoints'
    | 'set-stops'
    | 'cancel-task';
  threshold_ms?: number;
  task?: Identifier;
  level?: Level;
  steps?: boolean;
  files?: WatchedLines[];
  /**
   * Of a debugger's command: what it is about, by name.
   */
  arguments?: {
    [k: string]: unknown;
  };
}
/**
 * The runtime answers a request.
 */
export interface Response {
  type: 'response';
  id: Identifier;
  /**
   * What went wrong, in a sentence.
   */
  error: string | null;
  /**
   * For `await-stack`: from the task's coroutine to the innermost frame.
   */
  frames?: Site[];
  /**
   * Of a debugger's command: what it asked for. It comes when it is known, which for an awaited expression is when that is done.
   */
  result?: {
    [k: string]: unknown;
  };
}
/**
 * A loop is held between two callbacks, for a debugger.
 */
export interface Held {
  type: 'held';
  loop: Identifier;
  /**
   * The thread it runs in.
   */
  loop_name: string;
  /**
   * The task that the hold is about.
   */
  task: Identifier | null;
  reason: 'pause' | 'step' | 'await-breakpoint' | 'jam' | 'task-failed' | 'finding' | 'evaluated' | 'other-loop';
  /**
   * One sentence.
   */
  description: string;
  /**
   * The await breakpoint that was reached.
   */
  breakpoint: Identifier | null;
  /**
   * False for loops that are held because another one is.
   */
  first: boolean;
  can_step: boolean;
  /**
   * Whether `loop.time()` does; false for loops that keep a time of their own.
   */
  time_stands_still: boolean;
}
/**
 * Held loops run again.
 */
export interface Resumed {
  type: 'resumed';
  loops: Identifier[];
}
/**
 * An await breakpoint with a log message was reached.
 */
export interface Logged {
  type: 'logged';
  breakpoint: Identifier;
  text: string;
}
/**
 * Says what the columns of a packed batch are.
 */
export interface PackedHeader {
  /**
   * What the rows are. `steps`: runs of callbacks, oldest first; `started`, `ended` and `ready` (f64, nanoseconds since the installation; `ready` is when it was woken or put in, 0 when that is not known), `task` (u32, 0 for a plain callback) and `woken_by` (u32, the task whose step did that, 0 for none or not known).
   */
  batch: string;
  loop: Identifier;
  rows: number;
  columns: {
    name: string;
    format: 'u32' | 'u64' | 'f64';
  }[];
}
/**
 * What `PID.json` in the folder of discovery files holds: how a viewer of the same user reaches a process. Folder and file can be used by their owner only; a file that anybody else could have written is not believed.
 */
export interface Discovery {
  format: 'loopscope-discovery';
  protocol: number;
  pid: number;
  parent_pid: number;
  /**
   * When the process started, in a notation of the system's own: tells it from a later one with the same pid. Empty where that is not known.
   */
  started: string;
  /**
   * When the process started, in ms since 1970-01-01 UTC; when the runtime came in where that is not known.
   */
  started_wall_ms: number;
  python: string;
  argv: string[];
  cwd: string;
  /**
   * Version of the runtime.
   */
  version: string;
  /**
   * Where the runtime listens: `unix:PATH` or `tcp:127.0.0.1:PORT`.
   */
  address: string;
  /**
   * What the viewer shows in `auth`.
   */
  token: string;
}
