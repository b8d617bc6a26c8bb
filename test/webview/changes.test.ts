/** What changed between two moments or two recordings, in real Chromium, over the real model. */
import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { momentOf, type Moment } from '../../extension/model';
import { aBlock, aFinding, aTask, anUpdate } from '../../extension/model/testing';
import { show, texts } from './pages';
import { NOW_NS, service } from './scenes';

const FINDINGS = { state: { view: 'findings' }, width: 1200 } as const;

describe('what changed', () => {
  it('is asked for with a button, and ended with another', async () => {
    const scene = service();
    let baseline: Moment | null = null;
    const panel = await show(scene, { ...FINDINGS, surroundings: { baseline: () => baseline } });
    await panel.page.getByRole('button', { name: 'Compare with This Moment' }).click();
    assert.deepEqual(await panel.next('compare'), { type: 'compare', against: 'now' });
    await panel.page.getByRole('button', { name: 'Compare with a Recording …' }).click();
    assert.deepEqual(await panel.next('compare'), { type: 'compare', against: 'recording' });
    assert.equal(await panel.page.getByRole('button', { name: 'Stop Comparing' }).count(), 0);

    baseline = momentOf(scene.model, scene.clock.now);
    await panel.flush();
    await panel.page.getByText('Nothing has changed.').waitFor();
    await panel.page.getByRole('button', { name: 'Stop Comparing' }).click();
    assert.deepEqual(await panel.next('compare'), { type: 'compare', against: 'nothing' });
    baseline = null;
    await panel.flush();
    assert.equal(await panel.page.getByText('Nothing has changed.').count(), 0);
  });

  it('lists the lines that create more tasks, new waits, new holds and findings', async () => {
    const scene = service({ blocks: true });
    scene.model.update(
      anUpdate(2, { time_ns: NOW_NS, task_sites: [{ site: 6, created: 80, alive: 6 }] }),
      scene.clock.now,
    );
    const baseline = momentOf(scene.model, scene.clock.now);
    scene.clock.now += 12_000;
    const wait = { kind: 'semaphore', label: 'Semaphore of 4', since_ns: NOW_NS, object: 9, until_ns: null } as const;
    const tasks = [1, 2].map((index) =>
      aTask(500 + index, { coroutine: 'upload', wait: { ...wait, tasks: [], executor: null } }),
    );
    scene.model.update(
      anUpdate(3, {
        time_ns: NOW_NS + 12e9,
        tasks,
        task_sites: [{ site: 6, created: 400, alive: 246 }],
        blocks: [aBlock(1, { site: 1, callee: 'requests.get', cause: 'io', count: 30, total_ns: 6.2e9 })],
        findings: [aFinding(8, { rule: 'deadlock', site: 3, message: 'Two tasks wait for one another.' })],
      }),
      scene.clock.now,
    );
    const panel = await show(scene, { ...FINDINGS, surroundings: { baseline: () => baseline } });
    const section = panel.page.getByRole('region', { name: /^What changed since \d+ s ago$/ });
    await section.waitFor();
    assert.deepEqual(await texts(section.locator('th:first-child')), [
      'Tasks alive, by the line that creates them',
      'Waits, by coroutine',
      'Time the loop was held, by line',
      'Findings',
    ]);
    assert.deepEqual(await texts(section.locator('tbody tr')), [
      'sessions.py:140 SessionManager.open 6 246 +240',
      'Semaphore of 4 upload 2 new',
      'pricing.py:88 requests.get waiting for input or output 3.9 s 6.2 s +2.3 s',
      'deadlock app.py:52 1 new',
    ]);
  });

  it('is told against another run by its name', async () => {
    const other = service({ blocks: true, hello: { clock: { wall_ms: 1 } } });
    const baseline = momentOf(other.model, other.clock.now, 'before.loopscope');
    const panel = await show(service(), { ...FINDINGS, surroundings: { baseline: () => baseline } });
    const section = panel.page.getByRole('region', { name: 'What differs from before.loopscope at 2:14' });
    await section.waitFor();
    const rows = await texts(section.locator('tbody tr'));
    assert.ok(rows.includes('report.py:23 json.dumps running C code 350 ms gone'), rows.join('; '));
    // The number of a place of the other run names another place here.
    assert.equal(await section.getByRole('button', { name: 'report.py:23' }).count(), 0);
  });
});
