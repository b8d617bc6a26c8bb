/**
 * What the panel costs with 100,000 tasks alive that take 200,000 steps a second at `trace`: the first paint, what the
 * host does for an update, frames a second, and memory. Run with `npx tsx test/bench/webview.mts`; prints one line for
 * each figure with the bound it is held against, and exits 1 when one is missed.
 */
import type { Task, TaskSteps } from '../../extension/protocol/generated/types';
import { aStepBatch, aTask, anUpdate } from '../../extension/model/testing';
import type { ViewName } from '../../extension/protocol/webview-messages';
import { UPDATES_PER_SECOND } from '../../extension/protocol/webview-messages';
import { launchBrowser, PanelPage } from '../webview/harness';
import type { Scene } from '../webview/scenes';
import { NOW_NS, service } from '../webview/scenes';

const TASKS = 100_000;
/** Steps in each of ten updates a second, each of another task: an update tells of every one of them anew. */
const STEPS = 20_000;
/** Tasks whose wait is another one after them. */
const CHANGED = 5_000;
const UPDATES = 40;
const UPDATE_NS = 1e9 / UPDATES_PER_SECOND;

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
  const scene = service({ blocks: true, findings: true, hello: { level: 'trace' } });
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

/** The tasks that take a step in an update, one after the other. */
function stepping(update: number): number[] {
  return Array.from({ length: STEPS }, (_, index) => 1000 + ((update * STEPS + index) % TASKS));
}

function totals(task: number, update: number): TaskSteps {
  const turns = 1 + Math.floor((update * STEPS) / TASKS);
  return {
    task,
    steps: turns,
    busy_ns: turns * 4000,
    delay_ns: turns * 9000,
    max_delay_ns: 20_000,
    longest_ns: 5000,
    longest_at_ns: NOW_NS,
    longest_site: null,
    since_ns: 0,
    last_ns: NOW_NS + update * UPDATE_NS,
  };
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
    // The row is there before the harness has put the figures down.
    while (panel.firstPaint().paint === 0) await new Promise((resolve) => setTimeout(resolve));
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
  const modelTimes: number[] = [];
  const feedTimes: number[] = [];
  const sending: Promise<void>[] = [];
  const start = performance.now();
  for (let update = 0; update < UPDATES; update++) {
    const timeNs = NOW_NS + update * UPDATE_NS;
    const ids = stepping(update);
    const tasks = ids.slice(0, CHANGED).map((id) => bulk(id, timeNs));
    const steps = ids.map((id) => totals(id, update));
    const each = UPDATE_NS / STEPS;
    const batch = aStepBatch(ids.map((id, index) => [id, timeNs + index * each, timeNs + (index + 0.8) * each]));
    scene.clock.now += UPDATE_NS / 1e6;
    const before = performance.now();
    // Single steps come only while somebody looks at them.
    if (view === 'timeline') scene.model.packed(batch);
    scene.model.update(anUpdate(10 + update, { time_ns: timeNs, tasks, steps }), scene.clock.now);
    const taken = performance.now();
    const message = panel.nextUpdate();
    modelTimes.push(taken - before);
    feedTimes.push(performance.now() - taken);
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
    { name: `${view}: the model takes an update in, median`, value: median(modelTimes), unit: 'ms', bound: null },
    { name: `${view}: the host answers the page, median`, value: median(feedTimes), unit: 'ms', bound: null },
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
