/**
 * What the panel costs with 100,000 tasks alive: the host's share of an update, the first paint, frames a second while
 * the snapshot changes ten times a second, and memory. Run with `npx tsx test/bench/webview.mts`; prints one line
 * for each figure with the bound it is held against, and exits 1 when one is missed.
 */
import type { Task } from '../../extension/protocol/generated/types';
import { aTask, anUpdate } from '../../extension/model/testing';
import type { ViewName } from '../../extension/protocol/webview-messages';
import { UPDATES_PER_SECOND } from '../../extension/protocol/webview-messages';
import { launchBrowser, PanelPage } from '../webview/harness';
import type { Scene } from '../webview/scenes';
import { NOW_NS, service } from '../webview/scenes';

const TASKS = 100_000;
/** Tasks whose wait changes in each update: what is left of 200,000 steps a second once a task is counted once. */
const CHANGED = 5_000;
const UPDATES = 40;

interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** Bound, and which side of it is good. */
  readonly bound: readonly [kind: 'at most' | 'at least', value: number] | null;
}

const figures: Figure[] = [];

function bulk(id: number, sinceNs: number): Task {
  const task = aTask(id, {
    name: `session-${String(id)}`,
    coroutine: `Service.handle_${String(id % 20)}`,
    created_site: 1 + (id % 6),
    created_ns: 1e9 + id * 1000,
  });
  return {
    ...task,
    since_ns: sinceNs,
    wait: task.wait === null ? null : { ...task.wait, since_ns: sinceNs, kind: id % 3 === 0 ? 'stream-read' : 'sleep' },
  };
}

function crowd(): Scene {
  const scene = service({ blocks: true });
  const tasks = Array.from({ length: TASKS }, (_, index) => bulk(1000 + index, 100e9 + index * 1000));
  scene.model.update(
    anUpdate(2, {
      time_ns: NOW_NS,
      tasks,
      task_counts: { created: TASKS, finished: 0, cancelled: 0, failed: 0, alive: TASKS },
    }),
    scene.clock.now,
  );
  return scene;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

const browser = await launchBrowser();
try {
  const scene = crowd();
  const width = 1200;

  for (let round = 0; round < 5; round++) {
    const panel = await PanelPage.open(browser, scene.sessions, scene.clock, { width, state: { view: 'tasks' } });
    await panel.page.locator('#row-0').waitFor();
    const { host, paint } = panel.firstPaint();
    if (round > 0)
      figures.push({ name: `first snapshot ${String(round)}, host`, value: host, unit: 'ms', bound: null });
    figures.push({
      name: `first paint of ${String(TASKS)} tasks ${String(round)}`,
      value: host + paint,
      unit: 'ms',
      bound: ['at most', 300],
    });
    await panel.close();
  }

  for (const view of ['now', 'tasks', 'timeline', 'graph'] as const satisfies readonly ViewName[])
    await live(scene, view);
} finally {
  await browser.close();
}

async function live(scene: Scene, view: ViewName): Promise<void> {
  const panel = await PanelPage.open(browser, scene.sessions, scene.clock, { width: 1200, state: { view } });
  await panel.page.evaluate(`{
    window.frameTimes = [];
    const frame = (time) => { window.frameTimes.push(time); requestAnimationFrame(frame); };
    requestAnimationFrame(frame);
  }`);
  const hostTimes: number[] = [];
  const sending: Promise<void>[] = [];
  const start = performance.now();
  for (let update = 0; update < UPDATES; update++) {
    const tasks = Array.from({ length: CHANGED }, (_, index) =>
      bulk(1000 + ((update * CHANGED + index) % TASKS), NOW_NS + update * 1e8),
    );
    scene.clock.now += 100;
    scene.model.update(anUpdate(10 + update, { time_ns: NOW_NS + update * 1e8, tasks }), scene.clock.now);
    const before = performance.now();
    const message = panel.nextUpdate();
    hostTimes.push(performance.now() - before);
    if (message !== null) sending.push(panel.send(message));
    const wait = start + (update + 1) * (1000 / UPDATES_PER_SECOND) - performance.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
  }
  await Promise.all(sending);
  const times = await panel.page.evaluate<number[]>('window.frameTimes');
  const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
  const seconds = ((times.at(-1) ?? 0) - (times[0] ?? 0)) / 1000;
  const heap = await panel.page.evaluate<number>('performance.memory.usedJSHeapSize');
  figures.push(
    { name: `${view}: host's part of an update, median`, value: median(hostTimes), unit: 'ms', bound: null },
    { name: `${view}: frames a second`, value: gaps.length / seconds, unit: 'frames/s', bound: ['at least', 50] },
    { name: `${view}: longest frame`, value: Math.max(...gaps), unit: 'ms', bound: null },
    { name: `${view}: script memory`, value: heap / 1e6, unit: 'MB', bound: ['at most', 150] },
  );
  await panel.close();
}

let missed = 0;
for (const { name, value, unit, bound } of figures) {
  const good = bound === null || (bound[0] === 'at most' ? value <= bound[1] : value >= bound[1]);
  if (!good) missed++;
  const held = bound === null ? '' : `  (${bound[0]} ${String(bound[1])}: ${good ? 'yes' : 'NO'})`;
  console.log(`${name.padEnd(52)} ${value.toFixed(1).padStart(8)} ${unit}${held}`);
}
process.exitCode = missed === 0 ? 0 : 1;
