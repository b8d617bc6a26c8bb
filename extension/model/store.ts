import type {
  Block,
  ExecutedLines,
  Executor,
  Finding,
  Loop,
  Site,
  TaskCounts,
  TaskSite,
  Update,
} from '../protocol/generated/types';
import { MAX_BLOCKS, MAX_SITES, MAX_WATCHED_LINES } from '../protocol/generated/constants';
import { TaskTable } from './taskTable';

/** Bounds of this viewer, against a runtime that keeps none. The runtime's own are lower or equal. */
const MAX_TASKS = 250_000;
const MAX_LOOPS = 1_000;
const MAX_EXECUTORS = 1_000;
const MAX_FINDINGS = 10_000;

const NO_TASKS: TaskCounts = { created: 0, finished: 0, cancelled: 0, failed: 0, alive: 0 };

/** The parts of a store that an update touched. */
export interface Touched {
  loops: boolean;
  tasks: boolean;
  executors: boolean;
  blocks: boolean;
  findings: boolean;
  executed: boolean;
  taskSites: boolean;
}

/** The records of one process, by id: what a snapshot fills and an update changes. */
export class Store {
  public readonly loops = new Map<number, Loop>();
  public readonly executors = new Map<number, Executor>();
  public readonly blocks = new Map<number, Block>();
  public readonly findings = new Map<number, Finding>();
  public readonly taskSites = new Map<number, TaskSite>();
  public readonly executed = new Map<number, ExecutedLines>();
  public readonly tasks: TaskTable;
  public taskCounts: TaskCounts = NO_TASKS;

  /**
   * @param sites Source places. They are sent once and their ids are never used again, so every store of a process
   *   shares them.
   * @param dropped Told how many records were refused because a bound was reached.
   */
  public constructor(
    public readonly sites: Map<number, Site>,
    private readonly dropped: (records: number) => void,
  ) {
    this.tasks = new TaskTable(MAX_TASKS, (id) => this.site(id));
  }

  public site(id: number | null): Site | null {
    return id === null ? null : (this.sites.get(id) ?? null);
  }

  /** Takes the records of an update. */
  public apply(update: Update): Touched {
    this.putAll(this.sites, update.sites, (site) => site.id, MAX_SITES);
    this.forgetClosedLoops(update.loops?.length ?? 0);
    this.putAll(this.loops, update.loops, (loop) => loop.id, MAX_LOOPS);
    this.putAll(this.executors, update.executors, (executor) => executor.id, MAX_EXECUTORS);
    this.putAll(this.blocks, update.blocks, (block) => block.id, MAX_BLOCKS);
    this.putAll(this.findings, update.findings, (finding) => finding.id, MAX_FINDINGS);
    this.putAll(this.taskSites, update.task_sites, (taskSite) => taskSite.site, MAX_SITES);
    this.putAll(this.executed, update.executed, (lines) => lines.id, MAX_WATCHED_LINES);
    let refused = 0;
    for (const task of update.tasks ?? []) if (!this.tasks.put(task)) refused++;
    if (refused > 0) this.dropped(refused);
    if (update.task_counts) this.taskCounts = update.task_counts;
    return {
      loops: update.loops !== undefined,
      tasks: update.tasks !== undefined || update.task_counts !== undefined,
      executors: update.executors !== undefined,
      blocks: update.blocks !== undefined,
      findings: update.findings !== undefined,
      executed: update.executed !== undefined,
      taskSites: update.task_sites !== undefined,
    };
  }

  /**
   * Counts what still held a loop when the last word came among the blocks, for as long as it was measured: nobody will
   * tell its end.
   *
   * @returns whether there was any.
   */
  public endOpenBlocks(): boolean {
    let ended = false;
    for (const loop of this.loops.values()) {
      const open = loop.block;
      const cause = open?.cause ?? null;
      if (open === null || cause === null) continue;
      const known = [...this.blocks.values()].find(
        (block) =>
          block.loop === loop.id && block.site === open.site && block.callee === open.callee && block.cause === cause,
      );
      // The end was told after all, and only the loop's record is from before.
      if (known?.last_at_ns === open.started_ns) continue;
      const isLongest = known === undefined || open.duration_ns > known.max_ns;
      const block: Block = {
        id: known?.id ?? Math.max(0, ...this.blocks.keys()) + 1,
        loop: loop.id,
        site: open.site,
        callee: open.callee,
        cause,
        count: (known?.count ?? 0) + 1,
        total_ns: (known?.total_ns ?? 0) + open.duration_ns,
        max_ns: isLongest ? open.duration_ns : known.max_ns,
        last_ns: open.duration_ns,
        last_at_ns: open.started_ns,
        task: open.task === null ? null : (this.tasks.get(open.task)?.name ?? null),
        victims: Math.max(known?.victims ?? 0, open.victims),
        stack: isLongest ? open.stack : known.stack,
      };
      this.putAll(this.blocks, [block], ({ id }) => id, MAX_BLOCKS);
      ended = true;
    }
    return ended;
  }

  /** Makes room for `wanted` loops: a program may run one after the other for as long as it lives. */
  private forgetClosedLoops(wanted: number): void {
    if (this.loops.size + wanted <= MAX_LOOPS) return;
    for (const loop of this.loops.values()) if (loop.state === 'closed') this.loops.delete(loop.id);
  }

  private putAll<T>(
    into: Map<number, T>,
    records: readonly T[] | undefined,
    id: (record: T) => number,
    most: number,
  ): void {
    let refused = 0;
    for (const record of records ?? []) {
      const key = id(record);
      if (into.size >= most && !into.has(key)) refused++;
      else into.set(key, record);
    }
    if (refused > 0) this.dropped(refused);
  }
}
