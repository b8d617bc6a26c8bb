import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { DebugClient } from '@vscode/debugadapter-testsupport';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { isAlive } from '../testing';
import { Conversation } from './testing/conversation';

const PROGRAM = 'mortal.py';

/** Exit code of a program that was killed. */
const KILLED = 137;

describe('a program that dies', function () {
  this.timeout(120_000);

  let conversation: Conversation;
  let client: DebugClient;
  let started: Promise<DebugProtocol.ProcessEvent>;
  let over: Promise<[DebugProtocol.ExitedEvent, DebugProtocol.Event]>;

  beforeEach(async () => {
    conversation = await Conversation.open();
    ({ client } = conversation);
    started = client.waitForEvent('process') as Promise<DebugProtocol.ProcessEvent>;
    over = Promise.all([
      client.waitForEvent('exited') as Promise<DebugProtocol.ExitedEvent>,
      client.waitForEvent('terminated'),
    ]);
    over.catch(() => undefined);
  });

  afterEach(() => conversation.close());

  async function kill(): Promise<void> {
    process.kill((await started).body.systemProcessId ?? 0, 'SIGKILL');
  }

  /** The session ends as any other, says what ended the program, and answers what comes after. */
  async function untilTold(): Promise<void> {
    const [{ body }] = await over;
    assert.equal(body.exitCode, KILLED);
    assert.match(conversation.printed('console'), /Loopscope: The program was ended by SIGKILL\.\n$/u);
    assert.deepEqual((await client.threadsRequest()).body.threads, []);
    assert.equal(await refusal(client.continueRequest({ threadId: 1 })), 'The loop is not held.');
    assert.equal(isAlive((await started).body.systemProcessId ?? 0), false);
    await conversation.close();
  }

  /** The sentence with which a request is refused. */
  function refusal(request: Promise<unknown>): Promise<string> {
    return request.then(
      () => 'not refused',
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    );
  }

  it('leaves nothing to be shown when it ends before its child does, and its child ends with the session', async () => {
    await conversation.untilReady('leaver.py');
    const child = Number(/ready (\d+)/u.exec(conversation.printed('stdout'))?.[1]);
    while ((await client.threadsRequest()).body.threads.length === 0) await client.waitForEvent('thread');
    await client.evaluateRequest({ context: 'repl', expression: '' });
    assert.equal((await over)[0].body.exitCode, 0);
    assert.deepEqual((await client.threadsRequest()).body.threads, []);
    assert.ok(isAlive(child));
    await conversation.close();
    while (isAlive(child)) await new Promise(setImmediate);
  });

  for (const moment of ['first', 'imported', 'in a callback', 'while it jams', 'in a worker thread', 'last']) {
    it(`killed by itself, ${moment}: its end is told`, async () => {
      await conversation.begin(PROGRAM, { args: [moment], filterOptions: [{ filterId: 'jam' }] });
      await conversation.transcript.ask('configurationDone');
      await untilTold();
    });
  }

  it('killed before its client has sent the breakpoints: its end is told', async () => {
    await conversation.begin(PROGRAM);
    await kill();
    await untilTold();
  });

  it('killed while it runs: its end is told', async () => {
    await conversation.untilReady(PROGRAM);
    await kill();
    await untilTold();
  });

  it('killed while it is held: its end is told, and that its frames are gone', async () => {
    await conversation.pause(PROGRAM);
    const frameId = await conversation.frameOf('Task-1');
    await kill();
    await untilTold();
    assert.match(await refusal(client.scopesRequest({ frameId })), /^This was shown at an earlier stop/u);
  });

  it('killed while a pause waits for the end of a callback: its end is told', async () => {
    await conversation.untilReady(PROGRAM, { args: ['jams'] });
    await client.pauseRequest({ threadId: 0 });
    await kill();
    await untilTold();
  });

  it('killed while a step is under way: its end is told', async () => {
    await conversation.pause(PROGRAM);
    await client.nextRequest({ threadId: await conversation.threadNamed('Task-1') });
    await kill();
    await untilTold();
  });

  it('killed while an awaited expression runs: that is refused, and its end is told', async () => {
    await conversation.pause(PROGRAM);
    const goesOn = once(client, 'continued');
    const answer = refusal(
      client.evaluateRequest({
        context: 'repl',
        expression: 'await asyncio.sleep(3600)',
        frameId: await conversation.frameOf('Task-1'),
      }),
    );
    await goesOn;
    await kill();
    assert.equal(await answer, 'The connection to the program closed before it answered.');
    await untilTold();
  });

  it('killed while an expression is computed: that is refused, and its end is told', async () => {
    await conversation.pause(PROGRAM);
    const answer = refusal(
      client.evaluateRequest({
        context: 'repl',
        expression: 'print("computes", flush=True) or time.sleep(3600)',
        frameId: await conversation.frameOf('Task-1'),
      }),
    );
    while (!conversation.printed('stdout').includes('computes')) await client.waitForEvent('output');
    await kill();
    assert.equal(await answer, 'The connection to the program closed before it answered.');
    await untilTold();
  });
});
