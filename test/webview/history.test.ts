/** What a task did lately, in its details, in real Chromium. */
import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { aTask, anUpdate } from '../../extension/model/testing';
import type { Wait } from '../../extension/protocol/generated/types';
import type { PanelPage } from './harness';
import { show, texts } from './pages';
import { NOW_NS, service, type Scene } from './scenes';

const TASK = 900;

/** Tells that the task `walker` waits on something since a second after the scene's moment. */
function tell(scene: Scene, second: number, label: string): void {
  const sinceNs = NOW_NS + second * 1e9;
  const wait: Wait = {
    kind: 'event',
    label,
    since_ns: sinceNs,
    object: null,
    until_ns: null,
    tasks: [],
    executor: null,
  };
  const task = aTask(TASK, { name: 'walker', created_ns: NOW_NS, since_ns: sinceNs, wait });
  scene.clock.now = 1_000_000 + second * 1000;
  scene.model.update(anUpdate(2 + second, { time_ns: sinceNs, tasks: [task] }), scene.clock.now);
}

function history(panel: PanelPage): Promise<string[]> {
  return texts(panel.page.getByRole('table', { name: 'History of walker' }).locator('tbody tr'));
}

describe('the history of a task', () => {
  it('stands in its details: what it waited on, since when and for how long, newest first', async () => {
    const scene = service();
    tell(scene, 0, 'Event start');
    const panel = await show(scene, { state: { view: 'tasks' }, width: 1200, still: true });
    await panel.page.getByRole('gridcell', { name: 'walker', exact: true }).click();
    await panel.page.getByText('Known since it was created.').waitFor();
    tell(scene, 2, 'Event ready');
    await panel.flush();
    tell(scene, 5, 'Event done');
    await panel.flush();
    assert.deepEqual(await history(panel), [
      '2:19.0 Event done 0 ms',
      '2:16.0 Event ready 3.0 s',
      '2:14.0 Event start 2.0 s',
    ]);
    await panel.page.getByText('Sampled: what is shorter than a sample is not seen.').waitFor();
  });

  it('shows the newest first, and all of them on request', async () => {
    const scene = service();
    tell(scene, 0, 'Event 0');
    const panel = await show(scene, { state: { view: 'tasks' }, width: 1200, still: true });
    await panel.page.getByRole('gridcell', { name: 'walker', exact: true }).click();
    await panel.page.getByText('Known since it was created.').waitFor();
    for (let second = 1; second <= 50; second++) {
      tell(scene, second, `Event ${String(second)}`);
      panel.nextUpdate();
    }
    tell(scene, 51, 'Event 51');
    await panel.flush();
    assert.equal((await history(panel)).length, 8);
    await panel.page.getByText('Known since 2:26.0, 39.0 s ago.').waitFor();
    await panel.page.getByRole('button', { name: 'Show 32 More' }).press('Enter');
    await panel.page.getByRole('table', { name: 'History of walker' }).getByText('Event 12').waitFor();
    const all = await history(panel);
    assert.deepEqual([all.length, all.at(0), all.at(-1)], [40, '3:05.0 Event 51 0 ms', '2:26.0 Event 12 1.0 s']);
  });
});
