/** Which columns the task table has, in real Chromium. */
import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { PanelPage } from './harness';
import { row, show, texts } from './pages';
import { service } from './scenes';

function heads(panel: PanelPage): Promise<string[]> {
  return texts(panel.page.getByRole('columnheader'));
}

describe('the columns of the task table', () => {
  it('are as many as the width has room for, until somebody chooses', async () => {
    const panel = await show(service({ hello: { level: 'trace' } }), { state: { view: 'tasks' }, width: 1200 });
    const all = ['Name', 'Coroutine', 'State', 'Steps', 'Waiting on', 'For', 'Created at', 'Age'];
    assert.deepEqual(await heads(panel), all);
    const atWidth = async (width: number, gone: string): Promise<string[]> => {
      await panel.page.setViewportSize({ width, height: 700 });
      await panel.page.getByRole('columnheader', { name: gone }).waitFor({ state: 'detached' });
      return heads(panel);
    };
    assert.deepEqual(await atWidth(960, 'Age'), all.slice(0, -1));
    assert.deepEqual(
      await atWidth(760, 'Coroutine'),
      all.slice(0, -1).filter((name) => name !== 'Coroutine'),
    );
    assert.deepEqual(await atWidth(620, 'Steps'), ['Name', 'State', 'Waiting on', 'For', 'Created at']);
    assert.deepEqual(await atWidth(520, 'Created at'), ['Name', 'State', 'Waiting on', 'For']);
    const [, state] = await row(panel, 'heartbeat');
    assert.equal(state, 'waiting', 'the word behind the dot, for screen readers');
  });

  it('leave names whole beside the details of a task', async () => {
    const panel = await show(service({ findings: true }), { state: { view: 'tasks' }, width: 900, still: true });
    await panel.page.getByRole('gridcell', { name: 'refresh-prices-7' }).first().click();
    await panel.page.getByRole('complementary', { name: 'Task details' }).waitFor();
    await panel.page.getByRole('columnheader', { name: 'Coroutine' }).waitFor({ state: 'detached' });
    const isWhole = (name: Element): boolean => name.scrollWidth <= name.clientWidth;
    const names = await panel.page.locator('.c-name > .ellipsis').all();
    const told = await Promise.all(
      names.map(async (name) => [await name.getAttribute('title'), await name.evaluate(isWhole)]),
    );
    assert.ok(told.length > 8);
    assert.deepEqual(
      told.filter(([, whole]) => whole !== true),
      [],
    );
  });

  it('are chosen with the keyboard, and what is chosen is kept by the host', async () => {
    const panel = await show(service(), { state: { view: 'tasks' }, width: 1200 });
    const keys = panel.page.keyboard;
    await panel.page.getByRole('button', { name: 'Columns' }).focus();
    await keys.press('Enter');
    const menu = panel.page.getByRole('group', { name: 'Columns' });
    assert.deepEqual(
      await menu.getByRole('checkbox', { checked: true }).count(),
      8,
      'at this width all are shown, those of trace where steps are counted',
    );
    assert.equal(await menu.getByRole('checkbox', { name: 'Name' }).isDisabled(), true);
    await keys.press('Tab');
    await keys.press('Space');
    await panel.page.getByRole('columnheader', { name: 'Coroutine' }).waitFor({ state: 'detached' });
    assert.deepEqual(await heads(panel), ['Name', 'State', 'Waiting on', 'For', 'Created at', 'Age']);
    const kept = await panel.next('columns');
    assert.deepEqual(kept.columns, ['name', 'state', 'steps', 'waiting', 'waited', 'created', 'age']);
    assert.equal((await row(panel, 'heartbeat')).length, 6);
    await keys.press('Escape');
    await menu.waitFor({ state: 'hidden' });
    await panel.page.locator('.column-button:focus').waitFor();
    await keys.press('Enter');
    await menu.getByRole('button', { name: 'As the Width Allows' }).click();
    await panel.page.getByRole('columnheader', { name: 'Coroutine' }).waitFor();
    assert.equal((await panel.next('columns')).columns, null);
  });

  it('that were chosen are there whatever the width: the table scrolls instead', async () => {
    const columns = ['name', 'coroutine', 'state', 'waiting', 'age'] as const;
    const panel = await show(service(), { state: { view: 'tasks' }, width: 400, columns });
    assert.deepEqual(await heads(panel), ['Name', 'Coroutine', 'State', 'Waiting on', 'Age']);
    const [name, coroutine, state, waiting] = await row(panel, 'queue-worker-0');
    assert.deepEqual([name, coroutine, state, waiting], ['queue-worker-0', 'work', 'waiting', 'Queue.get of 0']);
    const grid = panel.page.getByRole('treegrid');
    const [shown, whole] = await grid.evaluate((element) => [element.clientWidth, element.scrollWidth] as const);
    assert.ok(whole > shown, `${String(whole)} pixels in ${String(shown)}`);
    const age = panel.page.getByRole('columnheader', { name: 'Age' });
    await age.scrollIntoViewIfNeeded();
    assert.ok((await grid.evaluate((element) => element.scrollLeft)) > 0);
  });
});
