import type {
  Block,
  Cause,
  EndedJob,
  Executor,
  Finding,
  Loop,
  OpenBlock,
  Site,
  Task,
} from '../protocol/generated/types';
import type {
  BlockView,
  EndedJobView,
  ExecutorView,
  FindingView,
  JobView,
  LoopView,
  OpenBlockView,
  ProcessPhase,
  TaskReference,
  TaskRow,
  WaitView,
} from './queries';

/** Resolves the ids in a record. */
export interface Resolver {
  site(id: number | null): Site | null;
  task(id: number): Task | undefined;
}

const AT_FAULT: ReadonlySet<Cause> = new Set<Cause>(['sleep', 'io', 'lock', 'cpu', 'native']);

/** True when the cause is the line's own doing. */
export function isLineAtFault(cause: Cause): boolean {
  return AT_FAULT.has(cause);
}

export function viewTaskReference(id: number, resolve: Resolver): TaskReference {
  return { id, name: resolve.task(id)?.name ?? null };
}

function sites(ids: readonly number[], resolve: Resolver): Site[] {
  return ids.map((id) => resolve.site(id)).filter((site) => site !== null);
}

/** @param extraNs What has passed since the report that `block` came in. */
export function viewOpenBlock(block: OpenBlock, extraNs: number, resolve: Resolver): OpenBlockView {
  return {
    startedNs: block.started_ns,
    durationNs: block.duration_ns + extraNs,
    site: resolve.site(block.site),
    callee: block.callee,
    cause: block.cause,
    task: block.task === null ? null : viewTaskReference(block.task, resolve),
    victims: block.victims,
    stack: sites(block.stack, resolve),
  };
}

/** What the model knows of a loop beside its record. */
interface LoopSurroundings {
  readonly phase: ProcessPhase;
  /** What has passed since the last report, in ns. */
  readonly extraNs: number;
  /** How many of its tasks have not ended. */
  readonly tasks: number;
  /** How much of the last second it was busy; null when that is not known. */
  readonly busyShare: number | null;
}

/** States in which a loop runs, so that it can be busy or not. */
const RUNS: ReadonlySet<LoopView['state']> = new Set<LoopView['state']>(['idle', 'running', 'blocked']);

export function viewLoop(loop: Loop, surroundings: LoopSurroundings, resolve: Resolver): LoopView {
  const { phase, extraNs, tasks, busyShare } = surroundings;
  const ended = phase === 'ended';
  const isInDebugger = loop.block?.cause === 'debugger';
  const reported = isInDebugger ? 'debugger' : loop.state;
  const state = ended ? 'closed' : phase === 'silent' && loop.state !== 'closed' ? 'silent' : reported;
  return {
    id: loop.id,
    class: loop.class,
    thread: loop.thread,
    state,
    sinceNs: loop.since_ns,
    iterations: loop.iterations,
    callbacks: loop.callbacks ?? null,
    ready: loop.ready,
    timers: loop.timers,
    tasks,
    lagMs: loop.lag_ms,
    busy: loop.busy && busyShare !== null && RUNS.has(state) ? { share: busyShare, measure: loop.busy.measure } : null,
    block: loop.block === null || ended || isInDebugger ? null : viewOpenBlock(loop.block, extraNs, resolve),
  };
}

export function viewTask(task: Task, resolve: Resolver): TaskRow {
  return {
    id: task.id,
    loop: task.loop,
    name: task.name,
    coroutine: task.coroutine,
    coroutineSite: resolve.site(task.coroutine_site),
    createdSite: resolve.site(task.created_site),
    parent: task.parent === null ? null : viewTaskReference(task.parent, resolve),
    createdNs: task.created_ns,
    state: task.state,
    sinceNs: task.since_ns,
    wait: task.wait === null ? null : viewWait(task.wait, resolve),
    exception: task.exception,
  };
}

function viewWait(wait: NonNullable<Task['wait']>, resolve: Resolver): WaitView {
  return {
    kind: wait.kind,
    label: wait.label,
    sinceNs: wait.since_ns,
    object: wait.object,
    untilNs: wait.until_ns,
    tasks: wait.tasks.map((id) => viewTaskReference(id, resolve)),
    executor: wait.executor,
  };
}

export function viewBlock(block: Block, resolve: Resolver): BlockView {
  return {
    id: block.id,
    loop: block.loop,
    site: resolve.site(block.site),
    callee: block.callee,
    cause: block.cause,
    lineAtFault: isLineAtFault(block.cause),
    count: block.count,
    totalNs: block.total_ns,
    maxNs: block.max_ns,
    lastNs: block.last_ns,
    lastAtNs: block.last_at_ns,
    task: block.task,
    victims: block.victims,
    stack: sites(block.stack, resolve),
  };
}

export function viewExecutor(executor: Executor, resolve: Resolver): ExecutorView {
  return {
    id: executor.id,
    type: executor.type,
    name: executor.name,
    defaultOf: executor.default_of,
    maxWorkers: executor.max_workers,
    workers: executor.workers,
    busy: executor.busy,
    queued: executor.queued,
    submitted: executor.submitted,
    completed: executor.completed,
    failed: executor.failed ?? 0,
    cancelled: executor.cancelled ?? 0,
    maxQueued: executor.max_queued,
    queueWaitMs: executor.queue_wait_ms,
    runMs: executor.run_ms,
    sites: executor.sites.map(({ site, submitted }) => ({ site: resolve.site(site), submitted })),
    jobs: executor.jobs.map((job) => viewJob(job, resolve)),
    ended: (executor.ended ?? []).map((job) => viewEndedJob(job, resolve)).reverse(),
    shutDown: executor.shut_down,
  };
}

function viewEndedJob(job: EndedJob, resolve: Resolver): EndedJobView {
  return {
    id: job.id,
    function: job.function,
    site: resolve.site(job.site),
    outcome: job.outcome,
    exception: job.exception,
    startedNs: job.started_ns,
    endedNs: job.ended_ns,
  };
}

function viewJob(job: Executor['jobs'][number], resolve: Resolver): JobView {
  return {
    id: job.id,
    function: job.function,
    site: resolve.site(job.site),
    task: job.task === null ? null : viewTaskReference(job.task, resolve),
    state: job.state,
    submittedNs: job.submitted_ns,
    startedNs: job.started_ns,
    worker: job.worker,
  };
}

export function viewFinding(finding: Finding, resolve: Resolver): FindingView {
  return {
    id: finding.id,
    rule: finding.rule,
    severity: finding.severity,
    site: resolve.site(finding.site),
    message: finding.message,
    count: finding.count,
    evidence: finding.evidence,
    tasks: finding.tasks?.map((id) => viewTaskReference(id, resolve)) ?? null,
  };
}
