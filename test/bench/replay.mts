/**
 * What recordings cost the extension host: the longest its thread is kept from other work while a recording with 100,000
 * tasks is opened and while moments of it are looked for, and its memory. Run with `npx tsx test/bench/replay.mts`;
 * prints one line for each figure with the bound it is held against, and exits 1 when one is missed.
 */
import { createWriteStream, readFileSync } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { aHello, aLoop, aSite, aTask, anUpdate } from '../../extension/model/testing';
import { encodeMessage } from '../../extension/protocol/codec';
import type { FromRuntime, Task } from '../../extension/protocol/generated/types';
import type { Replay, Want } from '../../extension/protocol/webview-messages';
import { ReplayClient } from '../../extension/views/replay/client';

const TASKS = 100_000;
/** Tasks in a part of a snapshot; the runtime's own parts are of about this size. */
const PART = 1_000;
const SECONDS = 120;
/** Tasks whose wait changes in each update. */
const CHANGED = 500;
const UPDATES_PER_SECOND = 10;
const SECOND = 1e9;
const WANT: Want = {
  view: 'tasks',
  process: null,
  tasks: { offset: 0, count: 60, sort: 'waited', descending: true, filter: '', grouping: null, open: [] },
  task: null,
};

function task(id: number, sinceNs: number): Task {
  const made = aTask(id, { name: `session-${String(id)}`, created_ns: id });
  return { ...made, since_ns: sinceNs, wait: made.wait === null ? null : { ...made.wait, since_ns: sinceNs } };
}

function* session(): Generator<FromRuntime> {
  yield aHello();
  let sequence = 0;
  for (let first = 0; first < TASKS; first += PART) {
    const tasks = Array.from({ length: PART }, (_, index) => task(first + index + 1, 0));
    const partial = first + PART < TASKS;
    yield anUpdate(++sequence, {
      time_ns: SECOND,
      snapshot: true,
      partial,
      ...(first === 0 ? { sites: [aSite(1)], loops: [aLoop(1)] } : {}),
      tasks,
    });
  }
  for (let step = 1; step <= SECONDS * UPDATES_PER_SECOND; step++) {
    const timeNs = SECOND + (step * SECOND) / UPDATES_PER_SECOND;
    const tasks = Array.from({ length: CHANGED }, (_, index) => task(((step * CHANGED + index) % TASKS) + 1, timeNs));
    yield anUpdate(++sequence, { time_ns: timeNs, tasks });
  }
  yield { type: 'bye', reason: 'exit', time_ns: (SECONDS + 2) * SECOND };
}

/** Processor time of this thread, in ms: on a busy machine a turn that others delay is not a turn that takes long. */
function processorMs(): number {
  const [nanoseconds = ''] = readFileSync(`/proc/self/task/${String(process.pid)}/schedstat`, 'utf8').split(' ');
  return Number(nanoseconds) / 1e6;
}

/**
 * The longest that the thread works between two looks a millisecond apart while something is done, which is no less than
 * its longest turn, and how long the whole takes, in ms.
 */
async function stallOf(work: () => Promise<unknown>): Promise<{ readonly longest: number; readonly whole: number }> {
  let longest = 0;
  let last = processorMs();
  let isOver = false;
  const turn = (): void => {
    const now = processorMs();
    longest = Math.max(longest, now - last);
    last = now;
    if (!isOver) setTimeout(turn, 1);
  };
  setTimeout(turn, 1);
  const began = performance.now();
  await work();
  const whole = performance.now() - began;
  isOver = true;
  return { longest, whole };
}

let missed = 0;
function tell(name: string, value: number, unit: string, atMost: number | null): void {
  if (atMost !== null && value > atMost) missed++;
  const held = atMost === null ? '' : `  (at most ${String(atMost)}: ${value <= atMost ? 'yes' : 'NO'})`;
  console.log(`${name.padEnd(56)} ${value.toFixed(1).padStart(8)} ${unit}${held}`);
}

const folder = await mkdtemp(join(tmpdir(), 'loopscope-bench-'));
try {
  const file = join(folder, 'crowd.loopscope');
  const stream = createWriteStream(file);
  for (const message of session()) {
    if (!stream.write(encodeMessage(message)))
      await new Promise<void>((resolve) => stream.once('drain', () => resolve()));
  }
  await new Promise<void>((resolve) => stream.end(() => resolve()));
  tell('size of the recording', (await stat(file)).size / 1e6, 'MB', null);

  const script = join(folder, 'replay-worker.cjs');
  const entryPoints = [join(import.meta.dirname, '../../extension/views/replay/worker.ts')];
  await build({ entryPoints, outfile: script, bundle: true, platform: 'node', target: 'node20' });

  const before = process.memoryUsage().rss;
  let shown: (replay: Replay) => void = () => undefined;
  let client: ReplayClient | undefined;
  /** Resolves when the page was sent the moment `atNs`. */
  const shownAt = (atNs: number): Promise<void> =>
    new Promise((resolve) => {
      shown = (replay) => {
        if (!replay.seeking && replay.atNs === atNs) resolve();
      };
    });
  const opening = await stallOf(async () => {
    client = new ReplayClient({
      script,
      data: { file, sentences: {} },
      received: ({ sections }) => {
        if (sections.replay) shown(sections.replay);
      },
      titleFor: () => null,
      failed: (sentence) => console.error(sentence),
    });
    client.send({ type: 'feed', want: WANT, baseline: null });
    await client.moment(null);
  });
  tell('opening', opening.whole, 'ms', null);
  tell('opening, longest stall', opening.longest, 'ms', 10);
  for (const second of [100, 20, 119, 5, SECONDS]) {
    const seeking = await stallOf(() => {
      client?.send({ type: 'seek', timeNs: second * SECOND });
      return shownAt(second * SECOND);
    });
    tell(`to second ${String(second)}`, seeking.whole, 'ms', null);
    tell(`to second ${String(second)}, longest stall`, seeking.longest, 'ms', 10);
  }
  tell('memory of the process, beyond that of this benchmark', (process.memoryUsage().rss - before) / 1e6, 'MB', 300);
  await client?.dispose();
} finally {
  await rm(folder, { recursive: true });
}
process.exitCode = missed === 0 ? 0 : 1;
