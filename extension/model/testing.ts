/** Records for tests: whole, with the values a test does not care about filled in. */
import type { PackedBatch } from '../protocol/codec';
import type { Block, Executor, Finding, Hello, Loop, OpenBlock, Site, Task, Update } from '../protocol/generated/types';

export function aHello(change: Partial<Hello> = {}): Hello {
  return {
    type: 'hello',
    format: 'loopscope',
    protocol: 1,
    version: '0.1.0',
    process: {
      pid: 4127,
      parent_pid: 1,
      python: '3.12.1',
      implementation: 'cpython',
      executable: '/usr/bin/python3',
      argv: ['/app/api.py'],
      cwd: '/app',
    },
    session: '',
    level: 'watch',
    threshold_ms: 100,
    clock: { wall_ms: 1_790_000_000_000 },
    commands: ['snapshot', 'set-threshold', 'await-stack'],
    ...change,
  };
}

export function anUpdate(seq: number, change: Partial<Update> = {}): Update {
  return {
    type: 'update',
    seq,
    time_ns: seq * 1_000_000,
    snapshot: false,
    partial: false,
    dropped: { events: 0, frames: 0 },
    overhead_ns: 0,
    ...change,
  };
}

export function aSite(id: number, change: Partial<Site> = {}): Site {
  return { id, file: '/app/pricing.py', line: 88, function: 'fetch_rates', user: true, ...change };
}

export function aLoop(id: number, change: Partial<Loop> = {}): Loop {
  return {
    id,
    class: 'asyncio.unix_events._UnixSelectorEventLoop',
    thread: 'MainThread',
    thread_id: 7,
    state: 'idle',
    since_ns: 0,
    iterations: null,
    ready: 0,
    timers: 0,
    lag_ms: { p50: 0.1, p99: 1.5, max: 3, count: 100 },
    block: null,
    ...change,
  };
}

export function aTask(id: number, change: Partial<Task> = {}): Task {
  return {
    id,
    loop: 1,
    name: `Task-${id}`,
    coroutine: 'worker',
    coroutine_site: null,
    created_site: null,
    parent: null,
    created_ns: id * 1000,
    state: 'waiting',
    since_ns: id * 1000,
    wait: {
      kind: 'sleep',
      label: 'sleep 2.0 s',
      since_ns: id * 1000,
      object: null,
      until_ns: null,
      tasks: [],
      executor: null,
    },
    exception: null,
    ...change,
  };
}

export function aBlock(id: number, change: Partial<Block> = {}): Block {
  return {
    id,
    loop: 1,
    site: 1,
    callee: 'time.sleep',
    cause: 'sleep',
    count: 2,
    total_ns: 612_000_000,
    max_ns: 412_000_000,
    last_ns: 200_000_000,
    last_at_ns: 5_000_000_000,
    task: 'refresh-prices',
    victims: 40,
    stack: [1],
    ...change,
  };
}

/** What holds a loop now. */
export function anOpenBlock(change: Partial<OpenBlock> = {}): OpenBlock {
  return {
    started_ns: 100_000_000,
    duration_ns: 150_000_000,
    site: 1,
    callee: 'time.sleep',
    cause: 'sleep',
    task: null,
    victims: 3,
    stack: [1],
    ...change,
  };
}

export function aFinding(id: number, change: Partial<Finding> = {}): Finding {
  return {
    id,
    rule: 'never-awaited',
    severity: 'warning',
    site: 1,
    message: 'The coroutine was never awaited.',
    count: 1,
    evidence: {},
    ...change,
  };
}

export function anExecutor(id: number, change: Partial<Executor> = {}): Executor {
  return {
    id,
    type: 'ThreadPoolExecutor',
    name: 'asyncio',
    default_of: 1,
    max_workers: 6,
    workers: 6,
    busy: 6,
    queued: 23,
    submitted: 100,
    completed: 71,
    max_queued: 30,
    queue_wait_ms: { p50: 310, max: 900 },
    run_ms: { p50: 82, max: 400 },
    sites: [{ site: 1, submitted: 100 }],
    jobs: [],
    shut_down: false,
    ...change,
  };
}

/** A packed batch of single steps of loop 1. */
export function aStepBatch(
  rows: readonly (readonly [task: number, startedNs: number, endedNs: number, readyNs?: number, wokenBy?: number])[],
): PackedBatch {
  const column = (name: string): { name: string; format: 'f64' } => ({ name, format: 'f64' });
  const names = ['started', 'ended', 'ready', 'task', 'woken_by'];
  return {
    header: { batch: 'steps', loop: 1, rows: rows.length, columns: names.map(column) },
    columns: new Map<string, Float64Array | Uint32Array>([
      ['started', Float64Array.from(rows, ([, started]) => started)],
      ['ended', Float64Array.from(rows, ([, , ended]) => ended)],
      ['ready', Float64Array.from(rows, ([, , , ready]) => ready ?? 0)],
      ['task', Uint32Array.from(rows, ([task]) => task)],
      ['woken_by', Uint32Array.from(rows, ([, , , , wokenBy]) => wokenBy ?? 0)],
    ]),
  };
}
