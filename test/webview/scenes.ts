/** Programs as the runtime would report them: updates of the wire, for the model. */
import type { ProcessModel } from '../../extension/model';
import { Sessions } from '../../extension/model';
import { aBlock, aFinding, aHello, aLoop, aSite, aTask, anExecutor, anUpdate } from '../../extension/model/testing';
import type { Executor, Hello, Job, LagPoint, Loop, Site, Task, Wait } from '../../extension/protocol/generated/types';

/** The process's clock in every scene, in nanoseconds: 134 s after the runtime came in. */
export const NOW_NS = 134e9;

/** What a runtime with a loop debugger can be asked for. */
export const DEBUGGER_COMMANDS = [
  'snapshot',
  'set-threshold',
  'await-stack',
  'hold',
  'resume',
  'variables',
  'cancel-task',
];

const SITES: readonly Site[] = [
  aSite(1, { file: '/app/pricing.py', line: 88, function: 'fetch_rates' }),
  aSite(2, { file: '/app/app.py', line: 34, function: 'on_startup' }),
  aSite(3, { file: '/app/app.py', line: 52, function: 'serve' }),
  aSite(4, { file: '/app/pricing.py', line: 61, function: 'refresh' }),
  aSite(5, { file: '/app/queue_worker.py', line: 19, function: 'start_workers.<locals>.spawn' }),
  aSite(6, { file: '/app/sessions.py', line: 140, function: 'SessionManager.open' }),
  aSite(7, { file: '/usr/lib/python3.12/asyncio/runners.py', line: 118, function: 'Runner.run', user: false }),
  aSite(8, { file: '/app/app.py', line: 77, function: 'main' }),
  aSite(9, { file: '/app/report.py', line: 23, function: 'render_report' }),
  aSite(10, { file: '/usr/lib/python3.12/json/__init__.py', line: 231, function: 'dumps', user: false }),
  aSite(11, { file: '/app/pricing.py', line: 74, function: 'cache_rates' }),
];

function wait(kind: Wait['kind'], label: string, sinceNs: number, change: Partial<Wait> = {}): Wait {
  return { kind, label, since_ns: sinceNs, object: null, until_ns: null, tasks: [], executor: null, ...change };
}

/** Tasks of a small service: a server, price refreshers on one lock, queue workers, sessions. */
export function serviceTasks(sessions = 6): Task[] {
  const tasks: Task[] = [
    aTask(1, {
      name: 'main',
      coroutine: 'main',
      coroutine_site: 8,
      created_site: 7,
      created_ns: 0.2e9,
      wait: wait('task', 'task serve-http', 0.3e9, { tasks: [2] }),
    }),
    aTask(2, {
      name: 'serve-http',
      coroutine: 'serve',
      coroutine_site: 3,
      created_site: 2,
      parent: 1,
      created_ns: 0.3e9,
      wait: wait('future', 'Future', 0.4e9),
    }),
    aTask(3, {
      name: 'refresh-prices-2',
      coroutine: 'refresh',
      coroutine_site: 4,
      created_site: 2,
      parent: 1,
      created_ns: 0.5e9,
      wait: wait('job', 'job fetch_rates on asyncio_3', 132.4e9, { executor: 1 }),
    }),
    aTask(4, {
      name: 'refresh-prices-7',
      coroutine: 'refresh',
      coroutine_site: 4,
      created_site: 2,
      parent: 1,
      created_ns: 0.6e9,
      wait: wait('lock', 'Lock', 132.2e9, { object: 41, tasks: [3] }),
    }),
    aTask(5, {
      name: 'refresh-prices-9',
      coroutine: 'refresh',
      coroutine_site: 4,
      created_site: 2,
      parent: 1,
      created_ns: 0.6e9,
      wait: wait('lock', 'Lock', 132.9e9, { object: 41, tasks: [3] }),
    }),
    aTask(6, {
      name: 'queue-worker-0',
      coroutine: 'work',
      coroutine_site: 5,
      created_site: 5,
      parent: 1,
      created_ns: 1e9,
      wait: wait('queue-get', 'Queue.get of 0', 133.6e9, { object: 42 }),
    }),
    aTask(7, {
      name: 'queue-worker-1',
      coroutine: 'work',
      coroutine_site: 5,
      created_site: 5,
      parent: 1,
      created_ns: 1e9,
      state: 'running',
      since_ns: 133.98e9,
      wait: null,
    }),
    aTask(8, {
      name: 'heartbeat',
      coroutine: 'heartbeat',
      coroutine_site: 8,
      created_site: 8,
      parent: 1,
      created_ns: 1e9,
      wait: wait('sleep', 'sleep 5.0 s', 131.1e9, { until_ns: 136.1e9 }),
    }),
  ];
  for (let index = 0; index < sessions; index++) {
    const id = 100 + index;
    const created = 20e9 + index * 1.7e9;
    tasks.push(
      aTask(id, {
        name: `ws-session-${String(id)}`,
        coroutine: 'SessionManager.run',
        coroutine_site: 6,
        created_site: 6,
        parent: 2,
        created_ns: created,
        ...(index % 5 === 4
          ? { state: 'ready', since_ns: 133.8e9, wait: null }
          : {
              wait: wait('stream-read', 'StreamReader.readline', 133.9e9 - (index % 7) * 0.4e9, {
                object: 1000 + index,
              }),
            }),
      }),
    );
  }
  return tasks;
}

function job(id: number, change: Partial<Job>): Job {
  return {
    id,
    function: 'fetch_rates',
    site: 1,
    task: 3,
    state: 'running',
    submitted_ns: 132.4e9,
    started_ns: 132.7e9,
    worker: 'asyncio_0',
    ...change,
  };
}

/** A default executor under load and a process pool at rest. */
export function serviceExecutors(): Executor[] {
  const jobs: Job[] = [];
  for (let index = 0; index < 6; index++)
    jobs.push(
      job(index + 1, {
        worker: `asyncio_${String(index)}`,
        started_ns: 132.7e9 + index * 0.17e9,
        submitted_ns: 132.3e9 + index * 0.15e9,
      }),
    );
  for (let index = 0; index < 4; index++)
    jobs.push(
      job(20 + index, {
        state: 'queued',
        worker: null,
        started_ns: null,
        submitted_ns: 133.2e9 + index * 0.1e9,
        task: 4,
      }),
    );
  return [
    anExecutor(1, {
      jobs,
      sites: [
        { site: 1, submitted: 92 },
        { site: 11, submitted: 8 },
      ],
    }),
    anExecutor(2, {
      type: 'ProcessPoolExecutor',
      name: 'render',
      default_of: null,
      max_workers: 2,
      workers: 2,
      busy: 0,
      queued: 0,
      submitted: 12,
      completed: 12,
      max_queued: 1,
      queue_wait_ms: { p50: 1.2, max: 4 },
      run_ms: { p50: 240, max: 410 },
      sites: [{ site: 9, submitted: 12 }],
    }),
  ];
}

/** Two blocking places, the worst first. */
export const BLOCKS = [
  aBlock(1, {
    site: 1,
    callee: 'requests.get',
    cause: 'io',
    count: 17,
    total_ns: 3.9e9,
    max_ns: 0.412e9,
    last_ns: 0.3e9,
    last_at_ns: 131.2e9,
    task: 'refresh-prices-2',
    victims: 40,
    stack: [7, 8, 4, 1],
  }),
  aBlock(2, {
    site: 9,
    callee: 'json.dumps',
    cause: 'native',
    count: 2,
    total_ns: 0.35e9,
    max_ns: 0.21e9,
    last_ns: 0.14e9,
    last_at_ns: 88e9,
    task: 'ws-session-104',
    victims: 11,
    stack: [7, 8, 3, 9, 10],
  }),
  aBlock(3, {
    site: null,
    callee: null,
    cause: 'gc',
    count: 1,
    total_ns: 0.13e9,
    max_ns: 0.13e9,
    last_ns: 0.13e9,
    last_at_ns: 60e9,
    task: null,
    victims: 3,
    stack: [],
  }),
];

/** A minute of probes every 50 ms: under 2 ms, with the blocks of the scene in it. */
export function lagPoints(held: readonly (readonly [fromNs: number, lengthNs: number])[], loop = 1): LagPoint[] {
  const points: LagPoint[] = [];
  let seed = 7;
  for (let time = NOW_NS - 60e9; time < NOW_NS; time += 50e6) {
    seed = (seed * 16807) % 2147483647;
    const block = held.find(([from, length]) => time >= from && time < from + length);
    if (block !== undefined) time = block[0];
    const lag = block === undefined ? 0.15 + (seed / 2147483647) ** 4 * 6 : (block[0] + block[1] - time) / 1e6;
    const open = block !== undefined && block[0] + block[1] >= NOW_NS;
    if (open && points.at(-1)?.open === true) continue;
    points.push({ loop, time_ns: Math.round(time), lag_ms: lag, open });
    if (block !== undefined) time = block[0] + block[1] - 50e6 * 0.5;
  }
  return points;
}

/** A scene: the sessions with one process in them, and the clock they are driven with. */
export interface Scene {
  readonly sessions: Sessions;
  readonly clock: { now: number };
  readonly model: ProcessModel;
}

function begin(hello: Partial<Hello> = {}): Scene {
  const sessions = new Sessions();
  const clock = { now: 1_000_000 };
  const port = {
    awaitStack: () => Promise.resolve(SITES.filter((site) => [4, 11, 1].includes(site.id))),
    locals: () =>
      Promise.resolve([
        {
          function: 'refresh',
          line: 61,
          variables: [
            { name: 'currency', text: "'EUR'", type: 'str' },
            { name: 'rates', text: '{…} 3 items', type: 'dict' },
          ],
          more: 4,
        },
        { function: 'main', line: 77, variables: [], more: 0 },
      ]),
  };
  const model = sessions.add(aHello(hello), port, clock.now);
  return { sessions, clock, model };
}

/** The running service: lag, tasks, executors; what `blocks` says it was held by; held right now when `loop` says so. */
export function service(
  change: {
    readonly loop?: Partial<Loop>;
    readonly blocks?: boolean;
    readonly findings?: boolean;
    readonly sessions?: number;
    readonly hello?: Partial<Hello>;
  } = {},
): Scene {
  const scene = begin(change.hello);
  const tasks = serviceTasks(change.sessions);
  const held: [number, number][] =
    change.blocks === true
      ? [
          [88e9, 0.21e9],
          [118e9, 0.412e9],
          [131.2e9, 0.3e9],
        ]
      : [];
  const { block } = change.loop ?? {};
  if (block !== null && block !== undefined) held.push([block.started_ns, NOW_NS - block.started_ns]);
  scene.model.update(
    anUpdate(1, {
      time_ns: NOW_NS,
      snapshot: true,
      sites: [...SITES],
      loops: [
        aLoop(1, {
          ready: 3,
          timers: 12,
          ...(change.blocks === true ? { lag_ms: { p50: 0.2, p99: 148, max: 412, count: 2680 } } : {}),
          ...change.loop,
        }),
      ],
      lag: lagPoints(held),
      tasks,
      task_counts: { created: 1284 + tasks.length, finished: 1270, cancelled: 12, failed: 2, alive: tasks.length },
      executors: serviceExecutors(),
      blocks: change.blocks === true ? BLOCKS : [],
      findings:
        change.findings === true
          ? [
              aFinding(1, {
                rule: 'executor-saturated',
                site: 1,
                message: 'The default executor of 6 workers has had jobs waiting for 41 s; the longest waited 900 ms.',
                evidence: { max_workers: 6, queued: 23, queue_wait_p50_ms: 310 },
              }),
              aFinding(2, {
                rule: 'never-retrieved',
                severity: 'error',
                site: 6,
                message: 'The exception of task ws-session-88 was never retrieved: ConnectionResetError.',
                count: 2,
                evidence: { task: 'ws-session-88' },
              }),
              aFinding(3, {
                rule: 'task-leak',
                severity: 'information',
                site: 5,
                message: 'Tasks created here are never awaited and their number grows.',
                count: 1,
                evidence: { alive: 240, created: 240 },
              }),
            ]
          : [],
      overhead_ns: 0.4e9,
    }),
    scene.clock.now,
  );
  return scene;
}

/** The service while `requests.get` holds its loop. */
export function blockedService(): Scene {
  return service({
    blocks: true,
    findings: true,
    loop: {
      state: 'blocked',
      since_ns: NOW_NS - 0.412e9,
      ready: 40,
      block: {
        started_ns: NOW_NS - 0.412e9,
        duration_ns: 0.412e9,
        site: 1,
        callee: 'requests.get',
        cause: 'io',
        task: 3,
        victims: 40,
        stack: [7, 8, 4, 1],
      },
    },
  });
}

/** The service while its loop is held between two callbacks. */
export function heldService(): Scene {
  return service({
    blocks: true,
    findings: true,
    hello: { commands: DEBUGGER_COMMANDS },
    loop: { state: 'held', since_ns: NOW_NS - 3e9, ready: 4 },
  });
}

/** Two tasks, each with the lock the other waits for. */
export function deadlock(): Scene {
  const scene = begin();
  const tasks = [
    aTask(1, {
      name: 'transfer-a',
      coroutine: 'transfer',
      created_site: 3,
      wait: wait('lock', 'Lock accounts[1]', 100e9, { object: 51, tasks: [2] }),
    }),
    aTask(2, {
      name: 'transfer-b',
      coroutine: 'transfer',
      created_site: 3,
      wait: wait('lock', 'Lock accounts[0]', 100e9, { object: 50, tasks: [1] }),
    }),
    aTask(3, {
      name: 'main',
      coroutine: 'main',
      created_site: 7,
      wait: wait('gather', 'gather of 2', 99e9, { tasks: [1, 2] }),
    }),
  ];
  scene.model.update(
    anUpdate(1, {
      time_ns: NOW_NS,
      snapshot: true,
      sites: [...SITES],
      loops: [aLoop(1)],
      lag: lagPoints([]),
      tasks,
      task_counts: { created: 3, finished: 0, cancelled: 0, failed: 0, alive: 3 },
    }),
    scene.clock.now,
  );
  return scene;
}
