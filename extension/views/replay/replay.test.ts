import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { Moment } from '../../model';
import { aBlock, aHello, aLoop, anUpdate, aSite, aTask } from '../../model/testing';
import { encodeMessage, type FromRuntime } from '../../protocol';
import type { Sections, Want } from '../../protocol/webview-messages';
import { ReplayClient } from './client';
import type { FromReplay, ToReplay } from './messages';
import { ReplayServer } from './server';

const SECOND = 1e9;
const SECONDS = 60;
const WANT: Want = { view: 'blocks', process: null, tasks: null, task: null };

/** A minute in which a task begins every second and the loop was held once, in the middle. */
function session(): FromRuntime[] {
  const updates = Array.from({ length: SECONDS }, (_, index) => {
    const second = index + 1;
    return anUpdate(second, {
      time_ns: second * SECOND,
      snapshot: second === 1,
      ...(second === 1 ? { sites: [aSite(1)], loops: [aLoop(1)] } : {}),
      tasks: [aTask(second, { created_ns: second * SECOND })],
      task_counts: { created: second, finished: 0, cancelled: 0, failed: 0, alive: second },
      ...(second === 30 ? { blocks: [aBlock(1, { last_at_ns: 29 * SECOND })] } : {}),
    });
  });
  return [aHello(), ...updates, { type: 'bye', reason: 'exit', time_ns: (SECONDS + 1) * SECOND }];
}

describe('the reader of a recording', () => {
  let folder: string;
  let file: string;
  let server: ReplayServer;
  let received: FromReplay[];
  let waiters: (() => void)[];
  /** All sections that were sent, the newest of each. */
  let page: Partial<Sections>;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'loopscope-'));
    file = join(folder, 'a.loopscope');
    received = [];
    waiters = [];
    page = {};
  });
  afterEach(async () => {
    await server.close();
    await rm(folder, { recursive: true });
  });

  /** Begins to read; messages are copied, as between threads. */
  async function begin(content: Uint8Array): Promise<void> {
    await writeFile(file, content);
    server = new ReplayServer(file, (message) => {
      const copy = structuredClone(message);
      received.push(copy);
      if (copy.type === 'update') Object.assign(page, copy.update.sections);
      for (const look of waiters.splice(0)) look();
    });
  }

  function tell(message: ToReplay): void {
    server.receive(structuredClone(message));
  }

  /** The first thing that `find` finds, now or after a later message. */
  async function until<T>(find: () => T | undefined): Promise<T> {
    for (;;) {
      const found = find();
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => waiters.push(resolve));
    }
  }

  /** The page once it shows the moment `atNs`. */
  const pageAt = (atNs: number): Promise<Partial<Sections>> =>
    until(() => (page.replay?.seeking === false && page.replay.atNs === atNs ? page : undefined));

  const answerTo = (id: number): Promise<FromReplay> =>
    until(() => received.find((message) => 'id' in message && message.id === id));

  async function opened(): Promise<Partial<Sections>> {
    await begin(Buffer.concat(session().map((message) => encodeMessage(message))));
    tell({ type: 'feed', want: WANT, baseline: null });
    return pageAt((SECONDS + 1) * SECOND);
  }

  it('shows the page how the recording ends, and any moment that it asks for', async () => {
    const end = await opened();
    assert.deepEqual([end.overview?.phase, end.overview?.counts.alive, end.blocks?.length], ['ended', SECONDS, 1]);
    assert.deepEqual(end.replay?.blocks, [{ atNs: 29 * SECOND, durationNs: aBlock(1).last_ns }]);
    tell({ type: 'seek', timeNs: 12.5 * SECOND });
    const middle = await pageAt(12.5 * SECOND);
    assert.deepEqual([middle.overview?.phase, middle.overview?.counts.alive, middle.blocks], ['live', 12, []]);
  });

  it('tells a page only what it wants, and one that has gone nothing', async () => {
    assert.equal((await opened()).tasks, undefined);
    const tasks = { offset: 0, count: 3, sort: 'id', descending: false, filter: '', grouping: null, open: [] } as const;
    tell({ type: 'want', want: { ...WANT, view: 'tasks', tasks } });
    assert.deepEqual([page.tasks?.matching, page.tasks?.rows.length], [SECONDS, 3]);
    tell({ type: 'leave' });
    const updates = (): number => received.filter(({ type }) => type === 'update').length;
    const before = updates();
    tell({ type: 'seek', timeNs: 10 * SECOND });
    tell({ type: 'ask', id: 1, question: { what: 'moment', title: null } });
    await answerTo(1);
    assert.equal(updates(), before);
    tell({ type: 'feed', want: WANT, baseline: null });
    assert.equal((await pageAt(10 * SECOND)).overview?.counts.alive, 10);
  });

  it('knows what buttons name', async () => {
    const end = await opened();
    const process = end.overview?.key ?? '';
    tell({ type: 'ask', id: 1, question: { what: 'site', process, site: 1 } });
    tell({ type: 'ask', id: 2, question: { what: 'hold', process, site: 1 } });
    tell({ type: 'ask', id: 3, question: { what: 'hold', process, site: 7 } });
    const answer = async (id: number): Promise<unknown> => {
      const message = await answerTo(id);
      return message.type === 'answer' ? message.answer : message;
    };
    assert.deepEqual(await answer(1), aSite(1));
    assert.equal(((await answer(2)) as { callee: string }).callee, aBlock(1).callee);
    assert.equal(await answer(3), null);
  });

  it('compares with a moment of another recording', async () => {
    await opened();
    tell({ type: 'ask', id: 1, question: { what: 'moment', title: 'a.loopscope' } });
    const told = await answerTo(1);
    assert.equal(told.type, 'answer');
    const baseline = told.answer as Moment;
    assert.deepEqual([baseline.title, baseline.atNs, baseline.holds.size], ['a.loopscope', (SECONDS + 1) * SECOND, 1]);
    tell({ type: 'want', want: { ...WANT, view: 'findings' } });
    tell({ type: 'compare', baseline });
    tell({ type: 'seek', timeNs: 5 * SECOND });
    await pageAt(5 * SECOND);
    const comparison = await until(() => page.comparison ?? undefined);
    assert.equal(comparison.title, 'a.loopscope');
    assert.deepEqual(
      comparison.holds.map(({ before, after }) => [before?.count, after]),
      [[aBlock(1).count, null]],
    );
  });

  it('says how much the tasks on the screen ran in the seconds before a moment', async () => {
    const base = { delay_ns: 0, max_delay_ns: 0, longest_ns: 0, longest_at_ns: 0, longest_site: null };
    const messages = session().map((message): FromRuntime => {
      if (message.type !== 'update') return message;
      const second = message.time_ns / SECOND;
      // Task 1 runs a fifth of every second from the beginning on, task 20 once when it begins.
      const steady = { ...base, task: 1, steps: 2 * second, busy_ns: second * 2e8, since_ns: 0 };
      const once = { ...base, task: 20, steps: 1, busy_ns: 0.5 * SECOND, since_ns: 20 * SECOND };
      const steps = [{ ...steady, last_ns: second * SECOND - 1 }];
      if (second === 21) steps.push({ ...once, last_ns: 20.5 * SECOND });
      return { ...message, level: 'trace', steps };
    });
    await begin(Buffer.concat(messages.map((message) => encodeMessage(message))));
    const tasks = {
      offset: 0,
      count: 60,
      sort: 'id',
      descending: false,
      filter: '',
      grouping: null,
      open: [],
    } as const;
    tell({ type: 'feed', want: { ...WANT, view: 'tasks', tasks }, baseline: null });
    await pageAt((SECONDS + 1) * SECOND);
    tell({ type: 'seek', timeNs: 22.5 * SECOND });
    const { recordedSteps = [] } = await pageAt(22.5 * SECOND);
    const [steady, once] = [1, 20].map((id) => recordedSteps.find(({ task }) => task === id));
    assert.deepEqual(steady?.shares.slice(-4), [0.2, 0.2, 0.2, 0]);
    assert.deepEqual([steady.steps, steady.seconds], [2 * 22 - 2, 22], 'since the first update');
    assert.deepEqual(once?.shares.slice(-4), [null, 0.5, 0, 0]);
    assert.deepEqual([once.steps, once.busyNs, once.seconds], [1, 0.5 * SECOND, 3]);
    assert.equal(recordedSteps.length, 2);
  });

  it('asks for fixes and is told of mutes', async () => {
    const end = await opened();
    const [asked] = received.filter((message) => message.type === 'hold');
    assert.ok(asked?.type === 'hold');
    assert.equal(asked.hold.site?.id, 1);
    tell({ type: 'title', key: asked.key, title: 'Await asyncio.sleep' });
    await until(() => (page.remarks?.fixes[1] === 'Await asyncio.sleep' ? true : undefined));
    tell({ type: 'fixes' });
    assert.equal(received.filter((message) => message.type === 'hold').length, 2, 'asked again');
    tell({ type: 'title', key: asked.key, title: null });
    await until(() => (page.remarks?.fixes[1] === undefined ? true : undefined));

    const row = { what: 'block', id: 1 } as const;
    tell({ type: 'ask', id: 1, question: { what: 'fingerprint', process: end.overview?.key ?? '', row } });
    const told = await answerTo(1);
    assert.ok(told.type === 'answer' && typeof told.answer === 'string');
    tell({ type: 'mutes', reasons: [[told.answer, 'known']] });
    await until(() => (page.remarks?.mutedBlocks[1] === 'known' ? true : undefined));
  });

  it('says what is wrong with a file that is no recording', async () => {
    await begin(Buffer.from('This is no recording.'));
    tell({ type: 'feed', want: WANT, baseline: null });
    const waiting = await until(() => (page.waiting?.reason === 'bad-recording' ? page.waiting : undefined));
    assert.match(waiting.detail, /this is not a Loopscope stream/);
    tell({ type: 'ask', id: 1, question: { what: 'moment', title: null } });
    const told = await answerTo(1);
    assert.ok(told.type === 'refusal');
    assert.equal(told.reason, waiting.detail);
  });
});

describe('the way to the reader of a recording', () => {
  let folder: string;
  let client: ReplayClient;

  before(async () => (folder = await mkdtemp(join(tmpdir(), 'loopscope-'))));
  after(() => rm(folder, { recursive: true }));
  afterEach(() => client.dispose());

  /** Starts a client; resolves to what it says when its worker is gone. */
  function start(script: string, file: string, sentences: Record<string, string> = {}): Promise<string> {
    return new Promise((failed) => {
      const received = (): void => undefined;
      client = new ReplayClient({ script, data: { file, sentences }, received, titleFor: () => null, failed });
    });
  }

  it('says when it is gone, and refuses what was and is asked of it', async () => {
    const script = join(folder, 'worker.cjs');
    const worker = `require('node:worker_threads').parentPort.on('message', () => { throw new Error('out of memory'); });`;
    await writeFile(script, worker);
    const failed = start(script, 'a.loopscope');
    const sentence = 'The recording cannot be read any further: out of memory.';
    await assert.rejects(client.moment(null), { message: sentence });
    assert.equal(await failed, sentence);
    await assert.rejects(async () => client.site('recording', 1), { message: sentence });
  });

  it('reads on a thread of its own, in the language of the window', async () => {
    const script = join(folder, 'replay-worker.cjs');
    const entryPoints = [join(import.meta.dirname, 'worker.ts')];
    await build({ entryPoints, outfile: script, bundle: true, platform: 'node', target: 'node20' });
    const empty = join(folder, 'empty.loopscope');
    await writeFile(empty, '');
    const english = 'The file is empty; it is not a Loopscope recording.';
    void start(script, empty, { [english]: 'Die Datei ist leer.' });
    await assert.rejects(client.moment(null), { message: 'Die Datei ist leer.' });
    await client.dispose();

    const good = join(folder, 'good.loopscope');
    await writeFile(good, Buffer.concat(session().map((message) => encodeMessage(message))));
    void start(script, good);
    const moment = await client.moment(null, 'good');
    assert.deepEqual([moment?.title, moment?.waits.size, moment?.holds.size], ['good', 1, 1]);
  });
});
