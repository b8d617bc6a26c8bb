/**
 * What an hour of a busy program leaves in the extension host: 36,000 updates, each with 200 of 2,000 tasks changed, ten
 * tasks begun and ended, a block now and then, all through the model, the timeline and the feed of the open view. Run
 * with `npx tsx --expose-gc test/bench/hour.mts`; prints the memory as it goes, and exits 1 when the bound is missed.
 */
import { Sessions } from '../../extension/model';
import { aBlock, aHello, aLoop, aSite, aTask, anUpdate } from '../../extension/model/testing';
import type { Task } from '../../extension/protocol/generated/types';
import type { Want } from '../../extension/protocol/webview-messages';
import { PanelFeed } from '../../extension/views/panel-feed';
import { TimelineRecorder } from '../../extension/views/panel-timeline';

const UPDATES = 36_000;
const TASKS = 2_000;
const CHANGED = 200;
const BEGUN = 10;
const UPDATE_NS = 0.1e9;
const MOST_MB = 300;

const want: Want = { view: 'timeline', process: null, tasks: null, task: 1 };
const sessions = new Sessions();
const model = sessions.add(aHello(), { awaitStack: () => Promise.resolve([]) }, 0);
const timeline = new TimelineRecorder(model);
const feed = new PanelFeed(sessions, new Map([[model.key, timeline]]), want, () => undefined);

function task(id: number, sinceNs: number): Task {
  const made = aTask(id, { name: `session-${String(id)}`, created_ns: sinceNs });
  return { ...made, since_ns: sinceNs, wait: made.wait === null ? null : { ...made.wait, since_ns: sinceNs } };
}

model.update(
  anUpdate(1, {
    snapshot: true,
    sites: [aSite(1)],
    loops: [aLoop(1)],
    tasks: Array.from({ length: TASKS }, (_, index) => task(index + 1, 0)),
  }),
  0,
);

let sentBytes = 0;
let most = 0;
for (let update = 1; update <= UPDATES; update++) {
  const timeNs = update * UPDATE_NS;
  const tasks = Array.from({ length: CHANGED }, (_, index) => task(((update * CHANGED + index) % TASKS) + 1, timeNs));
  for (let index = 0; index < BEGUN; index++) {
    const id = TASKS + update * BEGUN + index;
    tasks.push(task(id, timeNs), { ...task(id - BEGUN, timeNs), state: 'finished', wait: null });
  }
  const lag = [0, 1].map((half) => ({ loop: 1, time_ns: timeNs + half * 5e7, lag_ms: 1, open: false }));
  const block = aBlock(1 + (update % 500), { count: update, last_at_ns: timeNs, last_ns: 0.12e9 });
  const blocks = update % 20 === 0 ? { blocks: [block] } : {};
  const now = timeNs / 1e6;
  model.update(anUpdate(update + 1, { time_ns: timeNs, tasks, lag, ...blocks }), now);
  timeline.sample(now);
  sentBytes += JSON.stringify(feed.update(now)).length;
  if (update % (UPDATES / 6) !== 0) continue;
  globalThis.gc?.();
  const { heapUsed, rss } = process.memoryUsage();
  most = Math.max(most, heapUsed / 1e6);
  const minutes = String(Math.round(timeNs / 60e9)).padStart(3);
  console.log(`${minutes} min: ${(heapUsed / 1e6).toFixed(1)} MB used, ${(rss / 1e6).toFixed(0)} MB resident`);
}
console.log(`${(sentBytes / 3600 / 1e3).toFixed(0)} kB a second to the timeline`);
console.log(`memory in use: ${most.toFixed(1)} MB (at most ${String(MOST_MB)}: ${most <= MOST_MB ? 'yes' : 'NO'})`);
process.exitCode = most <= MOST_MB ? 0 : 1;
