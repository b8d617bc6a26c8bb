/**
 * Keeps the last minute of a process as slices of lanes, from what the model answers ten times a second: blocks and
 * jobs with their own times, the waits of tasks as they were first seen. What is shorter than a sample is not seen,
 * except at `trace`, where every run of a callback is passed on as the program told it.
 */
import type { EndedJobView, ProcessQueries, TaskRow } from '../model';
import type { Lane, Slice, TaskHistory, Timeline, TimelineSteps } from '../protocol/webview-messages';
import { HISTORY_SECONDS, MAX_TASK_LANES, MAX_TIMELINE_STEPS } from '../protocol/webview-messages';
import { historyOf, type Run } from './panel-history';

const KEPT_NS = (HISTORY_SECONDS + 5) * 1e9;
/** Beyond it the oldest slices that are over are given up. */
const MAX_SLICES = 20_000;
/** Samples after which a page that has not asked for news meanwhile is sent all that is kept. */
const MAX_SAMPLES = 600;
/** Lanes for the oldest tasks; the rest goes to the newest. */
const OLDEST_LANES = 36;
const NEWEST_LANES = MAX_TASK_LANES - OLDEST_LANES;

interface Kept {
  slice: Slice;
  revision: number;
}

/** The timeline of one process; it outlives the webview that shows it. */
export class TimelineRecorder {
  private revision = 0;
  private readonly slices = new Map<string, Kept>();
  private readonly taskLanes = new Map<number, { lane: Lane; endedNs: number | null; open: string | null }>();
  private readonly workerLanes = new Map<string, Lane>();
  private loopLanes: readonly Lane[] = [];
  private openJobs = new Set<string>();
  private omitted = 0;
  /** How many single steps there were at each of the latest samples. */
  private stepsAt: { readonly revision: number; readonly next: number }[] = [];

  /** @param followed A task that has a lane however many there are; null for none. */
  constructor(
    private readonly process: ProcessQueries,
    private followed: number | null = null,
  ) {}

  /** Looks at the model. To be called when it changed, at most ten times a second. */
  sample(now: number): void {
    this.revision++;
    const overview = this.process.overview(now);
    this.stepsAt.push({ revision: this.revision, next: this.process.trace.steps.next });
    if (this.stepsAt.length > MAX_SAMPLES) this.stepsAt.shift();
    this.sampleLoops(overview.loops, overview.nowNs);
    this.sampleTasks(overview.nowNs, now);
    this.sampleJobs(overview.nowNs);
    this.trim(overview.nowNs);
  }

  /** What changed since `revision`; everything when it is negative; undefined when nothing did. */
  since(revision: number): { readonly revision: number; readonly section: Timeline } | undefined {
    if (revision === this.revision) return undefined;
    const slices = [...this.slices.values()].filter((kept) => kept.revision > revision).map((kept) => kept.slice);
    const lanes = [
      ...this.loopLanes,
      ...[...this.taskLanes.values()].map(({ lane }) => lane),
      ...[...this.workerLanes.values()].sort((a, b) => a.id.localeCompare(b.id, 'en', { numeric: true })),
    ];
    const exact = this.process.trace.level === 'trace';
    const section = { reset: revision < 0, lanes, slices, omitted: this.omitted, exact };
    const steps = this.stepsSince(revision, lanes);
    return { revision: this.revision, section: steps === null ? section : { ...section, steps } };
  }

  /** What a task did as far as it was looked at; from now on it has a lane however many there are. */
  historyOf(task: TaskRow, now: number): TaskHistory {
    if (this.followed !== task.id) {
      this.followed = task.id;
      this.sample(now);
    }
    const lane = `t${String(task.id)}`;
    const slices: Slice[] = [];
    for (const { slice } of this.slices.values()) if (slice.lane === lane) slices.push(slice);
    const runs: Run[] = [];
    const { steps } = this.process.trace;
    steps.forEach(steps.next - MAX_TIMELINE_STEPS, (_loop, id, fromNs, toNs, readyNs) => {
      if (id === task.id) runs.push({ fromNs, toNs, readyNs });
    });
    return historyOf(task, slices, runs);
  }

  /** The single steps that came in since a revision, the newest of them when there are too many. */
  private stepsSince(revision: number, lanes: readonly Lane[]): TimelineSteps | null {
    const { steps, stepsDropped } = this.process.trace;
    const sampled = this.stepsAt.find((sample) => sample.revision >= revision);
    const from = sampled?.revision === revision ? sampled.next : steps.oldest;
    // What came in after the last sample is told with the next.
    const until = this.stepsAt.at(-1)?.next ?? 0;
    const kept = Math.max(from, steps.oldest, until - MAX_TIMELINE_STEPS);
    if (kept >= until) return null;
    const laneOf = new Map(lanes.map((lane, index) => [lane.id, index]));
    const columns = {
      lane: [] as number[],
      fromNs: [] as number[],
      toNs: [] as number[],
      readyNs: [] as number[],
      wokenBy: [] as number[],
    };
    steps.forEach(kept, (loop, task, startedNs, endedNs, readyNs, wokenBy, number) => {
      const lane = number < until ? laneOf.get(task === 0 ? `l${String(loop)}` : `t${String(task)}`) : undefined;
      if (lane === undefined) return;
      columns.lane.push(lane);
      columns.fromNs.push(startedNs);
      columns.toNs.push(endedNs);
      columns.readyNs.push(readyNs);
      columns.wokenBy.push(wokenBy === 0 ? -1 : (laneOf.get(`t${String(wokenBy)}`) ?? -1));
    });
    return { ...columns, dropped: stepsDropped + Math.max(0, kept - from) };
  }

  private sampleLoops(loops: ReturnType<ProcessQueries['overview']>['loops'], nowNs: number): void {
    this.loopLanes = loops.map((loop) => ({
      id: `l${String(loop.id)}`,
      kind: 'loop',
      label: loop.thread === '' ? loop.class.slice(loop.class.lastIndexOf('.') + 1) : loop.thread,
      group: 'loops',
      task: null,
    }));
    const open = new Set<string>();
    for (const loop of loops) {
      const { block } = loop;
      if (block === null) continue;
      const key = blockKey(loop.id, block.startedNs);
      open.add(key);
      const label = block.callee ?? block.site?.function ?? '';
      this.put({
        key,
        lane: `l${String(loop.id)}`,
        kind: 'block',
        fromNs: block.startedNs,
        toNs: null,
        label,
        site: block.site,
        target: null,
      });
    }
    for (const block of this.process.blocks()) {
      const key = blockKey(block.loop, block.lastAtNs);
      const label = block.callee ?? block.site?.function ?? '';
      const toNs = block.lastAtNs + block.lastNs;
      if (toNs < nowNs - KEPT_NS || open.has(key)) continue;
      this.put({
        key,
        lane: `l${String(block.loop)}`,
        kind: 'block',
        fromNs: block.lastAtNs,
        toNs,
        label,
        site: block.site,
        target: null,
      });
    }
    for (const [key, { slice }] of this.slices) {
      if (slice.kind === 'block' && slice.toNs === null && !open.has(key)) this.put({ ...slice, toNs: nowNs });
    }
  }

  private sampleTasks(nowNs: number, now: number): void {
    const query = { filter: '', sort: 'id', descending: false } as const;
    const oldest = this.process.tasks({ ...query, offset: 0, count: OLDEST_LANES }, now);
    const offset = Math.max(OLDEST_LANES, oldest.matching - NEWEST_LANES);
    const newest = this.process.tasks({ ...query, offset, count: NEWEST_LANES }, now);
    const jobWorkers = this.jobWorkers();
    const shown = new Map<number, TaskRow>();
    const followed = this.followed === null ? null : this.process.task(this.followed);
    for (const row of [...oldest.rows, ...newest.rows, ...(followed === null ? [] : [followed])])
      shown.set(row.id, row);
    for (const row of [...shown.values()].sort((a, b) => a.id - b.id)) this.sampleTask(row, jobWorkers);
    for (const [id, kept] of this.taskLanes) {
      if (shown.has(id) || kept.endedNs !== null) continue;
      const row = this.process.task(id);
      if (row === null) this.endTask(kept, nowNs);
      else this.sampleTask(row, jobWorkers);
    }
    this.omitted = Math.max(0, oldest.known - shown.size);
  }

  private sampleTask(row: TaskRow, jobWorkers: ReadonlyMap<number, string>): void {
    let kept = this.taskLanes.get(row.id);
    if (kept === undefined) {
      const lane: Lane = { id: `t${String(row.id)}`, kind: 'task', label: row.name, group: 'tasks', task: row.id };
      kept = { lane, endedNs: null, open: null };
      this.taskLanes.set(row.id, kept);
    }
    // Programs give a task its name after they have made it.
    if (kept.lane.label !== row.name) kept.lane = { ...kept.lane, label: row.name };
    const { wait, state } = row;
    if (state === 'finished' || state === 'cancelled' || state === 'failed') {
      this.endTask(kept, row.sinceNs);
      return;
    }
    const kind = wait?.kind ?? state;
    const fromNs = wait?.sinceNs ?? row.sinceNs;
    const key = `${kept.lane.id} ${String(fromNs)} ${kind}`;
    const [waitedFor] = wait?.tasks ?? [];
    const target =
      wait?.kind === 'job'
        ? (jobWorkers.get(row.id) ?? null)
        : waitedFor === undefined
          ? null
          : `t${String(waitedFor.id)}`;
    if (kept.open !== key) {
      this.close(kept.open, fromNs);
      kept.open = key;
    }
    const site = row.createdSite ?? row.coroutineSite;
    this.put({ key, lane: kept.lane.id, kind, fromNs, toNs: null, label: wait?.label ?? state, site, target });
  }

  private endTask(kept: { endedNs: number | null; open: string | null }, atNs: number): void {
    kept.endedNs ??= atNs;
    this.close(kept.open, atNs);
    kept.open = null;
  }

  private sampleJobs(nowNs: number): void {
    const seen = new Set<string>();
    for (const executor of this.process.executors()) {
      for (const job of executor.jobs) {
        if (job.worker === null || job.startedNs === null) continue;
        const lane = `w${String(executor.id)} ${job.worker}`;
        const group = executor.name === '' ? executor.type : executor.name;
        if (!this.workerLanes.has(lane))
          this.workerLanes.set(lane, { id: lane, kind: 'worker', label: job.worker, group, task: null });
        const key = `j${String(job.id)}`;
        seen.add(key);
        const base = { lane, label: job.function, site: job.site, target: null } as const;
        if (job.startedNs > job.submittedNs) {
          this.put({
            ...base,
            key: `q${String(job.id)}`,
            kind: 'queued',
            fromNs: job.submittedNs,
            toNs: job.startedNs,
          });
        }
        this.put({ ...base, key, kind: 'job', fromNs: job.startedNs, toNs: null });
      }
      for (const job of executor.ended) this.endJob(job);
    }
    // Of those that ended before the latest nothing more is known.
    for (const key of this.openJobs) if (!seen.has(key)) this.close(key, nowNs);
    this.openJobs = seen;
  }

  private endJob({ id, endedNs, outcome, exception }: EndedJobView): void {
    const slice = this.slices.get(`j${String(id)}`)?.slice;
    if (slice === undefined || slice.toNs !== null) return;
    this.put({ ...slice, toNs: Math.max(endedNs, slice.fromNs), outcome: { outcome, exception } });
  }

  /** Lanes of the workers that run a task's jobs, by task. */
  private jobWorkers(): ReadonlyMap<number, string> {
    const workers = new Map<number, string>();
    for (const executor of this.process.executors()) {
      for (const job of executor.jobs) {
        if (job.task !== null && job.worker !== null) workers.set(job.task.id, `w${String(executor.id)} ${job.worker}`);
      }
    }
    return workers;
  }

  private put(slice: Slice): void {
    const kept = this.slices.get(slice.key);
    if (kept === undefined) this.slices.set(slice.key, { slice, revision: this.revision });
    else if (!same(kept.slice, slice)) {
      kept.slice = slice;
      kept.revision = this.revision;
    }
  }

  private close(key: string | null, toNs: number): void {
    const kept = key === null ? undefined : this.slices.get(key);
    if (kept !== undefined && kept.slice.toNs === null) {
      this.put({ ...kept.slice, toNs: Math.max(toNs, kept.slice.fromNs) });
    }
  }

  private trim(nowNs: number): void {
    let excess = this.slices.size - MAX_SLICES;
    for (const [key, { slice }] of this.slices) {
      if (slice.toNs === null || (slice.toNs >= nowNs - KEPT_NS && excess <= 0)) continue;
      this.slices.delete(key);
      excess--;
    }
    for (const [id, { endedNs }] of this.taskLanes) {
      const crowded = this.taskLanes.size > 2 * MAX_TASK_LANES;
      if (endedNs !== null && (endedNs < nowNs - KEPT_NS || crowded)) this.taskLanes.delete(id);
    }
    if (this.taskLanes.size > 3 * MAX_TASK_LANES) this.taskLanes.clear();
  }
}

function blockKey(loop: number, startedNs: number): string {
  return `b${String(loop)} ${String(startedNs)}`;
}

function same(a: Slice, b: Slice): boolean {
  return (
    a.toNs === b.toNs && a.target === b.target && a.label === b.label && a.site?.id === b.site?.id && a.lane === b.lane
  );
}
