import assert from 'node:assert/strict';
import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { ProcessModel } from '../model';
import { aBlock, aHello, aLoop, anUpdate, aSite, aTask } from '../model/testing';
import { encodeMessage, type FromRuntime, type Update } from '../protocol';
import { RecordingReplay } from './replay';

const SECOND = 1e9;
const UPDATES = 400;

/** A program of 400 s in which a task begins every second, the one of 20 s before ends, and the loop blocks now and then. */
function session(): FromRuntime[] {
  const messages: FromRuntime[] = [aHello()];
  for (let second = 1; second <= UPDATES; second++) {
    const ends = aTask(second - 20, { state: 'finished', since_ns: second * SECOND, wait: null });
    messages.push(
      anUpdate(second, {
        time_ns: second * SECOND,
        snapshot: second === 1,
        ...(second === 1 ? { sites: [aSite(1)], loops: [aLoop(1)] } : {}),
        // Long names make the recording long enough for checkpoints.
        tasks: [
          aTask(second, { name: `task ${second} ${'x'.repeat(10_000)}`, created_ns: second * SECOND }),
          ...(second > 20 ? [ends] : []),
        ],
        task_counts: {
          created: second,
          finished: Math.max(0, second - 20),
          cancelled: 0,
          failed: 0,
          alive: Math.min(20, second),
        },
        ...(second % 50 === 0
          ? { blocks: [aBlock(1, { count: second / 50, last_at_ns: (second - 1) * SECOND, last_ns: 0.4 * SECOND })] }
          : {}),
        lag: [{ loop: 1, time_ns: second * SECOND - 1, lag_ms: second, open: false }],
      }),
    );
    if (second === 200) messages.push({ type: 'notice', severity: 'warning', code: 'half', message: 'Half of it.' });
  }
  messages.push({ type: 'bye', reason: 'exit', time_ns: (UPDATES + 1) * SECOND });
  return messages;
}

function bytesOf(messages: readonly FromRuntime[]): Buffer {
  return Buffer.concat(messages.map((message) => encodeMessage(message)));
}

const watcher = { begin: () => undefined, taken: () => undefined };

function answers(model: ProcessModel, now: number): unknown {
  const query = { filter: '', sort: 'id', descending: false, offset: 0, count: 1000 } as const;
  return {
    overview: { ...model.overview(now), key: '' },
    tasks: model.tasks(query, now),
    blocks: model.blocks(),
    trends: model.blockTrends(),
    lag: model.lag(1, now * 1e6 - 60 * SECOND),
  };
}

describe('a replay', () => {
  const messages = session();
  const bytes = bytesOf(messages);
  let folder: string;
  let replay: RecordingReplay | undefined;

  beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'loopscope-'))));
  afterEach(async () => {
    await replay?.close();
    replay = undefined;
    await rm(folder, { recursive: true });
  });

  async function opened(content: Buffer): Promise<RecordingReplay> {
    const file = join(folder, 'a.loopscope');
    await writeFile(file, content);
    replay = await RecordingReplay.open(file, watcher);
    return replay;
  }

  it('knows how long the recording is and when it was blocked', async () => {
    const { fromNs, toNs, blocks, problem } = await opened(bytes);
    assert.deepEqual([fromNs, toNs, problem], [1 * SECOND, 401 * SECOND, null]);
    assert.deepEqual(
      blocks.map(({ atNs }) => atNs / SECOND),
      [49, 99, 149, 199, 249, 299, 349, 399],
    );
  });

  it('shows at any moment, whatever was shown before, what the model knew then', async () => {
    const shown = await opened(bytes);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1000, max: 401_000 }), async (ms) => {
        assert.equal(await shown.seek(ms * 1e6), true);
        const expected = new ProcessModel('', aHello(), 0);
        for (const message of messages) {
          if (message.type === 'update' && message.time_ns <= ms * 1e6) expected.update(message, message.time_ns / 1e6);
          if (message.type === 'notice' && ms >= 201_000) expected.notice(message);
          if (message.type === 'bye' && message.time_ns <= ms * 1e6) expected.bye(message, ms);
        }
        expected.tick(ms);
        assert.ok(shown.current);
        // The notice comes between two updates and carries no time: it belongs to the one before it.
        if (ms >= 200_000 && ms < 201_000)
          expected.notice({ severity: 'warning', code: 'half', message: 'Half of it.' });
        assert.deepEqual(answers(shown.current, shown.now()), answers(expected, ms));
      }),
      { numRuns: 40 },
    );
  });

  it('gives a search up when another moment is asked for', async () => {
    const shown = await opened(bytes);
    const first = shown.seek(400 * SECOND);
    const second = shown.seek(30 * SECOND);
    assert.deepEqual([await first, await second], [false, true]);
    assert.equal(shown.current?.overview(shown.now()).counts.created, 30);
    assert.equal(shown.atNs, 30 * SECOND);
  });

  it('leaves the event loop a turn while it reads', async () => {
    let turns = 0;
    let over = false;
    const count = (): void => {
      turns++;
      if (!over) setImmediate(count);
    };
    setImmediate(count);
    const shown = await opened(bytes);
    await shown.seek(400 * SECOND);
    over = true;
    assert.ok(turns > bytes.length / (256 * 1024), `${turns} turns`);
  });

  it('is shown up to the last whole frame of a file that breaks off, and says where', async () => {
    const whole = bytesOf(messages.slice(0, 31)).length;
    const shown = await opened(bytes.subarray(0, whole + 100));
    assert.equal(
      shown.problem,
      `The recording breaks off at byte ${whole + 100}, in the middle of a frame that begins at byte ${whole}; it is shown up to its last whole frame.`,
    );
    await shown.seek(Infinity);
    assert.equal(shown.toNs, 30 * SECOND);
    assert.equal(shown.current?.overview(shown.now()).counts.created, 30);
  });

  it('is shown up to a damaged place, and says which', async () => {
    const whole = bytesOf(messages.slice(0, 11)).length;
    const damaged = Buffer.from(bytes);
    damaged[whole + 4] = 33;
    const shown = await opened(damaged);
    assert.equal(
      shown.problem,
      `The recording is damaged at byte ${whole}, and shown up to there: unknown frame kind 33; this is not a Loopscope stream.`,
    );
    assert.equal(shown.toNs, 10 * SECOND);
  });

  it('does not mind that the file grows', async () => {
    const half = bytesOf(messages.slice(0, 101));
    const shown = await opened(half);
    await appendFile(join(folder, 'a.loopscope'), bytes.subarray(half.length));
    await shown.seek(Infinity);
    assert.equal(shown.current?.overview(shown.now()).counts.created, 100);
  });

  for (const [name, content, reason] of [
    ['an empty file', Buffer.alloc(0), /The file is empty; it is not a Loopscope recording\.$/u],
    ['a text file', Buffer.from('hello, world, this is no recording'), /: Byte 4: unknown frame kind 111/u],
    ['half a head', bytes.subarray(0, 40), /The file breaks off at byte 40, before its first frame is whole/u],
    ['one without a head', bytesOf(messages.slice(1, 3)), /begins with “hello”; this one begins with “update”/u],
    ['one of another protocol', bytesOf([aHello({ protocol: 7 })]), /is of protocol 7/u],
  ] as const) {
    it(`says what is wrong with ${name}`, () => assert.rejects(opened(content), reason));
  }

  it('asks no program for await stacks', async () => {
    const shown = await opened(bytes);
    await assert.rejects(shown.awaitStack(), /A recording holds no await stacks/u);
  });
});

describe('what a model knows', () => {
  it('makes an empty model answer the same', () => {
    const [, ...updates] = session().filter((message) => message.type !== 'notice' && message.type !== 'bye');
    const one = new ProcessModel('1', aHello(), 0);
    for (const update of updates as Update[]) one.update(update, update.time_ns / 1e6);
    const other = new ProcessModel('1', aHello(), 0);
    const now = (UPDATES * SECOND) / 1e6;
    other.update(one.snapshot(), now);
    const known = { ...(answers(one, now) as object), lag: null, trends: null };
    const restored = { ...(answers(other, now) as object), lag: null, trends: null };
    assert.deepEqual(restored, known);
  });
});
