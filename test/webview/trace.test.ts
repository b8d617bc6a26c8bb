/** What is exact at `trace`: running slices, wake-ups, step times, rates; in real Chromium. */
import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { aLoop, anUpdate } from '../../extension/model/testing';
import type { Lane, TaskDetails, Timeline, TimelineSteps } from '../../extension/protocol/webview-messages';
import type { PanelPage } from './harness';
import { show, texts } from './pages';
import { NOW_NS, service } from './scenes';

const LANES: readonly Lane[] = [
  { id: 'l1', kind: 'loop', label: 'MainThread', group: 'loops', task: null },
  { id: 't1', kind: 'task', label: 'producer', group: 'tasks', task: 1 },
  { id: 't2', kind: 'task', label: 'consumer', group: 'tasks', task: 2 },
];

/** Three runs in the last second: the producer for 40 ms, then the consumer for 20 ms after a delay of 10 ms, twice. */
const STEPS: TimelineSteps = {
  lane: [1, 2, 2],
  fromNs: [NOW_NS - 0.9e9, NOW_NS - 0.8e9, NOW_NS - 0.4e9],
  toNs: [NOW_NS - 0.86e9, NOW_NS - 0.78e9, NOW_NS - 0.38e9],
  readyNs: [0, NOW_NS - 0.81e9, NOW_NS - 0.41e9],
  wokenBy: [-1, 1, 1],
  dropped: 0,
};

async function send(panel: PanelPage, change: Partial<Timeline>): Promise<void> {
  const timeline: Timeline = { reset: true, lanes: LANES, slices: [], omitted: 0, exact: true, ...change };
  await panel.send({ type: 'update', nowNs: NOW_NS, ticking: false, sections: { timeline } });
}

/** How many pixels of a lane are blue: what runs, and the arrows. */
function bluePixels(panel: PanelPage, lane: number): Promise<number> {
  return panel.page.locator('.timeline canvas').evaluate((canvas: HTMLCanvasElement, row) => {
    const copy = new OffscreenCanvas(canvas.width, canvas.height);
    const context = copy.getContext('2d', { willReadFrequently: true });
    if (context === null) return 0;
    context.drawImage(canvas, 0, 0);
    const { data } = context.getImageData(0, row * 24, canvas.width, 24);
    let found = 0;
    for (let at = 0; at < data.length; at += 4) {
      const [red = 0, green = 0, blue = 0, alpha = 0] = data.subarray(at, at + 4);
      if (alpha > 200 && blue > 200 && blue > red + 60 && blue > green + 20) found++;
    }
    return found;
  }, lane);
}

describe('the timeline at trace', () => {
  it('says what ran and what waited for its turn, to the millisecond', async () => {
    const panel = await show(service(), { state: { view: 'timeline' } });
    await send(panel, { steps: STEPS });
    assert.equal(await panel.page.getByText('Sampled: what is shorter than a sample is not seen.').count(), 0);
    const canvas = panel.page.locator('.timeline canvas');
    await canvas.focus();
    await panel.page.keyboard.press('Shift+ArrowLeft');
    for (let press = 0; press < 11; press++) await panel.page.keyboard.press('Shift+ArrowRight');
    const rows = panel.page.locator('.timeline-summary tbody tr');
    await rows.nth(2).waitFor();
    const cells = (await Promise.all((await rows.all()).map((row) => texts(row.locator('td'))))).map((row) =>
      row.slice(0, 3),
    );
    assert.deepEqual(cells, [
      ['running', 'producer', '40 ms'],
      ['running', 'consumer', '40 ms'],
      ['ready', 'consumer', '20 ms'],
    ]);
    await panel.page.getByRole('combobox', { name: 'Add up by' }).selectOption('cause');
    await panel.page.getByText('2 lanes').first().waitFor();
    assert.deepEqual((await texts(rows.first().locator('td'))).slice(0, 3), ['running', '2 lanes', '80 ms']);
    await panel.page.getByRole('button', { name: 'Copy Range as Markdown' }).click();
    const { text } = await panel.next('copy');
    assert.match(text, /^In [\d.]+ s selected$/m);
    assert.match(text, /^\| running \| {2}\| 2 lanes \| 80 ms \| [\d.]+ % \|$/m);
  });

  it('draws the runs, and arrows from what woke the chosen task', async () => {
    const panel = await show(service(), { state: { view: 'timeline' } });
    await send(panel, {});
    assert.equal(await bluePixels(panel, 3), 0);
    await send(panel, { steps: STEPS });
    const [producer, consumer] = [await bluePixels(panel, 3), await bluePixels(panel, 4)];
    assert.ok(producer > 0 && consumer > producer, `${String(producer)} and ${String(consumer)} pixels`);
    await panel.page.getByRole('button', { name: 'consumer' }).click();
    await panel.page.getByRole('complementary', { name: 'Task details' }).waitFor();
    await send(panel, { steps: { ...STEPS, wokenBy: [-1, -1, -1] } });
    const without = await bluePixels(panel, 4);
    await send(panel, { steps: STEPS });
    const arrows = (await bluePixels(panel, 4)) - without;
    assert.ok(arrows > 5, `${String(arrows)} pixels of the heads of arrows`);
  });

  it('says how many steps were not kept', async () => {
    const panel = await show(service(), { state: { view: 'timeline' } });
    await send(panel, { steps: { ...STEPS, dropped: 1234 } });
    await panel.page.getByText('1,234 steps were not kept.').waitFor();
  });
});

describe('a task at trace', () => {
  it('has its step times and delays as histograms, and as tables', async () => {
    const scene = service();
    const panel = await show(scene, { state: { view: 'tasks' }, width: 1200 });
    await panel.page.getByRole('gridcell', { name: 'heartbeat', exact: true }).first().click();
    await panel.page.getByRole('complementary', { name: 'Task details' }).waitFor();
    const known = panel.sent.findLast(
      (message) => message.type === 'update' && message.sections.details !== undefined && message.sections.details,
    );
    assert.ok(known?.type === 'update' && known.sections.details);
    const histogram = {
      belowNs: [1000, 2000, 4000, 8000],
      steps: [0, 3, 12, 1, 0],
      delays: [0, 0, 0, 0, 7],
    };
    const details: TaskDetails = {
      ...known.sections.details,
      steps: {
        steps: 1318,
        busyNs: 0.42e9,
        delayNs: 1.1e9,
        maxDelayNs: 0.4e9,
        waitingNs: 120e9,
        longestNs: 38e6,
        longestAtNs: 1e9,
        longestSite: scene.model.site(1),
        sinceNs: 0,
        lastNs: NOW_NS,
        histogram,
      },
    };
    const facts = async (): Promise<string> =>
      (await texts(panel.page.locator('.details dl').nth(1).locator('dd'))).join(' | ');
    await panel.send({ type: 'update', nowNs: NOW_NS, ticking: false, sections: { details } });
    assert.equal(await facts(), '1,318 | 420 ms, longest 38 ms pricing.py:88 | 1.1 s, longest 400 ms | 2 min 0 s');
    const rows = (name: string): Promise<string[]> => texts(panel.page.getByRole('table', { name }).locator('tr'));
    assert.deepEqual(await rows('How long its steps took'), [
      'below 1.0 µs 0',
      'below 2.0 µs 3',
      'below 4.0 µs 12',
      'below 8.0 µs 1',
      '8.0 µs or more 0',
    ]);
    assert.deepEqual(await rows('How long it waited for its turn'), ['below 8.0 µs 0', '8.0 µs or more 7']);
    assert.equal(await panel.page.locator('.histogram rect').count(), 7);
    assert.ok(details.steps);
    const steps = { ...details.steps, delayNs: null, maxDelayNs: null };
    await panel.send({ type: 'update', nowNs: NOW_NS, ticking: false, sections: { details: { ...details, steps } } });
    await panel.page.getByText('not seen on this kind of loop: counted as waiting').waitFor();
    assert.equal(
      await facts(),
      '1,318 | 420 ms, longest 38 ms pricing.py:88 | not seen on this kind of loop: counted as waiting | 2 min 0 s',
    );
  });
});

describe('a loop at trace', () => {
  it('shows how often it turns, over a second or more', async () => {
    const scene = service({ hello: { level: 'trace' } });
    const tell = async (seq: number, ms: number, iterations: number): Promise<void> => {
      scene.clock.now += ms;
      const timeNs = NOW_NS + (scene.clock.now - 1_000_000) * 1e6;
      scene.model.update(anUpdate(seq, { time_ns: timeNs, loops: [aLoop(1, { iterations })] }), scene.clock.now);
      await panel.flush();
    };
    const panel = await show(scene);
    const figure = panel.page.locator('.figure').filter({ hasText: 'turns/s' });
    await tell(2, 100, 1000);
    assert.deepEqual(await texts(figure), ['turns/s –']);
    await tell(3, 2000, 9000);
    assert.deepEqual(await texts(figure), ['turns/s 4,000']);
    await tell(4, 100, 9100);
    assert.deepEqual(await texts(figure), ['turns/s 4,000']);
  });
});
