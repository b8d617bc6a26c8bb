/**
 * What an hour of a busy program leaves in the extension host: the updates of `busyHour.ts`, all through the model, the
 * timeline and the feed of the open view. Run with `npx tsx --expose-gc test/bench/hour.mts`; prints the memory as it
 * goes, and exits 1 when the bound is missed.
 */
import { Sessions } from '../../extension/model';
import { aHello } from '../../extension/model/testing';
import type { Want } from '../../extension/protocol/webview-messages';
import { PanelFeed } from '../../extension/views/panel-feed';
import { TimelineRecorder } from '../../extension/views/panel-timeline';
import { busyHour, UPDATES } from './busyHour';

const MOST_MB = 300;

const want: Want = { view: 'timeline', process: null, tasks: null, task: 1 };
const sessions = new Sessions();
const model = sessions.add(aHello(), { awaitStack: () => Promise.resolve([]) }, 0);
const timeline = new TimelineRecorder(model);
const feed = new PanelFeed(sessions, new Map([[model.key, timeline]]), want, () => undefined);

let sentBytes = 0;
let most = 0;
for (const update of busyHour()) {
  const now = update.time_ns / 1e6;
  model.update(update, now);
  timeline.sample(now);
  sentBytes += JSON.stringify(feed.update(now)).length;
  if ((update.seq - 1) % (UPDATES / 6) !== 0) continue;
  globalThis.gc?.();
  const { heapUsed, rss } = process.memoryUsage();
  most = Math.max(most, heapUsed / 1e6);
  const minutes = String(Math.round(update.time_ns / 60e9)).padStart(3);
  console.log(`${minutes} min: ${(heapUsed / 1e6).toFixed(1)} MB used, ${(rss / 1e6).toFixed(0)} MB resident`);
}
console.log(`${(sentBytes / 3600 / 1e3).toFixed(0)} kB a second to the timeline`);
console.log(`memory in use: ${most.toFixed(1)} MB (at most ${String(MOST_MB)}: ${most <= MOST_MB ? 'yes' : 'NO'})`);
process.exitCode = most <= MOST_MB ? 0 : 1;
