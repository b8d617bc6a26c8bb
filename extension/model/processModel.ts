import type { PackedBatch } from '../protocol/codec';
import { HEARTBEAT_MS } from '../protocol/generated/constants';
import type { Block, Bye, ExecutedLines, Hello, Loop, Notice, Site, Task, Update } from '../protocol/generated/types';
import { Backlogs, type BacklogView } from './backlogs';
import { BlockTrends, type BlockTrendsView } from './blockTrends';
import type { HoldSpread } from './holdSpread';
import { LoopPasts } from './loopPasts';
import type {
  BlockView,
  DroppedView,
  ExecutorView,
  FindingView,
  LagSeries,
  NoticeView,
  ProcessEnd,
  ProcessOverview,
  ProcessPhase,
  ProcessQueries,
  Revisions,
  TaskFinding,
  TaskGroup,
  TaskGrouping,
  TaskPage,
  TaskQuery,
  TaskRow,
  TaskSiteView,
} from './queries';
import { Store, type Touched } from './store';
import { TaskFindings } from './taskFindings';
import { taskGroups } from './taskGroups';
import { programTitle } from './title';
import { TraceModel } from './traceModel';
import { findVerdict } from './verdict';
import { viewBlock, viewExecutor, viewFinding, viewLoop, viewTask, type Resolver } from './views';

const NS_PER_MS = 1e6;

const MAX_NOTICES = 200;
const MAX_ROWS = 1_000;

/** Heartbeats missed before a process counts as silent. */
const SILENT_AFTER_MS = 4 * HEARTBEAT_MS;

/** How long after a gap a snapshot may take to come by itself before it is asked for. */
const SNAPSHOT_PATIENCE_MS = 1_000;

const SEVERITY_RANK = { error: 0, warning: 1, information: 2 } as const;

/**
 * One inspected process: a pure reducer over what its runtime sent, and the queries over the result.
 *
 * `now` is everywhere a steady clock of the viewer in ms, such as `performance.now()`, and never goes back.
 */
export class ProcessModel implements ProcessQueries {
  /** What is known at the level `trace`. */
  public readonly trace: TraceModel;
  /** When blocks held the loop, which no snapshot tells again. */
  public readonly trends = new BlockTrends();
  private readonly pastBacklogs = new Backlogs();
  private readonly sites = new Map<number, Site>();
  private readonly loopPasts = new LoopPasts((id) => this.store.loops.has(id) || this.staging?.loops.has(id) === true);
  private readonly notices: NoticeView[] = [];
  private store: Store;
  /** Filled while the parts of a snapshot come in; takes the place of `store` with the last one. */
  private staging: Store | null = null;
  /** True while the snapshot that comes in may lack its beginning. */
  private headless = false;
  private phase: ProcessPhase = 'live';
  private end: ProcessEnd | null = null;
  private complete = false;
  private incompleteSince: number;
  private sequence: number | null = null;
  private timeNs = 0;
  private heardAt: number;
  private silentMs = 0;
  private runtimeDropped = { events: 0, frames: 0 };
  private refusedRecords = 0;
  private overheadNs = 0;
  /** What was found, by task; of an earlier revision when that has changed since. */
  private aboutTasks: { readonly revision: string; readonly findings: TaskFindings } | null = null;
  private readonly counters = {
    overview: 1,
    lag: 1,
    tasks: 1,
    executors: 1,
    blocks: 1,
    findings: 1,
    executed: 1,
    sites: 1,
  };

  public constructor(
    public readonly key: string,
    public readonly hello: Hello,
    now: number,
  ) {
    this.heardAt = now;
    this.incompleteSince = now;
    this.store = this.newStore();
    this.trace = new TraceModel(hello, (id) => this.site(id));
  }

  public get revisions(): Revisions {
    return this.counters;
  }

  public get isEnded(): boolean {
    return this.phase === 'ended';
  }

  /** Takes an update. Ones that come after the end are ignored. */
  public update(update: Update, now: number): void {
    if (this.phase === 'ended') return;
    this.heard(now);
    this.follow(update, now);
    this.timeNs = Math.max(this.timeNs, update.time_ns);
    this.runtimeDropped = update.dropped;
    this.overheadNs = update.overhead_ns;
    if (update.snapshot) this.applySnapshot(update);
    else this.mark(this.store.apply(update));
    this.refusedRecords += this.loopPasts.take(update);
    if (update.lag !== undefined) this.counters.lag++;
    if (this.staging === null) this.pastBacklogs.take(update, this.store.executors);
    this.trends.take(update.blocks ?? [], update.snapshot);
    this.trace.update(update, this.store.tasks.size);
    this.counters.overview++;
  }

  /** All that is known now, the past (lag, trends) aside, as an update from which an empty model answers the same. */
  public snapshot(): Update {
    const { store } = this;
    return {
      type: 'update',
      seq: this.sequence ?? 1,
      time_ns: this.timeNs,
      snapshot: true,
      partial: false,
      sites: [...this.sites.values()],
      loops: [...store.loops.values()],
      tasks: [...store.tasks.values()],
      task_counts: store.taskCounts,
      task_sites: [...store.taskSites.values()],
      executors: [...store.executors.values()],
      blocks: [...store.blocks.values()],
      findings: [...store.findings.values()],
      executed: [...store.executed.values()],
      dropped: this.runtimeDropped,
      overhead_ns: this.overheadNs,
      ...this.trace.snapshot(),
    };
  }

  /** Takes a packed batch. */
  public packed(batch: PackedBatch): void {
    if (this.phase !== 'ended') this.trace.take(batch);
  }

  /** True when no update is missing from what is known. */
  public get isComplete(): boolean {
    return this.complete;
  }

  /** Takes a sentence from the runtime, or one of the viewer's own about this process. */
  public notice(notice: Omit<Notice, 'type'>): void {
    this.notices.push({ severity: notice.severity, code: notice.code, message: notice.message });
    if (this.notices.length > MAX_NOTICES) {
      this.notices.shift();
      this.refusedRecords++;
    }
    this.counters.overview++;
  }

  /** Takes the runtime's goodbye. */
  public bye(bye: Bye, now: number): void {
    if (this.phase === 'ended') return;
    this.timeNs = Math.max(this.timeNs, bye.time_ns);
    this.close(bye.reason, now);
  }

  /** The connection closed; without a goodbye before it the process counts as lost. */
  public disconnected(now: number): void {
    if (this.phase === 'ended') return;
    this.timeNs = this.nowNs(now);
    this.close('lost', now);
  }

  /** Looks at the clock: notices silence. To be called a few times a second. @returns true when the phase changed. */
  public tick(now: number): boolean {
    if (this.phase === 'ended') return false;
    const quiet = now - this.heardAt;
    const phase = quiet > SILENT_AFTER_MS ? 'silent' : 'live';
    this.silentMs = phase === 'silent' ? quiet : 0;
    const changed = phase !== this.phase;
    this.phase = phase;
    if (changed || phase === 'silent') this.counters.overview++;
    return changed;
  }

  /** True when updates were lost and no snapshot has come to heal that in a reasonable time: then ask for one. */
  public wantsSnapshot(now: number): boolean {
    if (this.complete || this.staging !== null || this.phase !== 'live') return false;
    return now - this.incompleteSince > SNAPSHOT_PATIENCE_MS;
  }

  /** The snapshot was asked for: be patient again. */
  public askedForSnapshot(now: number): void {
    this.incompleteSince = now;
  }

  public overview(now: number): ProcessOverview {
    const { hello, store } = this;
    const blocks = this.jams();
    // Beyond one heartbeat without news nobody measured whether a block goes on.
    const extraNs = Math.min(this.nowNs(now) - this.timeNs, HEARTBEAT_MS * NS_PER_MS);
    const loops = [...store.loops.values()].map((loop) => {
      const [tasks, busyShare] = [store.tasks.inLoop(loop.id), this.loopPasts.busyShare(loop.id)];
      return viewLoop(loop, { phase: this.phase, extraNs, tasks, busyShare }, this.resolver);
    });
    return {
      key: this.key,
      title: programTitle(hello.process),
      process: hello.process,
      session: hello.session,
      runtimeVersion: hello.version,
      level: this.trace.level,
      thresholdMs: hello.threshold_ms,
      commands: hello.commands,
      phase: this.phase,
      end: this.end,
      silentMs: this.silentMs,
      nowNs: this.nowNs(now),
      startedWallMs: hello.clock.wall_ms,
      complete: this.complete,
      loops,
      counts: store.taskCounts,
      states: store.tasks.states,
      executors: store.executors.size,
      blocks: blocks.length,
      findings: store.findings.size,
      dropped: this.dropped(),
      overheadNs: this.overheadNs,
      notices: [...this.notices],
      verdict: findVerdict(this.phase, this.silentMs, loops, blocks, this.findings(), this.resolver),
    };
  }

  /** The loops as they were reported last. */
  public loops(): Iterable<Loop> {
    return this.store.loops.values();
  }

  public lag(loop: number, fromNs: number): LagSeries {
    return this.loopPasts.lag(loop, fromNs);
  }

  public tasks(query: TaskQuery, now: number): TaskPage {
    const { tasks, filterError } = this.store.tasks.select(query, this.nowNs(now));
    const offset = Math.max(0, Math.min(query.offset, tasks.length));
    const rows = tasks.slice(offset, offset + Math.min(query.count, MAX_ROWS));
    return {
      matching: tasks.length,
      known: this.store.tasks.size,
      offset,
      rows: rows.map((task) => viewTask(task, this.resolver)),
      filterError,
    };
  }

  public task(id: number): TaskRow | null {
    const task = this.store.tasks.get(id);
    return task ? viewTask(task, this.resolver) : null;
  }

  public taskRecords(): Iterable<Task> {
    return this.store.tasks.values();
  }

  public taskGroups(by: TaskGrouping, filter: string, now: number): readonly TaskGroup[] {
    return taskGroups(this.store.tasks, by, filter, this.nowNs(now), this.resolver);
  }

  public blocks(): readonly BlockView[] {
    const blocks = this.jams().sort((left, right) => right.total_ns - left.total_ns || left.id - right.id);
    return blocks.map((block) => viewBlock(block, this.resolver));
  }

  public blockTrends(): BlockTrendsView {
    return this.trends.view();
  }

  public holdSpread(block: number): HoldSpread {
    return this.trends.spread(block);
  }

  public executors(): readonly ExecutorView[] {
    return [...this.store.executors.values()].map((executor) => viewExecutor(executor, this.resolver));
  }

  public backlogs(): readonly BacklogView[] {
    return this.pastBacklogs.view();
  }

  public findings(): readonly FindingView[] {
    const findings = [...this.store.findings.values()].sort(
      (left, right) =>
        SEVERITY_RANK[left.severity] - SEVERITY_RANK[right.severity] || right.count - left.count || left.id - right.id,
    );
    return findings.map((finding) => viewFinding(finding, this.resolver));
  }

  public taskFindings(task: TaskRow): readonly TaskFinding[] {
    const revision = `${String(this.counters.findings)} ${String(this.counters.blocks)}`;
    if (this.aboutTasks?.revision !== revision) {
      this.aboutTasks = { revision, findings: new TaskFindings(this.findings(), this.blocks()) };
    }
    return this.aboutTasks.findings.of(task);
  }

  public taskSites(): readonly TaskSiteView[] {
    return [...this.store.taskSites.values()]
      .sort((left, right) => right.alive - left.alive || right.created - left.created || left.site - right.site)
      .map(({ site, created, alive }) => ({ site: this.store.site(site), created, alive }));
  }

  public executed(): Iterable<ExecutedLines> {
    return this.store.executed.values();
  }

  public site(id: number | null): Site | null {
    return this.store.site(id);
  }

  private readonly resolver: Resolver = {
    site: (id) => this.store.site(id),
    task: (id) => this.store.tasks.get(id),
  };

  private newStore(): Store {
    return new Store(this.sites, (records) => (this.refusedRecords += records));
  }

  private heard(now: number): void {
    this.heardAt = now;
    this.phase = 'live';
    this.silentMs = 0;
  }

  /**
   * Watches the sequence numbers. A snapshot in the making that misses a part is of no use; whether what comes next is
   * the rest of it or a new one cannot be told, so it is shown, but not taken for whole.
   */
  private follow(update: Update, now: number): void {
    const gap = this.sequence !== null && update.seq !== this.sequence + 1;
    this.sequence = update.seq;
    if (!gap) return;
    if (this.complete) this.incompleteSince = now;
    this.complete = false;
    this.headless = this.staging !== null && update.snapshot;
    this.staging = null;
  }

  private applySnapshot(update: Update): void {
    this.staging ??= this.newStore();
    this.staging.apply(update);
    if (update.partial) return;
    this.store = this.staging;
    this.staging = null;
    this.complete = !this.headless;
    this.headless = false;
    this.loopPasts.keepOnly(this.store.loops);
    this.pastBacklogs.keepOnly(this.store.executors);
    this.mark({
      loops: true,
      tasks: true,
      executors: true,
      blocks: true,
      findings: true,
      executed: true,
      taskSites: true,
    });
  }

  private mark(touched: Touched): void {
    if (touched.tasks) this.counters.tasks++;
    if (touched.executors) this.counters.executors++;
    if (touched.blocks) this.counters.blocks++;
    if (touched.findings) this.counters.findings++;
    if (touched.executed) this.counters.executed++;
    if (touched.taskSites) this.counters.sites++;
  }

  private close(end: ProcessEnd, now: number): void {
    this.heardAt = now;
    this.phase = 'ended';
    this.end = end;
    this.silentMs = 0;
    this.staging = null;
    this.counters.overview++;
    if (!this.store.endOpenBlocks()) return;
    this.trends.take(this.store.blocks.values(), false);
    this.counters.blocks++;
  }

  private nowNs(now: number): number {
    return this.phase === 'ended'
      ? this.timeNs
      : this.timeNs + Math.max(0, Math.round((now - this.heardAt) * NS_PER_MS));
  }

  /** The blocks; the time that a debugger had the process stopped is none. */
  private jams(): Block[] {
    return [...this.store.blocks.values()].filter(({ cause }) => cause !== 'debugger');
  }

  private dropped(): DroppedView {
    return { ...this.runtimeDropped, records: this.refusedRecords };
  }
}
