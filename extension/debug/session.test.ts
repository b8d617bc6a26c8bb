import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DebugClient } from '@vscode/debugadapter-testsupport';
import type { DebugProtocol } from '@vscode/debugprotocol';
import type { Connection } from '../link/connection';
import { feed } from '../link/feed';
import { Listener } from '../link/listener';
import { Sessions, untranslated } from '../model';
import { findPython, pathCandidates } from './python';
import { LoopscopeDebugSession, type DebugServices } from './session';
import { isAlive } from './testing';

const runtimeFolder = join(import.meta.dirname, '..', '..', 'runtime');

describe('a debug session', function () {
  this.timeout(60_000);

  let folder: string;
  let server: Server;
  let listener: Listener;
  let sessions: Sessions;
  let services: DebugServices;
  let client: DebugClient;
  let log: string[];
  let output: Record<string, string>;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'loopscope-'));
    sessions = new Sessions();
    const connections = new Map<string, Connection>();
    log = [];
    output = { stdout: '', stderr: '', console: '' };
    listener = await Listener.start({
      wishes: () => ({ interval_ms: 50, threshold_ms: null }),
      welcomed: (connection) => {
        const now = (): number => performance.now();
        connections.set(feed(connection, sessions, now, (line) => log.push(line)).key, connection);
      },
      refused: ({ reason }) => log.push(reason),
    });
    services = {
      sessions,
      runtimeFolder,
      translate: untranslated,
      address: () => Promise.resolve(listener),
      connection: (key) => connections.get(key),
      findPython: (configured, cwd) =>
        findPython(
          configured === null
            ? pathCandidates(process.env['PATH'])
            : [{ source: 'the launch configuration', command: configured, explicit: true }],
          cwd,
        ),
      log: (sentence) => log.push(sentence),
      defaults: () => ({ level: 'watch', thresholdMs: 100 }),
    };
    server = createServer((socket) => {
      const session = new LoopscopeDebugSession(services);
      session.setRunAsServer(true);
      session.start(socket, socket);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    client = new DebugClient('', '', 'loopscope');
    client.defaultTimeout = 30_000;
    await client.start((server.address() as AddressInfo).port);
    client.on('output', (event: DebugProtocol.OutputEvent) => {
      const { category = 'console' } = event.body;
      output[category] = (output[category] ?? '') + event.body.output;
    });
  });

  afterEach(async () => {
    await client.stop();
    server.close();
    await listener.close();
    await rm(folder, { recursive: true });
  });

  async function script(text: string, name = 'app.py'): Promise<string> {
    const file = join(folder, name);
    await writeFile(file, text);
    return file;
  }

  async function launch(configuration: object): Promise<void> {
    await client.initializeRequest();
    await client.launchRequest(configuration);
    await client.configurationDoneRequest();
  }

  /** Launches and waits for the end. @returns the exit code. */
  async function run(configuration: object): Promise<number> {
    const exited = client.waitForEvent('exited');
    const terminated = client.waitForEvent('terminated');
    await launch(configuration);
    await terminated;
    return ((await exited) as DebugProtocol.ExitedEvent).body.exitCode;
  }

  it('forwards what the program prints, and its exit code', async () => {
    const program = await script(
      [
        'import os, sys',
        'print("größer", sys.argv[1:], os.getcwd() == os.path.realpath(sys.argv[1]), os.environ["COLOUR"])',
        'print("careful", file=sys.stderr)',
        'sys.exit(7)',
      ].join('\n'),
    );
    const code = await run({ program, args: [folder, 'two words'], cwd: folder, env: { COLOUR: 'red' } });
    assert.equal(code, 7);
    assert.equal(output['stdout'], `größer ['${folder}', 'two words'] True red\n`);
    assert.equal(output['stderr'], 'careful\n');
  });

  it('runs a module, with arguments for Python', async () => {
    await script('import sys; print(__name__, sys.flags.dont_write_bytecode)', 'service.py');
    assert.equal(await run({ module: 'service', cwd: folder, pythonArgs: ['-B'] }), 0);
    assert.equal(output['stdout'], '__main__ 1\n');
  });

  it('gives the program what is typed into the debug console while it runs', async () => {
    const program = await script('print("hello", input("who? "))\nimport sys\nprint(len(sys.stdin.readline()))');
    const exited = client.waitForEvent('exited');
    await launch({ program });
    while (output['stdout'] !== 'who? ') await client.waitForEvent('output');
    const { body } = await client.evaluateRequest({ context: 'repl', expression: 'größer' });
    assert.match(body.result, /^Sent to the program’s standard input/u);
    await client.evaluateRequest({ context: 'repl', expression: '' });
    assert.equal(((await exited) as DebugProtocol.ExitedEvent).body.exitCode, 0);
    assert.equal(output['stdout'], 'who? hello größer\n1\n');
  });

  it('keeps the PYTHONPATH of the launch, behind the runtime', async () => {
    const program = await script('import sys; print("/of/mine" in sys.path)');
    assert.equal(await run({ program, env: { PYTHONPATH: '/of/mine' } }), 0);
    assert.equal(output['stdout'], 'True\n');
  });

  it('says that it had nothing to look into when the program never used asyncio', async () => {
    await run({ program: await script('print(1)') });
    assert.match(output['console'] ?? '', /Loopscope: The program ended before it used asyncio/u);
  });

  it('says which flag keeps it out', async () => {
    await run({ program: await script('print(1)'), pythonArgs: ['-BI'] });
    assert.match(output['console'] ?? '', /The flag -I keeps Loopscope out/u);
    assert.equal(output['stdout'], '1\n');
  });

  it('leaves a program alone that is run without debugging', async () => {
    const program = await script('import os; print([name for name in os.environ if "LOOPSCOPE" in name])');
    await run({ program, noDebug: true });
    assert.equal(output['stdout'], '[]\n');
    assert.equal(output['console'], '');
  });

  it('shows Python’s own words for a program that does not exist, or cannot be read', async () => {
    assert.equal(await run({ program: join(folder, 'nobody.py') }), 2);
    assert.match(output['stderr'] ?? '', /can't open file .*nobody\.py/u);
  });

  it('shows Python’s own words for a syntax error', async () => {
    assert.equal(await run({ program: await script('def (:\n') }), 1);
    assert.match(output['stderr'] ?? '', /SyntaxError/u);
  });

  it('passes on all of a megabyte, in pieces', async () => {
    const program = await script('import sys\nfor _ in range(16): sys.stdout.write("x" * 65535 + "\\n")');
    let pieces = 0;
    client.on('output', () => pieces++);
    assert.equal(await run({ program }), 0);
    assert.equal(output['stdout']?.length, 16 * 65536);
    assert.ok(pieces >= 16, `${pieces} pieces`);
  });

  it('tells which signal ended the program', async () => {
    const code = await run({ program: await script('import os, signal; os.kill(os.getpid(), signal.SIGKILL)') });
    assert.equal(code, 137);
    assert.match(output['console'] ?? '', /The program was ended by SIGKILL/u);
  });

  for (const [name, stop] of [
    ['terminate', () => client.terminateRequest({})],
    ['disconnect', () => client.disconnectRequest({})],
  ] as const) {
    it(`ends the program and its children on ${name}`, async () => {
      const program = await script(
        [
          'import subprocess, sys, time',
          'child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])',
          'print(child.pid, flush=True)',
          'time.sleep(600)',
        ].join('\n'),
      );
      const printed = client.waitForEvent('output');
      const started = client.waitForEvent('process');
      await launch({ program });
      const { systemProcessId } = ((await started) as DebugProtocol.ProcessEvent).body;
      const child = Number(((await printed) as DebugProtocol.OutputEvent).body.output);
      assert.ok(isAlive(child));
      const over = name === 'terminate' ? client.waitForEvent('terminated') : Promise.resolve();
      await stop();
      await over;
      while (isAlive(child) || isAlive(systemProcessId ?? 0)) await new Promise(setImmediate);
    });
  }

  it('says what is wrong with a launch configuration', async () => {
    await client.initializeRequest();
    for (const [configuration, reason] of [
      [{}, /Nothing says what to run; set “program”/u],
      [{ program: 'a.py', module: 'a' }, /Both “program” and “module” are set/u],
      [{ program: 7 }, /“program” must be a string/u],
      [{ program: 'a.py', args: 'x' }, /“args” must be a list of strings/u],
      [{ program: 'a.py', env: { A: {} } }, /“env\.A” must be a string/u],
      [{ program: 'a.py', console: 'none' }, /“console” must be one of internalConsole/u],
      [{ program: 'a.py', thresholdMs: 0 }, /“thresholdMs” must be a number greater than 0/u],
    ] as const) {
      await assert.rejects(client.launchRequest(configuration as DebugProtocol.LaunchRequestArguments), reason);
    }
  });

  it('says where a Python was set that cannot be run', async () => {
    await client.initializeRequest();
    const request = { program: 'a.py', python: '/nowhere/python' } as DebugProtocol.LaunchRequestArguments;
    await assert.rejects(
      client.launchRequest(request),
      /The Python “\/nowhere\/python” of the launch configuration could not be run: no such file\. Correct it/u,
    );
    assert.deepEqual([sessions.launches[0]?.phase, sessions.launches[0]?.code], ['failed', 'no-python']);
  });

  it('says when the working folder does not exist', async () => {
    await client.initializeRequest();
    const request = { program: 'a.py', cwd: join(folder, 'gone') } as DebugProtocol.LaunchRequestArguments;
    await assert.rejects(client.launchRequest(request), /gone/u);
  });

  it('shows each loop of the program as a thread', async () => {
    const started = client.waitForEvent('thread');
    const program = await script('import asyncio\nasyncio.run(asyncio.sleep(600))');
    await launch({ program });
    assert.equal(((await started) as DebugProtocol.ThreadEvent).body.reason, 'started');
    const { body } = await client.threadsRequest();
    assert.deepEqual(
      body.threads.map(({ name }) => name),
      ['MainThread'],
    );
    assert.equal(sessions.launches[0]?.phase, 'connected');
    await client.disconnectRequest({});
    assert.equal(sessions.launches[0].phase, 'ended');
  });

  describe('as a debugger of the loop', () => {
    const WORKERS = [
      'import asyncio, sys',
      'async def work(number):',
      '    await asyncio.sleep(1000 + number)',
      'async def main():',
      '    tasks = [asyncio.create_task(work(number), name=f"worker-{number}") for number in range(3)]',
      '    print("ready", flush=True)',
      '    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)',
      '    print("over", flush=True)',
      'asyncio.run(main())',
    ].join('\n');

    type Stopped = DebugProtocol.StoppedEvent['body'];

    async function untilStopped(act: () => Promise<unknown>): Promise<Stopped> {
      const stopped = client.waitForEvent('stopped') as Promise<DebugProtocol.StoppedEvent>;
      await act();
      return (await stopped).body;
    }

    /** Launches with breakpoints and filters, which are there before the first loop runs. */
    async function debug(
      program: string,
      lines: readonly number[],
      filterOptions: DebugProtocol.ExceptionFilterOptions[] = [],
    ): Promise<void> {
      await client.initializeRequest();
      await client.setBreakpointsRequest({ source: { path: program }, breakpoints: lines.map((line) => ({ line })) });
      await client.setExceptionBreakpointsRequest({ filters: [], filterOptions });
      await client.launchRequest({ program } as DebugProtocol.LaunchRequestArguments);
      await client.configurationDoneRequest();
    }

    async function names(): Promise<string[]> {
      return (await client.threadsRequest()).body.threads.map(({ name }) => name);
    }

    async function printed(text: string): Promise<void> {
      while (!(output['stdout'] ?? '').includes(text)) await client.waitForEvent('output');
    }

    it('pauses with the tasks as threads, evaluates in a frame, cancels a task, and goes on to the end', async () => {
      const program = await script(WORKERS);
      const ended = client.waitForEvent('exited');
      await debug(program, []);
      await printed('ready');
      while ((await names()).length === 0) await client.waitForEvent('thread');
      const stopped = await untilStopped(() => client.pauseRequest({ threadId: 1 }));
      assert.deepEqual([stopped.reason, stopped.allThreadsStopped], ['pause', true]);
      const { threads } = (await client.threadsRequest()).body;
      assert.equal(threads.length, 5);
      assert.equal(threads[0]?.name, 'MainThread');
      const worker = threads.find(({ name }) => name.startsWith('worker-1'));
      assert.equal(worker?.name, 'worker-1 · sleep 1001 s');
      const frames = (await client.stackTraceRequest({ threadId: worker.id })).body.stackFrames;
      const frame = frames.find(({ name }) => name === 'work');
      assert.deepEqual([frame?.line, frame?.source?.path], [3, program]);
      const { scopes } = (await client.scopesRequest({ frameId: frame?.id ?? 0 })).body;
      const reference = scopes[0]?.variablesReference ?? 0;
      const { variables } = (await client.variablesRequest({ variablesReference: reference })).body;
      assert.deepEqual(
        variables.map(({ name, value }) => [name, value]),
        [['number', '1']],
      );
      const context = { context: 'repl', frameId: frame?.id ?? 0 };
      const value = await client.evaluateRequest({ ...context, expression: 'number + 41' });
      assert.equal(value.body.result, '42');
      await untilStopped(async () => {
        const awaited = await client.evaluateRequest({ ...context, expression: 'await asyncio.sleep(0.05, "slept")' });
        assert.equal(awaited.body.result, "'slept'");
      });
      await client.customRequest('terminateThreads', { threadIds: [worker.id] });
      await client.continueRequest({ threadId: worker.id });
      assert.equal(((await ended) as DebugProtocol.ExitedEvent).body.exitCode, 0);
      assert.equal(output['stdout'], 'ready\nover\n');
      assert.equal(output['stderr'], '');
    });

    it('stops at a breakpoint on the first await of the program, and steps', async () => {
      const program = await script(WORKERS);
      await debug(program, [3]);
      const stopped = await untilStopped(() => Promise.resolve());
      assert.deepEqual([stopped.reason, stopped.text], ['await breakpoint', 'worker-0 awaits at line 3.']);
      await client.setBreakpointsRequest({ source: { path: program }, breakpoints: [] });
      const step = await untilStopped(() => client.stepInRequest({ threadId: stopped.threadId ?? 0 }));
      assert.deepEqual([step.reason, step.text], ['step of a task', 'Ran a step of worker-1.']);
    });

    it('stops at a jam that is shorter than what counts as a block, with the stack that was seen', async () => {
      const program = await script(
        [
          'import asyncio, time',
          'def crunch():',
          '    time.sleep(0.09)',
          'async def main():',
          '    await asyncio.sleep(0)',
          '    crunch()',
          '    await asyncio.sleep(0)',
          '    print("after")',
          'asyncio.run(main())',
        ].join('\n'),
      );
      await debug(program, [], [{ filterId: 'jam', condition: '60' }]);
      const stopped = await untilStopped(() => Promise.resolve());
      assert.equal(stopped.reason, 'exception');
      assert.match(stopped.text ?? '', /^The loop was blocked for \d+ ms at .*app\.py:3\.$/u);
      const { stackFrames } = (await client.stackTraceRequest({ threadId: stopped.threadId ?? 0 })).body;
      assert.deepEqual([stackFrames[0]?.name, stackFrames[0]?.line], ['crunch (during the jam)', 3]);
      const ended = client.waitForEvent('terminated');
      await client.continueRequest({ threadId: stopped.threadId ?? 0 });
      await ended;
      assert.equal(output['stdout'], 'after\n');
    });

    for (const [name, stop] of [
      ['terminate', () => client.terminateRequest({})],
      ['disconnect', () => client.disconnectRequest({})],
    ] as const) {
      it(`ends a held program on ${name}`, async () => {
        const program = await script(WORKERS);
        const started = client.waitForEvent('process');
        await debug(program, [3]);
        await untilStopped(() => Promise.resolve());
        const { systemProcessId = 0 } = ((await started) as DebugProtocol.ProcessEvent).body;
        await stop();
        while (isAlive(systemProcessId)) await new Promise(setImmediate);
      });
    }

    it('lets a held program run on when it is only left', async () => {
      const program = await script(WORKERS.replace('1000 + number', '0.01').replaceAll('flush=True', 'flush=False'));
      const started = client.waitForEvent('process');
      await debug(program, [3]);
      await untilStopped(() => Promise.resolve());
      const { systemProcessId = 0 } = ((await started) as DebugProtocol.ProcessEvent).body;
      await client.disconnectRequest({ terminateDebuggee: false });
      while (isAlive(systemProcessId)) await new Promise(setImmediate);
    });
  });

  describe('in a terminal', () => {
    let session: LoopscopeDebugSession;
    let printed: string;
    let received: DebugProtocol.ProtocolMessage[];
    let wake: () => void;

    /** Speaks to the session as VS Code does, in the same process, and stands for its terminal. */
    beforeEach(() => {
      printed = '';
      received = [];
      wake = () => undefined;
      session = new LoopscopeDebugSession(services);
      session.onDidSendMessage((message) => {
        const sent = message as DebugProtocol.ProtocolMessage & { command?: string };
        if (sent.type === 'request' && sent.command === 'runInTerminal')
          runInTerminal(sent as DebugProtocol.RunInTerminalRequest);
        received.push(sent);
        wake();
      });
      send(1, 'initialize', { adapterID: 'loopscope', pathFormat: 'path' });
    });

    afterEach(() => session.dispose());

    function send(seq: number, command: string, arguments_: object): void {
      session.handleMessage({ seq, type: 'request', command, arguments: arguments_ } as DebugProtocol.Request);
    }

    function runInTerminal({ seq, arguments: request }: DebugProtocol.RunInTerminalRequest): void {
      const [command = '', ...args] = request.args;
      const env = { ...process.env, ...request.env } as NodeJS.ProcessEnv;
      const terminal = spawn(command, args, {
        cwd: request.cwd,
        env,
        detached: true,
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      terminal.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()));
      const response = {
        seq: 0,
        type: 'response',
        request_seq: seq,
        command: 'runInTerminal',
        success: true,
        body: {},
      };
      // Never from within the request itself, as between two processes.
      setImmediate(() => session.handleMessage(response));
    }

    async function event<T extends DebugProtocol.Event>(name: string): Promise<T['body']> {
      for (;;) {
        const found = received.find((message) => 'event' in message && message.event === name);
        if (found) return (found as T).body as T['body'];
        await new Promise<void>((resolve) => (wake = resolve));
      }
    }

    it('knows the program’s process id and exit code, and leaves its output to the terminal', async () => {
      const program = await script(
        'import os; print(os.getpid(), "LOOPSCOPE_LAUNCHER_TOKEN" in os.environ); raise SystemExit(5)',
      );
      send(2, 'launch', { program, console: 'integratedTerminal' });
      const { systemProcessId } = await event<DebugProtocol.ProcessEvent>('process');
      const { exitCode } = await event<DebugProtocol.ExitedEvent>('exited');
      assert.equal(exitCode, 5);
      assert.equal(printed, `${systemProcessId} False\n`);
    });

    it('ends the program when the session is stopped', async () => {
      const program = await script('import time; time.sleep(600)');
      send(2, 'launch', { program, console: 'integratedTerminal' });
      const { systemProcessId } = await event<DebugProtocol.ProcessEvent>('process');
      send(3, 'terminate', {});
      await event('terminated');
      assert.equal(isAlive(systemProcessId ?? 0), false);
    });
  });
});
