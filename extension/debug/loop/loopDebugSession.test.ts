import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DebugClient } from '@vscode/debugadapter-testsupport';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { findPython, pathCandidates } from '../python';

const root = join(import.meta.dirname, '..', '..', '..');
const programs = join(root, 'runtime', 'tests', 'control', 'programs');
const adapter = join(import.meta.dirname, 'testing', 'adapter.ts');

/** The line that ends with a comment of this text. */
async function lineOf(program: string, mark: string): Promise<number> {
  const lines = (await readFile(join(programs, program), 'utf8')).split('\n');
  return lines.findIndex((line) => line.endsWith(`# ${mark}`)) + 1;
}

describe('a debugger of loops, over stdio', function () {
  this.timeout(60_000);

  let client: DebugClient;
  let python: string;
  let events: DebugProtocol.Event[];

  before(async () => {
    python = (await findPython(pathCandidates(process.env['PATH']), root)).executable;
  });

  beforeEach(async () => {
    const env = { ...process.env, NODE_OPTIONS: '--import tsx' };
    client = new DebugClient(process.execPath, adapter, 'loopscope', { cwd: root, env });
    client.defaultTimeout = 30_000;
    events = [];
    await client.start();
    for (const name of ['stopped', 'continued', 'thread', 'output', 'breakpoint']) {
      client.on(name, (event: DebugProtocol.Event) => events.push(event));
    }
  });

  afterEach(async () => {
    await client.stop();
  });

  async function launch(
    program: string,
    marks: readonly string[] = [],
    breakpoint: Partial<DebugProtocol.SourceBreakpoint> = {},
    filters: readonly DebugProtocol.ExceptionFilterOptions[] = [],
  ): Promise<DebugProtocol.Breakpoint[]> {
    const path = join(programs, program);
    const initialized = client.waitForEvent('initialized');
    await client.initializeRequest();
    await initialized;
    await client.launch({ program: path, python });
    const lines = await Promise.all(marks.map((mark) => lineOf(program, mark)));
    const { body } = await client.setBreakpointsRequest({
      source: { path },
      breakpoints: lines.map((line) => ({ line, ...breakpoint })),
    });
    await client.setExceptionBreakpointsRequest({ filters: [], filterOptions: [...filters] });
    return body.breakpoints;
  }

  /** Does something that makes the program stop; gives how it stopped. */
  async function untilStopped(act: () => Promise<unknown>): Promise<DebugProtocol.StoppedEvent['body']> {
    const stopped = client.waitForEvent('stopped') as Promise<DebugProtocol.StoppedEvent>;
    await act();
    return (await stopped).body;
  }

  async function printed(text: string): Promise<void> {
    for (;;) {
      if (events.some(({ event, body }) => event === 'output' && (body as { output: string }).output.includes(text)))
        return;
      await client.waitForEvent('output');
    }
  }

  async function frames(threadId: number): Promise<DebugProtocol.StackFrame[]> {
    return (await client.stackTraceRequest({ threadId })).body.stackFrames;
  }

  async function threadNamed(start: string): Promise<number> {
    const { threads } = (await client.threadsRequest()).body;
    return threads.find(({ name }) => name.startsWith(start))?.id ?? -1;
  }

  async function variables(frameId: number, scope: string): Promise<Map<string, DebugProtocol.Variable>> {
    const { scopes } = (await client.scopesRequest({ frameId })).body;
    const variablesReference = scopes.find(({ name }) => name === scope)?.variablesReference ?? 0;
    const answer = await client.variablesRequest({ variablesReference });
    return new Map(answer.body.variables.map((variable) => [variable.name, variable]));
  }

  async function refusal(request: Promise<unknown>): Promise<string> {
    return await request.then(
      () => 'not refused',
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    );
  }

  it('stops at an await breakpoint, with the task as its thread and the await chain as its frames', async () => {
    const breakpoints = await launch('steps.py', ['leaf']);
    const line = await lineOf('steps.py', 'leaf');
    assert.deepEqual(
      breakpoints.map(({ verified, line }) => [verified, line]),
      [[true, line]],
    );
    const stopped = await untilStopped(() => client.configurationDoneRequest());
    assert.equal(stopped.reason, 'await breakpoint');
    assert.equal(stopped.text, `worker awaits at line ${line}.`);
    assert.deepEqual(stopped.hitBreakpointIds, [breakpoints[0]?.id]);
    assert.equal(stopped.allThreadsStopped, true);
    const { threads } = (await client.threadsRequest()).body;
    assert.equal(threads[0]?.name, 'MainThread');
    assert.match(threads[1]?.name ?? '', /^worker · ready$/u);
    assert.equal(threads[1]?.id, stopped.threadId);
    const chain = await frames(stopped.threadId ?? 0);
    const middle = await lineOf('steps.py', 'middle');
    const own = chain.filter(({ source }) => source?.path === join(programs, 'steps.py'));
    assert.deepEqual(
      own.map((frame) => [frame.name, frame.line, frame.presentationHint]),
      [
        ['leaf', line, undefined],
        ['work', middle, undefined],
        ['created in main', (await lineOf('steps.py', 'awaits worker')) - 4, 'subtle'],
      ],
    );
  });

  it('steps over, into and out', async () => {
    await launch('steps.py', ['work']);
    const begun = await untilStopped(() => client.configurationDoneRequest());
    const threadId = begun.threadId ?? 0;
    await client.setBreakpointsRequest({ source: { path: join(programs, 'steps.py') }, breakpoints: [] });
    const over = await untilStopped(() => client.nextRequest({ threadId }));
    assert.deepEqual([over.reason, over.threadId, over.text], ['step of a task', threadId, 'worker has suspended.']);
    const into = await untilStopped(() => client.stepInRequest({ threadId }));
    assert.equal(into.reason, 'step of a task');
    assert.match(into.text ?? '', /^Ran a /u);
    const out = await untilStopped(() => client.stepOutRequest({ threadId }));
    assert.notEqual(out.threadId, threadId);
    const [frame] = await frames(out.threadId ?? 0);
    assert.deepEqual([frame?.name, frame?.line], ['main', await lineOf('steps.py', 'awaits worker')]);
    const ended = client.waitForEvent('terminated');
    await client.continueRequest({ threadId: 0 });
    await ended;
    await printed('total 6');
    const told = events.filter(({ event }) => event === 'continued' || event === 'thread');
    assert.deepEqual(
      told.map(({ event, body }) => [event, (body as { reason?: string }).reason]),
      [['thread', 'started']],
      'only that the list of threads is another one once the loop was let go',
    );
  });

  it('pauses, shows variables in pages, evaluates, and goes on', async () => {
    await launch('values.py');
    await client.configurationDoneRequest();
    await printed('ready');
    const paused = await untilStopped(() => client.pauseRequest({ threadId: 0 }));
    assert.deepEqual([paused.reason, paused.description], ['pause', 'Loop held']);
    const shown = await threadNamed('shown');
    const frame = (await frames(shown)).find(({ name }) => name === 'show')?.id ?? 0;
    const locals = await variables(frame, 'Locals');
    assert.equal(locals.get('number')?.value, '41');
    assert.match(locals.get('hostile')?.value ?? '', /^<__main__\.Hostile object at 0x/u);
    const million = locals.get('million');
    assert.equal(million?.indexedVariables, 1_000_000);
    const page = await client.variablesRequest({
      variablesReference: million.variablesReference,
      filter: 'indexed',
      start: 500_000,
      count: 2,
    });
    assert.deepEqual(
      page.body.variables.map(({ name, value, evaluateName }) => [name, value, evaluateName]),
      [
        ['500000', '500000', 'million[500000]'],
        ['500001', '500001', 'million[500001]'],
      ],
    );
    const whole = await client.variablesRequest({ variablesReference: million.variablesReference });
    assert.equal(whole.body.variables.at(-1)?.value, '999,000 more are not listed');
    const evaluated = await client.evaluateRequest({ expression: 'number + 1', frameId: frame, context: 'repl' });
    assert.equal(evaluated.body.result, '42');
    const hovered = client.evaluateRequest({ expression: 'owner.costly', frameId: frame, context: 'hover' });
    assert.match(await refusal(hovered), /evaluate it in the debug console/u);
    await client.continueRequest({ threadId: shown });
    assert.match(await refusal(client.scopesRequest({ frameId: frame })), /earlier stop/u);
  });

  it('lets the loop run for an await, then holds it again and says so', async () => {
    await launch('values.py');
    await client.configurationDoneRequest();
    await printed('ready');
    await untilStopped(() => client.pauseRequest({ threadId: 0 }));
    const shown = await threadNamed('shown');
    const frameId = (await frames(shown)).find(({ name }) => name === 'show')?.id ?? 0;
    let result = '';
    const stopped = await untilStopped(async () => {
      const { body } = await client.evaluateRequest({ expression: 'await answer(number)', frameId, context: 'repl' });
      result = body.result;
    });
    assert.equal(result, '41');
    assert.deepEqual([stopped.reason, stopped.description], ['pause', 'Paused after await']);
    await printed('The loop ran until the awaited expression was done, and is held again.');
    assert.equal(events.filter(({ event }) => event === 'continued').length, 1);
  });

  it('cancels a task on terminate thread', async () => {
    await launch('values.py');
    await client.configurationDoneRequest();
    await printed('ready');
    await untilStopped(() => client.pauseRequest({ threadId: 0 }));
    const shown = await threadNamed('shown');
    await client.customRequest('terminateThreads', { threadIds: [shown] });
    assert.match(
      (await client.threadsRequest()).body.threads.find(({ id }) => id === shown)?.name ?? '',
      /cancelling/u,
    );
    await client.continueRequest({ threadId: shown });
    await printed('cancelled []');
  });

  it('stops at a task that failed and nobody awaits, with the frames that raised', async () => {
    await launch('failing.py', [], {}, [{ filterId: 'task-failed' }]);
    const stopped = await untilStopped(() => client.configurationDoneRequest());
    assert.deepEqual(
      [stopped.reason, stopped.text],
      ['exception', 'forgotten failed with ValueError, and nobody awaits it.'],
    );
    const threadId = stopped.threadId ?? 0;
    const info = (await client.customRequest('exceptionInfo', { threadId })) as DebugProtocol.ExceptionInfoResponse;
    assert.equal(info.body.exceptionId, 'task-failed');
    const [frame] = await frames(threadId);
    assert.deepEqual([frame?.name, frame?.line], ['fail', await lineOf('failing.py', 'raises')]);
  });

  it('writes log messages without stopping', async () => {
    await launch('steps.py', ['leaf'], { logMessage: 'leaf {number}' });
    const ended = client.waitForEvent('terminated');
    await client.configurationDoneRequest();
    await ended;
    const logged = events
      .map(({ body }) => body as { category?: string; output?: string })
      .filter(({ category }) => category === 'console')
      .map(({ output }) => output);
    assert.deepEqual(logged, ['leaf 0\n', 'leaf 1\n', 'leaf 2\n']);
  });

  it('lists 200 of 10,000 tasks, and says so', async () => {
    await launch('many.py');
    await client.configurationDoneRequest();
    await printed('ready');
    await untilStopped(() => client.pauseRequest({ threadId: 0 }));
    const { threads } = (await client.threadsRequest()).body;
    assert.equal(threads.length, 201);
    assert.equal(threads[0]?.name, 'MainThread · 200 of 10,001 tasks');
    assert.match(threads[2]?.name ?? '', / · Event$/u);
    const again = (await client.threadsRequest()).body.threads;
    assert.deepEqual(again, threads);
  });

  it('says what is wrong with what it is asked', async () => {
    await launch('values.py');
    await client.configurationDoneRequest();
    await printed('ready');
    assert.equal(await refusal(client.continueRequest({ threadId: 1 })), 'The loop is not held.');
    assert.equal(await refusal(client.stackTraceRequest({ threadId: 99 })), 'There is no thread 99.');
    const nowhere = client.evaluateRequest({ expression: '1' });
    assert.match(await refusal(nowhere), /^Pause the loop and choose a frame/u);
    const filters = await client.setExceptionBreakpointsRequest({
      filters: ['nonsense'],
      filterOptions: [
        { filterId: 'jam', condition: 'soon' },
        { filterId: 'finding', condition: 'leak' },
      ],
    });
    const body = filters.body as { breakpoints: DebugProtocol.Breakpoint[] };
    const messages = body.breakpoints.map(({ message }) => message);
    assert.deepEqual(messages.slice(0, 2), [
      'There is no filter “nonsense”.',
      '“soon” is no length of a jam; write a number of milliseconds, such as 250.',
    ]);
    assert.match(messages[2] ?? '', /^There is no finding “leak”; write /u);
  });

  it('answers rubbish with a sentence, and goes on', async () => {
    await launch('values.py');
    await client.configurationDoneRequest();
    await printed('ready');
    await untilStopped(() => client.pauseRequest({ threadId: 0 }));
    const expected = /^(The arguments of “|There is no thread|This was shown at|Pause the loop)/u;
    for (const [command, arguments_] of [
      ['setBreakpoints', {}],
      ['setExceptionBreakpoints', { filters: 3 }],
      ['stackTrace', { threadId: 'x' }],
      ['scopes', { frameId: -1 }],
      ['variables', { variablesReference: [] }],
      ['next', {}],
      ['evaluate', {}],
      ['terminateThreads', { threadIds: [null] }],
    ] as const) {
      assert.match(await refusal(client.customRequest(command, arguments_)), expected, command);
    }
    assert.ok((await threadNamed('shown')) > 0);
  });

  it('survives the death of the program while it is held', async () => {
    await launch('values.py');
    await client.configurationDoneRequest();
    await printed('ready');
    await untilStopped(() => client.pauseRequest({ threadId: 0 }));
    const frame = (await frames(await threadNamed('shown'))).find(({ name }) => name === 'show')?.id ?? 0;
    const ended = client.waitForEvent('terminated');
    const dying = refusal(client.evaluateRequest({ expression: '__import__("os")._exit(7)', frameId: frame }));
    await ended;
    assert.equal(await dying, 'The program has ended.');
    assert.deepEqual((await client.threadsRequest()).body.threads, []);
  });
});
