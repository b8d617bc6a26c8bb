import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DebugClient } from '@vscode/debugadapter-testsupport';
import type { DebugProtocol } from '@vscode/debugprotocol';
import type { Connection } from '../../link/connection';
import { dial } from '../../link/dialing';
import { listEnterable } from '../../link/enterable';
import { feed } from '../../link/feed';
import { Listener } from '../../link/listener';
import type { PathMap } from '../../link/pathMapping';
import { Sessions, untranslated } from '../../model';
import { findPython, pathCandidates } from '../python';
import { LoopscopeAttachSession } from './attachSession';
import { runtimeFolder, untilRuns, type Running } from './testing';

describe('an attach session', function () {
  this.timeout(60_000);

  let folder: string;
  let server: Server;
  let listener: Listener;
  let sessions: Sessions;
  let connections: Map<string, Connection>;
  let client: DebugClient;
  let running: Running[];
  let said: string;
  const before = process.env['LOOPSCOPE_DISCOVERY'];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'loopscope-'));
    process.env['LOOPSCOPE_DISCOVERY'] = join(folder, 'processes');
    sessions = new Sessions();
    connections = new Map();
    running = [];
    said = '';
    const take = (connection: Connection, paths: PathMap | null): string => {
      const { key } = feed(
        connection,
        sessions,
        () => performance.now(),
        () => undefined,
        paths ?? undefined,
      );
      connections.set(key, connection);
      connection.on('closed', () => connections.delete(key));
      return key;
    };
    const wishes = { interval_ms: 50, threshold_ms: null };
    listener = await Listener.start({
      wishes: () => wishes,
      welcomed: (connection) => void take(connection, null),
      refused: () => undefined,
    });
    server = createServer((socket) => {
      const session = new LoopscopeAttachSession({
        sessions,
        runtimeFolder,
        translate: untranslated,
        address: () => Promise.resolve(listener),
        connection: (key) => connections.get(key),
        dial: async (options, paths) => take((await dial(options)).welcome(wishes), paths),
        findPython: (_, cwd) => findPython(pathCandidates(process.env['PATH']), cwd),
        log: () => undefined,
      });
      session.setRunAsServer(true);
      session.start(socket, socket);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    client = new DebugClient('', '', 'loopscope');
    client.defaultTimeout = 30_000;
    await client.start((server.address() as AddressInfo).port);
    client.on('output', (event: DebugProtocol.OutputEvent) => (said += event.body.output));
  });

  afterEach(async () => {
    await client.stop();
    server.close();
    await listener.close();
    for (const program of running) program.kill();
    await Promise.all(running.map(({ ended }) => ended));
    if (before === undefined) delete process.env['LOOPSCOPE_DISCOVERY'];
    else process.env['LOOPSCOPE_DISCOVERY'] = before;
    await rm(folder, { recursive: true });
  });

  async function start(more: NodeJS.ProcessEnv = {}, text?: string): Promise<Running> {
    const program = await untilRuns(join(folder, 'processes'), more, text);
    running.push(program);
    return program;
  }

  async function attach(configuration: object): Promise<void> {
    const initialized = client.waitForEvent('initialized');
    await client.initializeRequest();
    await initialized;
    await client.attachRequest(configuration);
    await client.configurationDoneRequest();
  }

  /** Resolves when the model of the process satisfies a condition. */
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

  it('shows what holds the loop of a program that runs, and leaves it running', async () => {
    const program = await start();
    const started = client.waitForEvent('process') as Promise<DebugProtocol.ProcessEvent>;
    await attach({ processId: program.pid });
    const { name, systemProcessId, startMethod } = (await started).body;
    assert.deepEqual([name, systemProcessId, startMethod], ['app.py', program.pid, 'attach']);
    await until(() => (sessions.processes[0]?.blocks().length ?? 0) > 0);
    const [block] = sessions.processes[0]?.blocks() ?? [];
    assert.deepEqual([block?.callee, block?.site?.line, block?.task], ['time.sleep', 5, 'holds']);
    assert.match(said, new RegExp(`^Loopscope: Attached to process ${program.pid}: .*app\\.py\\n`, 'u'));
    await client.disconnectRequest({});
    await until(() => sessions.processes[0]?.isEnded === true);
    program.end();
    assert.equal(await program.ended, 0);
    assert.equal(program.stderr(), '');
  });

  it('holds the loop and lets it go when it is detached', async () => {
    const program = await start();
    const thread = client.waitForEvent('thread');
    await attach({ processId: String(program.pid) });
    await thread;
    const stopped = client.waitForEvent('stopped');
    await client.pauseRequest({ threadId: 1 });
    await stopped;
    const { threads } = (await client.threadsRequest()).body;
    assert.ok(threads.some(({ name }) => name.includes('holds')));
    await client.disconnectRequest({});
    program.end();
    assert.equal(await program.ended, 0, 'a program whose loop is held does not end');
  });

  it('ends when the program ends', async () => {
    const program = await start();
    await attach({ processId: program.pid });
    const terminated = client.waitForEvent('terminated');
    program.end();
    await terminated;
  });

  it('takes the workers of a process in as well', async () => {
    const text = [
      'import asyncio, os, sys',
      'async def main():',
      '    # The child says it as soon as it can be found, and its parent waits for it to end.',
      '    if not child: print("runs", flush=True)',
      '    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)',
      'async def parent():',
      '    await asyncio.get_running_loop().run_in_executor(None, os.waitpid, child, 0)',
      'child = os.fork()',
      'asyncio.run(parent() if child else main())',
    ].join('\n');
    const program = await start({}, text);
    await attach({ processId: program.pid });
    assert.deepEqual(
      sessions.processes.map(({ hello }) => hello.process.parent_pid),
      [program.pid, process.pid],
    );
    program.end();
    await client.waitForEvent('terminated');
  });

  it('reaches a program at an address, and finds its files here', async () => {
    const { port } = await new Promise<AddressInfo>((resolve) => {
      const probe = createServer().listen(0, '127.0.0.1', () => {
        const address = probe.address() as AddressInfo;
        probe.close(() => resolve(address));
      });
    });
    const program = await start({ LOOPSCOPE_LISTEN: `tcp:127.0.0.1:${port}`, LOOPSCOPE_TOKEN: 'the-token' });
    const pathMappings = [{ localRoot: '/work/here', remoteRoot: folder }];
    await attach({ connect: { port }, token: 'the-token', pathMappings });
    await until(() => (sessions.processes[0]?.blocks().length ?? 0) > 0);
    const [block] = sessions.processes[0]?.blocks() ?? [];
    assert.equal(block?.site?.file, '/work/here/app.py');
    const asked = { source: { path: '/work/here/app.py' }, breakpoints: [{ line: 4 }] };
    const stopped = client.waitForEvent('stopped') as Promise<DebugProtocol.StoppedEvent>;
    const { breakpoints } = (await client.setBreakpointsRequest(asked)).body;
    assert.equal(breakpoints[0]?.verified, true);
    const { threadId = 0 } = (await stopped).body;
    const { stackFrames } = (await client.stackTraceRequest({ threadId })).body;
    assert.ok(stackFrames.some(({ source, line }) => source?.path === '/work/here/app.py' && line === 4));
    assert.match(await readFile(program.file, 'utf8'), /^import asyncio/u);
  });

  for (const [what, configuration, sentence] of [
    ['nothing to attach to', {}, /Set either “processId” to a process of this machine, or “connect”/u],
    ['both at once', { processId: 1, connect: { port: 1 } }, /Set either “processId”/u],
    ['no process id', { processId: 'app.py' }, /“processId” must be the number of a process/u],
    ['no port', { connect: { host: 'there' }, token: 'x' }, /“connect\.port” must be a number from 1 to 65535/u],
    ['no token', { connect: { port: 5799 } }, /“token” must be the LOOPSCOPE_TOKEN that the program was started with/u],
    ['wrong mappings', { processId: 1, pathMappings: ['/app'] }, /“pathMappings” must be a list of objects/u],
    ['a process that is not there', { processId: 4_194_305 }, /^There is no process 4194305\.$/u],
    [
      'nobody at the address',
      { connect: { port: 1 }, token: 'x' },
      /Nobody can be reached at tcp:127\.0\.0\.1:1: ECONNREFUSED/u,
    ],
  ] as const) {
    it(`says what is wrong with ${what}`, async () => {
      await client.initializeRequest();
      await assert.rejects(
        client.attachRequest(configuration as unknown as DebugProtocol.AttachRequestArguments),
        (error: Error) => sentence.test(error.message),
      );
    });
  }

  it('enters a program of Python 3.14 that has nothing of Loopscope in it, and leaves it as it was', async function () {
    const program = await start({ PYTHONPATH: '' });
    const found = (await listEnterable()).find(({ pid }) => pid === program.pid);
    if (found === undefined) {
      if (this.test !== undefined) this.test.title += ' (the Python of these tests is older)';
      this.skip();
    }
    assert.deepEqual([found.argv, found.parentPid], [[program.file], process.pid]);
    await attach({ processId: program.pid });
    await until(() => (sessions.processes[0]?.blocks().length ?? 0) > 0);
    const [block] = sessions.processes[0]?.blocks() ?? [];
    assert.deepEqual([block?.callee, block?.site?.line, block?.task], ['time.sleep', 5, 'holds']);
    await client.disconnectRequest({});
    await until(() => sessions.processes[0]?.isEnded === true);
    program.end();
    assert.equal(await program.ended, 0);
    assert.equal(program.stderr(), '');
  });

  it('says which right or setting is missing where a process cannot be entered', async () => {
    const program = await start({ LOOPSCOPE_LISTEN: 'off', PYTHON_DISABLE_REMOTE_DEBUG: '1' });
    await client.initializeRequest();
    const request = client.attachRequest({ processId: program.pid } as unknown as DebugProtocol.AttachRequestArguments);
    await assert.rejects(
      request,
      /runs Python 3\.\d+ without Loopscope's runtime|is disabled in process \d+ by the variable PYTHON_DISABLE/u,
    );
    program.end();
    assert.equal(await program.ended, 0);
  });
});
