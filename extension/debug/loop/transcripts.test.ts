import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DebugClient } from '@vscode/debugadapter-testsupport';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { Conversation, isOfUser, lineOf, pathOf } from './testing/conversation';
import type { Transcript } from './testing/transcript';

type Stopped = DebugProtocol.StoppedEvent['body'];
type Frames = DebugProtocol.StackTraceResponse['body'];
type Scopes = DebugProtocol.ScopesResponse['body'];
type Variables = DebugProtocol.VariablesResponse['body'];

/** What is said must be what was said before; with `LOOPSCOPE_ACCEPT_TRANSCRIPTS=1` it becomes what is expected. */
describe('what the debug adapter says, over stdio, of a real program', function () {
  this.timeout(120_000);

  let conversation: Conversation;
  let client: DebugClient;
  let transcript: Transcript;

  beforeEach(async () => {
    conversation = await Conversation.open();
    ({ client, transcript } = conversation);
  });

  afterEach(() => conversation.close());

  /** Looks at a thread as VS Code does at a stop. @returns the user's innermost frame. */
  async function look(threadId: number | undefined, scope = 'Locals'): Promise<number> {
    await transcript.ask('threads');
    const { stackFrames } = await transcript.ask<Frames>('stackTrace', { threadId });
    const frameId = stackFrames.find(isOfUser)?.id ?? -1;
    const { scopes } = await transcript.ask<Scopes>('scopes', { frameId });
    const variablesReference = scopes.find(({ name }) => name === scope)?.variablesReference;
    if (variablesReference !== undefined) await transcript.ask('variables', { variablesReference });
    return frameId;
  }

  async function expect(name: string): Promise<void> {
    const file = join(import.meta.dirname, 'testing', `${name}.transcript`);
    if (process.env['LOOPSCOPE_ACCEPT_TRANSCRIPTS'] === '1') await writeFile(file, transcript.text);
    assert.equal(transcript.text, await readFile(file, 'utf8'));
  }

  it('at an await breakpoint, when stepping, and to the end', async () => {
    const lines = [await lineOf('walk.py', 'work'), await lineOf('walk.py', 'leaf'), 1];
    await conversation.begin('walk.py', { breakpoints: lines.map((line) => ({ line })) });
    const { threadId } = await transcript.askUntil<Stopped>('stopped', 'configurationDone');
    for (const told of conversation.told<object>('breakpoint')) transcript.note('breakpoint', told);
    await transcript.askUntil('stopped', 'continue', { threadId });
    await look(threadId);
    assert.equal((await client.threadsRequest()).body.threads[1]?.id, threadId, 'the task that stopped comes first');
    await transcript.ask('setBreakpoints', { source: { path: pathOf('walk.py') }, breakpoints: [] });
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
    await conversation.begin('walk.py', {
      breakpoints: [
        { line: leaf, condition: 'number == 1' },
        { line: middle, hitCondition: '3' },
        { line: await lineOf('walk.py', 'awaits worker'), logMessage: 'worker is {worker.get_name()}' },
      ],
    });
    const first = await transcript.askUntil<Stopped>('stopped', 'configurationDone');
    transcript.note('output', { output: conversation.printed('console') });
    await look(first.threadId);
    const second = await transcript.askUntil<Stopped>('stopped', 'continue', { threadId: first.threadId });
    const third = await transcript.askUntil<Stopped>('stopped', 'continue', { threadId: second.threadId });
    await look(third.threadId);
    await transcript.askUntil('terminated', 'continue', { threadId: third.threadId });
    await expect('conditions');
  });

  it('at a task that failed', async () => {
    await conversation.begin('failing.py', { filterOptions: [{ filterId: 'task-failed' }] });
    const { threadId } = await transcript.askUntil<Stopped>('stopped', 'configurationDone');
    await transcript.ask('exceptionInfo', { threadId });
    await look(threadId, 'Task');
    await transcript.askUntil('terminated', 'continue', { threadId });
    await expect('failing');
  });

  it('at a jam', async () => {
    await conversation.begin('jam.py', { filterOptions: [{ filterId: 'jam', condition: '200' }] });
    const { threadId } = await transcript.askUntil<Stopped>('stopped', 'configurationDone');
    await transcript.ask('exceptionInfo', { threadId });
    const { stackFrames } = await transcript.ask<Frames>('stackTrace', { threadId });
    await transcript.ask('evaluate', { expression: '1', frameId: stackFrames[0]?.id, context: 'repl' });
    await transcript.askUntil('terminated', 'continue', { threadId });
    await expect('jam');
  });

  it('at a coroutine that is never awaited', async () => {
    await conversation.begin('forgotten.py', { filterOptions: [{ filterId: 'never-awaited' }] });
    const { threadId } = await transcript.askUntil<Stopped>('stopped', 'configurationDone');
    await transcript.ask('exceptionInfo', { threadId });
    await transcript.ask('stackTrace', { threadId });
    await transcript.askUntil('terminated', 'continue', { threadId });
    await expect('forgotten');
  });

  it('at a finding whose id is asked for', async () => {
    await conversation.begin('unretrieved.py', {
      filterOptions: [{ filterId: 'finding', condition: 'queue-growth, never-retrieved' }],
    });
    const { threadId } = await transcript.askUntil<Stopped>('stopped', 'configurationDone');
    await transcript.ask('exceptionInfo', { threadId });
    await transcript.ask('stackTrace', { threadId });
    await transcript.askUntil('terminated', 'terminate');
    await expect('finding');
  });

  it('at a deadlock', async () => {
    await conversation.begin('deadlock.py', { filterOptions: [{ filterId: 'deadlock' }] });
    const { threadId } = await transcript.askUntil<Stopped>('stopped', 'configurationDone');
    await look(threadId, 'Awaits');
    await transcript.askUntil('terminated', 'terminate');
    await expect('deadlock');
  });

  it('when paused: of values that are hard to show, in pages, and of expressions', async () => {
    await conversation.pause('values.py');
    const frameId = await look(await conversation.threadNamed('shown'));
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
    transcript.note('output', { output: conversation.printed('console') });
    await expect('values');
  });

  it('when it goes on after a pause: that it runs, that its tasks are gone, and that frames have grown old', async () => {
    await conversation.pause('values.py');
    const shown = await conversation.threadNamed('shown');
    const frameId = await conversation.frameOf('shown');
    await transcript.askUntil('thread', 'continue', { threadId: shown });
    await transcript.ask('threads');
    await transcript.ask('scopes', { frameId });
    await transcript.ask('stackTrace', { threadId: shown });
    await transcript.askUntil('stopped', 'pause', { threadId: 0 });
    assert.deepEqual(conversation.told('continued'), [], 'the response to the request says so already');
    await transcript.askUntil('continued', 'evaluate', {
      context: 'repl',
      expression: 'await answer(1)',
      frameId: await conversation.frameOf('shown'),
    });
    await expect('running');
  });

  it('when paused: of 10,000 tasks the first 200, and how many there are', async () => {
    await conversation.pause('many.py');
    const { threads } = (await client.threadsRequest()).body;
    assert.deepEqual([threads.length, threads[0]?.name], [201, 'MainThread · 200 of 10,001 tasks']);
    assert.match(threads.at(-1)?.name ?? '', /^Task-\d+ · Event$/u);
    assert.deepEqual(
      (await client.threadsRequest()).body.threads,
      threads,
      'the same ones when they are asked for again',
    );
  });

  it('when paused: of a million items, attributes and keys the first 1,000, and how many are left', async () => {
    await conversation.pause('million.py');
    const frameId = await conversation.frameOf('shown');
    for (const [expression, first, last] of [
      ['items', ['0', '0'], ['999', '999']],
      ['holder', ['field_0', '0'], ['field_999', '999']],
      ['mapping', ["'field_0'", '0'], ["'field_999'", '999']],
    ] as const) {
      const { variablesReference } = (await client.evaluateRequest({ expression, frameId, context: 'watch' })).body;
      const { variables } = (await client.variablesRequest({ variablesReference })).body;
      const shown = variables.map(({ name, value }) => [name, value]);
      assert.deepEqual(
        [shown.length, shown[0], shown[999], shown[1000]],
        [1001, first, last, ['…', '999,000 more are not listed']],
      );
      const page = await client.variablesRequest({ variablesReference, start: 999_999, count: 10 });
      assert.deepEqual(
        page.body.variables.map(({ value }) => value),
        ['999999'],
      );
    }
  });

  it('when paused: of values whose repr would sleep, without asking them', async () => {
    await conversation.pause('sleepy.py');
    const threadId = await conversation.threadNamed('Task-1');
    const frameId = await look(threadId);
    const { variablesReference } = (await client.evaluateRequest({ expression: 'among', frameId, context: 'watch' }))
      .body;
    await transcript.ask<Variables>('variables', { variablesReference });
    await transcript.ask('evaluate', { context: 'hover', expression: 'alone', frameId });
    await transcript.ask('evaluate', { context: 'repl', expression: 'among[0]', frameId });
    await transcript.ask('evaluate', { context: 'repl', expression: 'done.set()', frameId });
    await transcript.askUntil('terminated', 'continue', { threadId });
    transcript.note('output', { output: conversation.printed('stdout') });
    await expect('sleepy');
  });

  it('when paused: of tasks that wait for a lock, and when one is cancelled', async () => {
    await conversation.pause('values.py');
    await look(await conversation.threadNamed('second'), 'Awaits');
    const shown = await conversation.threadNamed('shown');
    await transcript.ask('terminateThreads', { threadIds: [shown] });
    await transcript.askUntil('terminated', 'continue', { threadId: shown });
    transcript.note('output', { output: conversation.printed('stdout') });
    await expect('cancel');
  });

  it('when it is asked rubbish', async () => {
    await transcript.ask('pause', { threadId: 1 });
    await transcript.ask('threads');
    await conversation.pause('values.py');
    for (const [command, arguments_] of [
      ['setBreakpoints', {}],
      ['setBreakpoints', { source: { path: 7 }, breakpoints: 'all' }],
      ['setBreakpoints', { source: { path: pathOf('nobody.py') }, breakpoints: [{ line: 1 }] }],
      [
        'setBreakpoints',
        {
          source: { path: pathOf('values.py') },
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
    await conversation.pause('values.py');
    const shown = await conversation.threadNamed('shown');
    const { stackFrames } = (await client.stackTraceRequest({ threadId: shown })).body;
    const frameId = stackFrames.find(({ name }) => name === 'show')?.id;
    const expression = '__import__("os")._exit(7)';
    await transcript.askUntil('exited', 'evaluate', { context: 'repl', expression, frameId });
    await transcript.ask('threads');
    await transcript.ask('stackTrace', { threadId: shown });
    await transcript.ask('continue', { threadId: shown });
    await conversation.close();
    await expect('death');
  });
});
