import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DebugClient } from '@vscode/debugadapter-testsupport';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { readTestPython } from '../testing';
import { Transcript } from './testing/transcript';

const root = join(import.meta.dirname, '..', '..', '..');
const programs = join(root, 'runtime', 'tests', 'control', 'programs');
const adapter = join(import.meta.dirname, '..', 'stdio.ts');

type Stopped = DebugProtocol.StoppedEvent['body'];
type Frames = DebugProtocol.StackTraceResponse['body'];
type Scopes = DebugProtocol.ScopesResponse['body'];
type Variables = DebugProtocol.VariablesResponse['body'];

/** What was said must be what was said before; with UPDATE_TRANSCRIPTS in the environment it becomes what is expected. */
describe('what the debug adapter says, over stdio, of a real program', function () {
  this.timeout(120_000);

  let client: DebugClient;
  let transcript: Transcript;
  let python: string;
  let output: string;

  before(async () => {
    python = await readTestPython();
  });

  beforeEach(async () => {
    const env = { ...process.env, NODE_OPTIONS: '--import tsx' };
    client = new DebugClient(process.execPath, adapter, 'loopscope', { cwd: root, env });
    client.defaultTimeout = 60_000;
    output = '';
    client.on('output', ({ body }: DebugProtocol.OutputEvent) => {
      if (body.category === 'stdout') output += body.output;
    });
    await client.start();
    transcript = new Transcript(client, programs);
  });

  afterEach(() => client.stop());

  /** Sends what a client sends before the program begins, then lets it. */
  async function begin(
    program: string,
    breakpoints: readonly DebugProtocol.SourceBreakpoint[] = [],
    filterOptions: readonly DebugProtocol.ExceptionFilterOptions[] = [],
  ): Promise<void> {
    const path = join(programs, program);
    await transcript.askUntil('initialized', 'initialize', { adapterID: 'loopscope', pathFormat: 'path' });
    if (breakpoints.length > 0) await transcript.ask('setBreakpoints', { source: { path }, breakpoints });
    if (filterOptions.length > 0) {
      await transcript.ask('setExceptionBreakpoints', { filters: [], filterOptions });
    }
    await client.launchRequest({ program: path, python } as DebugProtocol.LaunchRequestArguments);
  }

  async function lineOf(program: string, mark: string): Promise<number> {
    const lines = (await readFile(join(programs, program), 'utf8')).split('\n');
    return lines.findIndex((line) => line.endsWith(`# ${mark}`)) + 1;
  }

  async function printed(text: string): Promise<void> {
    while (!output.includes(text)) await client.waitForEvent('output');
  }

  /** Pauses a program that has printed `ready`. */
  async function pause(program: string): Promise<void> {
    await begin(program);
    await transcript.ask('configurationDone');
    await printed('ready');
    await transcript.askUntil<Stopped>('stopped', 'pause', { threadId: 0 });
  }

  async function threadNamed(start: string): Promise<number> {
    const { threads } = (await client.threadsRequest()).body;
    return threads.find(({ name }) => name.startsWith(start))?.id ?? -1;
  }

  /** Looks at a thread as VS Code does at a stop. @returns the user's innermost frame. */
  async function look(threadId: number | undefined, scope = 'Locals'): Promise<number> {
    await transcript.ask('threads');
    const { stackFrames } = await transcript.ask<Frames>('stackTrace', { threadId });
    const frameId = stackFrames.find(({ source }) => source?.path?.startsWith(programs) === true)?.id ?? -1;
    const { scopes } = await transcript.ask<Scopes>('scopes', { frameId });
    const variablesReference = scopes.find(({ name }) => name === scope)?.variablesReference;
    if (variablesReference !== undefined) await transcript.ask('variables', { variablesReference });
    return frameId;
  }

  async function expect(name: string): Promise<void> {
    const file = join(import.meta.dirname, 'testing', `${name}.transcript`);
    if (process.env['UPDATE_TRANSCRIPTS'] !== undefined) await writeFile(file, transcript.text);
    assert.equal(transcript.text, await readFile(file, 'utf8'));
  }

  it('at an await breakpoint, when stepping, and to the end', async () => {
    await begin('walk.py', [{ line: await lineOf('walk.py', 'leaf') }, { line: 1 }]);
    const { threadId } = await transcript.askUntil<Stopped>('stopped', 'configurationDone');
    await look(threadId);
    await transcript.ask('setBreakpoints', { source: { path: join(programs, 'walk.py') }, breakpoints: [] });
    await transcript.askUntil('stopped', 'next', { threadId });
    await transcript.askUntil('stopped', 'stepIn', { threadId });
    const out = await transcript.askUntil<Stopped>('stopped', 'stepOut', { threadId });
    await look(out.threadId);
    await transcript.askUntil('terminated', 'continue', { threadId });
    await transcript.ask('threads');
    await expect('steps');
  });

  it('at breakpoints with a condition, a hit count and a log message', async () => {
    const [leaf, middle] = [await lineOf('walk.py', 'leaf'), await lineOf('walk.py', 'middle')];
    await begin('walk.py', [
      { line: leaf, condition: 'number == 1' },
      { line: middle, hitCondition: '3' },
      { line: await lineOf('walk.py', 'awaits worker'), logMessage: 'worker is {worker.get_name()}' },
    ]);
    const logged = client.waitForEvent('output');
    const first = await transcript.askUntil<Stopped>('stopped', 'configurationDone');
    transcript.note('output', ((await logged) as DebugProtocol.OutputEvent).body);
    await look(first.threadId);
    const second = await transcript.askUntil<Stopped>('stopped', 'continue', { threadId: first.threadId });
    const third = await transcript.askUntil<Stopped>('stopped', 'continue', { threadId: second.threadId });
    await look(third.threadId);
    await transcript.askUntil('terminated', 'continue', { threadId: third.threadId });
    await expect('conditions');
  });

  it('at a task that failed', async () => {
    await begin('failing.py', [], [{ filterId: 'task-failed' }]);
    const { threadId } = await transcript.askUntil<Stopped>('stopped', 'configurationDone');
    await transcript.ask('exceptionInfo', { threadId });
    await look(threadId, 'Task');
    await transcript.askUntil('terminated', 'continue', { threadId });
    await expect('failing');
  });

  it('at a jam', async () => {
    await begin('jam.py', [], [{ filterId: 'jam', condition: '200' }]);
    const { threadId } = await transcript.askUntil<Stopped>('stopped', 'configurationDone');
    await transcript.ask('exceptionInfo', { threadId });
    const { stackFrames } = await transcript.ask<Frames>('stackTrace', { threadId });
    await transcript.ask('evaluate', { expression: '1', frameId: stackFrames[0]?.id, context: 'repl' });
    await transcript.askUntil('terminated', 'continue', { threadId });
    await expect('jam');
  });

  it('at a coroutine that is never awaited', async () => {
    await begin('forgotten.py', [], [{ filterId: 'never-awaited' }]);
    const { threadId } = await transcript.askUntil<Stopped>('stopped', 'configurationDone');
    await transcript.ask('exceptionInfo', { threadId });
    await transcript.ask('stackTrace', { threadId });
    await transcript.askUntil('terminated', 'continue', { threadId });
    await expect('forgotten');
  });

  it('at a deadlock', async () => {
    await begin('deadlock.py', [], [{ filterId: 'deadlock' }]);
    const { threadId } = await transcript.askUntil<Stopped>('stopped', 'configurationDone');
    await look(threadId, 'Awaits');
    await transcript.askUntil('terminated', 'terminate');
    await expect('deadlock');
  });

  it('when paused: of values that are hard to show, in pages, and of expressions', async () => {
    await pause('values.py');
    const frameId = await look(await threadNamed('shown'));
    const { scopes } = (await client.scopesRequest({ frameId })).body;
    const locals = await client.variablesRequest({ variablesReference: scopes[0]?.variablesReference ?? 0 });
    for (const name of ['million', 'mapping', 'cycle', 'hostile', 'veiled', 'slotted', 'loud', 'owner']) {
      const variablesReference = locals.body.variables.find((each) => each.name === name)?.variablesReference ?? 0;
      const page = name === 'million' ? { filter: 'indexed', start: 999_998, count: 5 } : {};
      if (variablesReference > 0) await transcript.ask<Variables>('variables', { variablesReference, ...page });
    }
    for (const [context, expression] of [
      ['repl', 'number + 1'],
      ['repl', '[each for each in range(3) if each != number]'],
      ['repl', 'hostile'],
      ['repl', 'repr(hostile)'],
      ['repl', 'number ='],
      ['repl', 'number = 1'],
      ['repl', 'nobody'],
      ['hover', 'owner.stored'],
      ['hover', 'owner.costly'],
      ['watch', 'await answer(1)'],
    ] as const) {
      await transcript.ask('evaluate', { context, expression, frameId });
    }
    await transcript.askUntil('stopped', 'evaluate', { context: 'repl', expression: 'await answer(number)', frameId });
    await expect('values');
  });

  it('when paused: of values whose repr would sleep, without asking them', async () => {
    await pause('sleepy.py');
    const threadId = await threadNamed('Task-1');
    const frameId = await look(threadId);
    const { variablesReference } = (await client.evaluateRequest({ expression: 'among', frameId, context: 'watch' }))
      .body;
    await transcript.ask<Variables>('variables', { variablesReference });
    await transcript.ask('evaluate', { context: 'hover', expression: 'alone', frameId });
    await transcript.ask('evaluate', { context: 'repl', expression: 'among[0]', frameId });
    await transcript.ask('evaluate', { context: 'repl', expression: 'done.set()', frameId });
    await transcript.askUntil('terminated', 'continue', { threadId });
    transcript.note('output', { output });
    await expect('sleepy');
  });

  it('when paused: of tasks that wait for a lock, and when one is cancelled', async () => {
    await pause('values.py');
    await look(await threadNamed('second'), 'Awaits');
    const shown = await threadNamed('shown');
    await transcript.ask('terminateThreads', { threadIds: [shown] });
    await transcript.askUntil('terminated', 'continue', { threadId: shown });
    transcript.note('output', { output });
    await expect('cancel');
  });

  it('when it is asked rubbish', async () => {
    await transcript.ask('pause', { threadId: 1 });
    await transcript.ask('threads');
    await pause('values.py');
    for (const [command, arguments_] of [
      ['setBreakpoints', {}],
      ['setBreakpoints', { source: { path: 7 }, breakpoints: 'all' }],
      ['setBreakpoints', { source: { path: join(programs, 'nobody.py') }, breakpoints: [{ line: 1 }] }],
      [
        'setBreakpoints',
        {
          source: { path: join(programs, 'values.py') },
          breakpoints: [
            { line: -5 },
            { line: 1e9 },
            { line: await lineOf('values.py', 'hangs'), condition: 'number ==' },
            { line: await lineOf('values.py', 'hangs'), hitCondition: 'x' },
          ],
        },
      ],
      ['setExceptionBreakpoints', { filters: 3 }],
      ['setExceptionBreakpoints', { filters: ['nonsense'], filterOptions: [{ filterId: 'jam', condition: 'soon' }] }],
      ['stackTrace', { threadId: 'x' }],
      ['stackTrace', { threadId: 1e9 }],
      ['scopes', { frameId: -1 }],
      ['variables', { variablesReference: [] }],
      ['next', {}],
      ['evaluate', {}],
      ['evaluate', { expression: 1 }],
      ['terminateThreads', { threadIds: [null] }],
      ['exceptionInfo', {}],
      ['noSuchRequest', { deep: [[[[]]]] }],
    ] as const) {
      await transcript.ask(command, arguments_);
    }
    await transcript.ask('continue', { threadId: 1 });
    await transcript.ask('continue', { threadId: 1 });
    await expect('rubbish');
  });

  it('when the program dies while it is held', async () => {
    await pause('values.py');
    const shown = await threadNamed('shown');
    const { stackFrames } = (await client.stackTraceRequest({ threadId: shown })).body;
    const frameId = stackFrames.find(({ name }) => name === 'show')?.id;
    const expression = '__import__("os")._exit(7)';
    await transcript.askUntil('exited', 'evaluate', { context: 'repl', expression, frameId });
    await transcript.ask('threads');
    await transcript.ask('stackTrace', { threadId: shown });
    await transcript.ask('continue', { threadId: shown });
    await transcript.ask('disconnect');
    await expect('death');
  });
});
