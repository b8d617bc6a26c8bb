/** The designed states of the panel, each from a program that really came into it. */
import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { PanelPage } from './harness';
import { row, show, texts } from './pages';
import { play } from './recordings';

function verdict(panel: PanelPage): Promise<string[]> {
  return texts(panel.page.locator('.verdict strong, .verdict-facts'));
}

describe('a recorded program', () => {
  it('that rests has its tasks with what each waits on', async () => {
    const panel = await show(await play('warehouse', 0.9), { state: { view: 'tasks' }, still: true });
    assert.deepEqual(await verdict(panel), [
      'Nothing holds the loop',
      'No callback has held it for 100 ms or more · longest lag so far 561 µs',
    ]);
    assert.deepEqual(await row(panel, 'picker-0'), [
      'picker-0',
      'Warehouse.pick',
      'waiting',
      'Lock',
      '500 ms',
      'warehouse.py:40',
      '< 1 s',
    ]);
    assert.equal((await row(panel, 'picker-1'))[3], 'Queue.get, 0 queued');
    assert.equal((await row(panel, 'picker-2'))[3], 'sleep 0.25 s');
    assert.equal((await row(panel, 'scales'))[3], 'job sleep on asyncio_0');
  });

  it('whose loop is blocked says by what, where and for how long', async () => {
    const panel = await show(await play('warehouse', 1.6), { state: { view: 'tasks' }, still: true });
    assert.deepEqual(await verdict(panel), [
      'Blocked for 387 ms by time.sleep',
      'Sleeping. Use await asyncio.sleep(…) instead.',
    ]);
    assert.equal((await row(panel, 'stocktaking'))[2], 'running');
    await panel.page.getByRole('button', { name: 'Go to Line' }).click();
    const { site } = await panel.next('open');
    const place = panel.sessions.current?.site(site);
    assert.deepEqual([place?.file, place?.line], ['/app/warehouse.py', 30]);
  });

  it('that has ended is shown as it was last seen, with what held it', async () => {
    const panel = await show(await play('warehouse', Infinity), { state: { view: 'blocks' } });
    const notice = panel.page.getByText('The program has ended. This is how it was last seen.');
    assert.equal(await notice.count(), 1);
    assert.deepEqual((await texts(panel.page.locator('tbody tr').first().locator('td'))).slice(0, 6), [
      'warehouse.py:30 Warehouse.look_at_shelves',
      'time.sleep',
      'sleeping',
      '1',
      '604 ms',
      '604 ms',
    ]);
  });

  it('in a deadlock names the tasks, the line and the locks, and draws the cycle', async () => {
    const panel = await show(await play('transfers', 2.9), { state: { view: 'graph' }, still: true });
    const [title] = await verdict(panel);
    assert.equal(
      title,
      '2 tasks wait for each other and can never go on, for 1.0 s now: rent waits at transfers.py:10 for a lock that ' +
        'saving holds; saving waits at transfers.py:10 for a lock that rent holds.',
    );
    assert.deepEqual(await texts(panel.page.getByRole('table').locator('tbody tr')), [
      'Task-1 report',
      'report rent',
      'report saving',
      'Lock saving',
      'rent Lock',
      'saving Lock',
      'Lock rent',
    ]);
    await panel.page.getByText('These tasks wait for one another').waitFor();
  });
});
