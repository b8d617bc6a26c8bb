/** Executors in real Chromium, over the real model. */
import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { anExecutor, anUpdate } from '../../extension/model/testing';
import type { EndedJob } from '../../extension/protocol/generated/types';
import { show, texts } from './pages';
import { NOW_NS, service } from './scenes';

/** What is painted in columns of a chart, from the top down: jobs that are ready, workers that are running, nothing. */
function painted(canvas: HTMLCanvasElement, columns: readonly number[]): string[] {
  const { width, height } = canvas;
  const copy = document.createElement('canvas');
  [copy.width, copy.height] = [width, height + 1];
  const context = copy.getContext('2d');
  if (context === null) throw new Error('no context');
  context.drawImage(canvas, 0, 0);
  // What the two colours are as pixels, in a row of their own.
  const names = ['running', 'ready'];
  names.forEach((name, column) => {
    context.fillStyle = getComputedStyle(document.body).getPropertyValue(`--loopscope-${name}`).trim();
    context.fillRect(column, height, 1, 1);
  });
  const pixels = new Uint32Array(context.getImageData(0, 0, width, height + 1).data.buffer);
  return columns.map((share) => {
    const column = Math.round(share * width);
    const found = Array.from({ length: height }, (_, row) =>
      names.filter((_name, index) => pixels[row * width + column] === pixels[height * width + index]),
    );
    return [...new Set(found.flat())].join(' on ');
  });
}

describe('Executors', () => {
  it('says how the jobs that are over ended, the latest first', async () => {
    const scene = service();
    const over = (id: number, change: Partial<EndedJob>): EndedJob => ({
      id,
      function: 'fetch_rates',
      site: 1,
      outcome: 'done',
      exception: null,
      started_ns: NOW_NS - 9e9,
      ended_ns: NOW_NS - 8e9,
      ...change,
    });
    const ended = [
      over(1, {}),
      over(2, { outcome: 'failed', exception: 'TimeoutError', ended_ns: NOW_NS - 5.5e9 }),
      over(3, { outcome: 'cancelled', started_ns: null, ended_ns: NOW_NS - 2e9 }),
    ];
    const executors = [anExecutor(1, { ended, failed: 1, cancelled: 1 })];
    scene.model.update(anUpdate(2, { time_ns: NOW_NS, executors }), scene.clock.now);
    const panel = await show(scene, { state: { view: 'executors' }, still: true });
    const executor = panel.page.getByRole('region', { name: 'Default executor' });
    assert.deepEqual(await texts(executor.locator('.executor-figures p').last()), [
      'queue wait 310 ms · run 82 ms · 71 of 100 done · 1 failed · 1 cancelled',
    ]);
    await executor.getByText('Ended last').click();
    const table = executor.getByRole('grid', { name: 'Jobs of Default executor that ended last' });
    const rows = await table.locator('tbody tr').all();
    assert.deepEqual(await Promise.all(rows.map((row) => texts(row.locator('td')))), [
      ['cancelled', 'fetch_rates', '–', 'pricing.py:88', '2 s ago'],
      ['failed with TimeoutError', 'fetch_rates', '3.5 s', 'pricing.py:88', '5 s ago'],
      ['done', 'fetch_rates', '1.0 s', 'pricing.py:88', '8 s ago'],
    ]);
    await table.getByRole('button', { name: 'pricing.py:88' }).first().click();
    assert.deepEqual(await panel.next('open'), { type: 'open', process: '1', site: 1 });
  });

  it('says in the timeline how a job ended', async () => {
    const scene = service();
    const panel = await show(scene, { state: { view: 'timeline' }, still: true });
    const ended: EndedJob = {
      id: 1,
      function: 'fetch_rates',
      site: 1,
      outcome: 'failed',
      exception: 'TimeoutError',
      started_ns: 132.7e9,
      ended_ns: 133.8e9,
    };
    const executors = [anExecutor(1, { jobs: [], ended: [ended] })];
    scene.model.update(anUpdate(2, { time_ns: NOW_NS, executors }), scene.clock.now);
    await panel.flush();
    const lane = await panel.page.locator('.lane-names li', { hasText: 'asyncio_0' }).boundingBox();
    const canvas = panel.page.locator('.timeline canvas');
    const plot = await canvas.boundingBox();
    assert.ok(lane && plot);
    // Twenty seconds are shown, the last of them on the right.
    const x = plot.x + plot.width * (1 - 0.6 / 20);
    await panel.page.mouse.move(x, lane.y + lane.height / 2);
    assert.equal(await canvas.getAttribute('title'), 'fetch_rates · 1.1 s · failed with TimeoutError');
  });

  it('shows the backlog of the last minute, in a picture and in a table', async () => {
    const scene = service();
    const pool = (seq: number, seconds: number, busy: number, queued: number): void => {
      const update = { time_ns: NOW_NS + seconds * 1e9, executors: [anExecutor(1, { busy, queued })] };
      scene.clock.now = 1_000_000 + seconds * 1000;
      scene.model.update(anUpdate(seq, update), scene.clock.now);
    };
    pool(2, 20, 6, 0);
    pool(3, 30, 0, 0);
    pool(4, 45, 6, 12);
    pool(5, 45.2, 2, 0);
    pool(6, 50, 1, 0);
    const panel = await show(scene, { state: { view: 'executors' }, still: true });
    const executor = panel.page.getByRole('region', { name: 'Default executor' });
    const rows = await Promise.all(
      (await executor.locator('.backlog-chart tbody tr').all()).map((row) => texts(row.locator('td'))),
    );
    // The service has been there for fifty seconds, with six workers busy and 23 jobs queued at first.
    assert.deepEqual(rows, [
      ['60 s ago', '6', '23'],
      ['50 s ago', '6', '23'],
      ['40 s ago', '6', '23'],
      ['30 s ago', '6', '0'],
      ['20 s ago', '0', '0'],
      ['10 s ago', '6', '12'],
    ]);
    const canvas = executor.locator('.backlog-chart canvas');
    const shown = await canvas.evaluate(painted, [0.05, 0.3, 0.6, 0.72, 0.9]);
    assert.deepEqual(shown, ['', 'ready on running', 'running', '', 'running']);
    assert.match((await executor.locator('.backlog-chart').getAttribute('title')) ?? '', /Dashed: all 6 workers busy/u);
  });
});
