import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspectionVariables } from '../debug/environment';
import { Sessions, type ProcessModel, type TaskRow } from '../model';
import { readTestPython } from '../debug/testing';
import { TimelineRecorder } from '../views/panel-timeline';
import type { FromRuntime } from '../protocol';
import type { Connection } from './connection';
import { feed, keepTime } from './feed';
import { Listener } from './listener';
import { RecordingWriter, openRecording, readRecording } from './recording';

const bootstrapFolder = join(import.meta.dirname, '..', '..', 'runtime', 'loopscope', 'bootstrap');

/** A real program under the real runtime, seen through the real link. */
describe('a live program', function () {
  this.timeout(60_000);

  let folder: string;
  let listener: Listener;
  let sessions: Sessions;
  let connected: Promise<Connection>;
  let child: ChildProcess | undefined;
  let stopClock: () => void;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'loopscope-'));
    sessions = new Sessions();
    const now = (): number => performance.now();
    stopClock = keepTime(sessions, now);
    let connect: (connection: Connection) => void = () => undefined;
    connected = new Promise((resolve) => (connect = resolve));
    listener = await Listener.start({
      wishes: () => ({ interval_ms: 50, threshold_ms: null }),
      welcomed: (connection) => {
        feed(connection, sessions, now, () => undefined);
        connect(connection);
      },
      refused: () => undefined,
    });
  });

  afterEach(async () => {
    stopClock();
    child?.kill('SIGKILL');
    await listener.close();
    await rm(folder, { recursive: true });
  });

  async function start(text: string): Promise<ProcessModel> {
    const file = join(folder, 'app.py');
    await writeFile(file, text);
    const { address, token } = listener;
    const variables = inspectionVariables({ bootstrapFolder, address, token, session: 's1' }, {}, process.env);
    child = spawn(await readTestPython(), [file], {
      env: { ...process.env, ...variables },
      stdio: ['pipe', 'ignore', 'inherit'],
    });
    await connected;
    const [model] = sessions.processes;
    assert.ok(model);
    return model;
  }

  /** Resolves when the model satisfies a condition. */
  function until(condition: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!condition()) return;
        leave();
        resolve();
      };
      const leave = sessions.subscribe(look);
      look();
    });
  }

  function rowOf(model: ProcessModel, filter: string): TaskRow | undefined {
    return model.tasks({ filter, sort: 'id', descending: false, offset: 0, count: 1 }, 0).rows[0];
  }

  it('shows its loop and what each task waits on, and says goodbye', async () => {
    const model = await start(
      [
        'import asyncio, sys',
        'async def hold(lock):',
        '    async with lock:',
        '        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)',
        'async def queue_up(lock):',
        '    async with lock: pass',
        'async def main():',
        '    lock = asyncio.Lock()',
        '    holder = asyncio.create_task(hold(lock), name="holder")',
        '    await asyncio.sleep(0)',
        '    waiter = asyncio.create_task(queue_up(lock), name="waiter")',
        '    await asyncio.gather(holder, waiter)',
        'asyncio.run(main())',
      ].join('\n'),
    );
    const row = (name: string) => rowOf(model, `name:/^${name}$/`);
    await until(() => row('waiter')?.wait?.kind === 'lock' && row('holder')?.wait?.kind === 'job');
    assert.equal(row('waiter')?.coroutine, 'queue_up');
    assert.equal(row('waiter')?.createdSite?.line, 11);
    await until(() => model.executors().some((executor) => executor.busy === 1));
    const { loops, complete, phase } = model.overview(performance.now());
    assert.deepEqual([loops.length, loops[0]?.thread, complete, phase], [1, 'MainThread', true, 'live']);
    const stack = await sessions.awaitStack(model.key, row('waiter')?.id ?? 0);
    assert.equal(stack[0]?.function, 'queue_up');
    child?.stdin?.end();
    await until(() => model.isEnded);
    assert.equal(model.overview(0).end, 'exit');
  });

  it('is said to be blocked while it is, by the line and the callee', async () => {
    const model = await start(
      ['import asyncio, time', 'async def main():', '    time.sleep(1.5)', 'asyncio.run(main())'].join('\n'),
    );
    await until(() => {
      const { verdict } = model.overview(performance.now());
      return verdict?.kind === 'blocked' && verdict.block.callee === 'time.sleep' && verdict.block.site?.line === 3;
    });
    assert.equal(model.isEnded, false);
    await until(() => model.isEnded);
    const [block] = model.blocks();
    assert.deepEqual([block?.site?.line, block?.callee, block?.cause, block?.count], [3, 'time.sleep', 'sleep', 1]);
    assert.ok((block?.maxNs ?? 0) >= 1.4e9, `${block?.maxNs} ns`);
  });

  it('tells every step while it is looked at, once the level is switched to trace', async () => {
    const model = await start(
      [
        'import asyncio, sys, time',
        'async def worker(done):',
        '    time.sleep(0.02)',
        '    await asyncio.sleep(0)',
        '    await done.wait()',
        'async def main():',
        '    done = asyncio.Event()',
        '    await asyncio.to_thread(sys.stdin.readline)',
        '    task = asyncio.create_task(worker(done), name="worker")',
        '    await asyncio.to_thread(sys.stdin.readline)',
        '    done.set()',
        '    await task',
        'asyncio.run(main())',
      ].join('\n'),
    );
    assert.equal(model.overview(0).level, 'watch');
    const traced = async () => (await connected).request({ command: 'set-level', level: 'trace' });
    await traced();
    await until(() => model.overview(0).level === 'trace');
    const recorder = new TimelineRecorder(model);
    sessions.lookAt(model.key, { steps: true, task: null });
    // Its answer comes once the program has taken in that somebody looks.
    await traced();
    child?.stdin?.write('\n');
    const id = (): number => rowOf(model, 'name:/^worker$/')?.id ?? 0;
    await until(() => model.trace.taskSteps(id())?.steps === 2);
    const steps = model.trace.taskSteps(id());
    assert.deepEqual([steps?.longestSite?.line, steps?.longestSite?.function], [4, 'worker']);
    assert.ok((steps?.longestNs ?? 0) >= 20e6, `${steps?.longestNs} ns`);
    recorder.sample(performance.now());
    const section = recorder.since(-1)?.section;
    const lane = section?.lanes.findIndex((each) => each.task === id());
    const rows = [...(section?.steps?.lane.entries() ?? [])].filter(([, at]) => at === lane).map(([row]) => row);
    assert.equal(rows.length, 2);
    const [first = 0, second = 0] = rows.map((row) => section?.steps?.fromNs[row] ?? 0);
    assert.equal((section?.steps?.toNs[rows[0] ?? 0] ?? 0) - first, steps?.longestNs);
    assert.ok(second > first);
    sessions.lookAt(model.key, { steps: true, task: id() });
    child?.stdin?.end('\n');
    await until(() => model.isEnded);
    assert.ok((model.overview(0).loops[0]?.iterations ?? 0) > 0);
  });

  it('tells the variables of a task while its loop is held, and not while it runs', async () => {
    const model = await start(
      [
        'import asyncio',
        'async def work(number):',
        '    doubled = number * 2',
        '    await asyncio.sleep(600)',
        'async def main():',
        '    await asyncio.create_task(work(21), name="worker")',
        'asyncio.run(main())',
      ].join('\n'),
    );
    const worker = () => rowOf(model, 'name:worker')?.id ?? 0;
    await until(() => rowOf(model, 'name:worker')?.wait?.kind === 'sleep');
    await assert.rejects(sessions.locals(model.key, worker()), /held/u);
    const connection = await connected;
    await connection.request({ command: 'hold', arguments: {} });
    await until(() => model.overview(performance.now()).loops[0]?.state === 'held');
    const [frame, ...others] = await sessions.locals(model.key, worker());
    assert.deepEqual(others, []);
    assert.deepEqual([frame?.function, frame?.line, frame?.more], ['work', 4, 0]);
    assert.deepEqual(frame?.variables, [
      { name: 'number', text: '21', type: 'int' },
      { name: 'doubled', text: '42', type: 'int' },
    ]);
    await connection.request({ command: 'resume', arguments: {} });
    await until(() => model.overview(performance.now()).loops[0]?.state !== 'held');
  });

  it('is said to be silent while it is suspended', async () => {
    const model = await start('import asyncio\nasyncio.run(asyncio.sleep(600))');
    await until(() => model.overview(performance.now()).complete);
    child?.kill('SIGSTOP');
    await until(() => model.overview(performance.now()).verdict?.kind === 'silent');
    child?.kill('SIGCONT');
    await until(() => model.overview(performance.now()).phase === 'live');
    child?.kill('SIGKILL');
    await until(() => model.isEnded);
    assert.equal(model.overview(0).end, 'lost');
  });

  it('is recorded, and the recording shows the same tasks', async () => {
    const model = await start('import asyncio, sys\nasyncio.run(asyncio.to_thread(sys.stdin.read))');
    await until(() => rowOf(model, 'state:waiting')?.wait?.kind === 'job');
    const file = join(folder, 'session.loopscope');
    const writer = new RecordingWriter(file, await connected);
    await writer.start();
    const exited = once(child as ChildProcess, 'exit');
    child?.stdin?.end();
    await exited;
    await until(() => model.isEnded);
    await writer.stop();
    const messages: FromRuntime[] = [];
    const { cutOffBytes } = await readRecording(openRecording(file), (message) => messages.push(message));
    const [hello, first] = messages;
    assert.deepEqual([cutOffBytes, hello?.type, first?.type, messages.at(-1)?.type], [0, 'hello', 'update', 'bye']);
    assert.ok(first?.type === 'update' && first.snapshot);
    const updates = messages.filter((message) => message.type === 'update');
    assert.ok(updates.some((update) => update.tasks?.some((task) => task.wait?.kind === 'job')));
  });
});
