/** The designed states of the panel, each from a program that really came into it. */
import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { Locator } from 'playwright-core';
import type { PanelPage } from './harness';
import { row, show, texts } from './pages';
import { play, watch, type Recorded } from './recordings';

function verdict(panel: PanelPage): Promise<string[]> {
  return texts(panel.page.locator('.verdict strong, .verdict-facts'));
}

/** What the rows of a table say. */
async function tableRows(table: Locator): Promise<string[][]> {
  return Promise.all((await table.locator('tbody tr').all()).map((each) => texts(each.locator('td'))));
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

  it('whose loop is blocked for the first time does not say that nothing has held it', async () => {
    const panel = await show(await play('warehouse', 1.6), { state: { view: 'now' }, still: true });
    const beside = panel.page.getByRole('region', { name: 'Blocks', exact: true }).getByRole('paragraph');
    const first =
      'Nothing held the loop for 100 ms or more before now. What holds it now is listed here when it is over.';
    assert.deepEqual(await texts(beside), [first]);
    await panel.page.getByRole('tab', { name: 'Blocks' }).click();
    await panel.page.getByText(first).waitFor();
    const before = await show(await play('warehouse', 0.9), { state: { view: 'now' }, still: true });
    await before.page.getByText('Nothing has held the loop for 100 ms or more.').waitFor();
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

describe('recorded programs in a window', () => {
  /** The office comes first, then its couriers, in the order in which they began. */
  const OFFICE: readonly Recorded[] = ['office', 'courier-1', 'courier-2'];

  it('are listed under what started them, and summed up in a row that leads to the blocked one', async () => {
    const panel = await show(await watch(OFFICE, 1.75), { state: { process: '1' }, still: true });
    const chosen = panel.page.getByRole('combobox', { name: 'Inspected process' });
    assert.deepEqual(await texts(chosen.getByRole('option')), [
      'office.py · pid 4127',
      '↳ courier.py · pid 4129',
      '↳ courier.py · pid 4128 · blocked',
    ]);
    const row = panel.page.getByRole('region', { name: 'All processes' });
    assert.deepEqual(await texts(row.locator('> *')), [
      'All processes',
      '3 live',
      '8 tasks',
      'longest lag 16 ms',
      'blocked now: courier.py · pid 4128',
    ]);
    await row.getByRole('button').click();
    await panel.page.getByText('Blocked for').first().waitFor();
    assert.deepEqual(await verdict(panel), [
      'Blocked for 380 ms by time.sleep',
      'Sleeping · 2 tasks wait meanwhile. Use await asyncio.sleep(…) instead.',
    ]);
    assert.equal(await chosen.inputValue(), '2');
  });

  it('that were suspended are silent, and nothing can be said of their loop', async () => {
    const panel = await show(await watch(OFFICE, 3), { state: { process: '3' }, still: true });
    assert.deepEqual(await verdict(panel), [
      'No sign of life for 1.4 s',
      'The process is suspended, or C code holds the interpreter lock and is named as soon as it lets go',
    ]);
    assert.equal(await panel.page.locator('.loop .state').innerText(), 'silent');
  });

  it('that were killed have lost their connection, and are shown as they were last seen', async () => {
    const panel = await show(await watch(OFFICE, 4.2), { state: { process: '3' } });
    assert.deepEqual(await texts(panel.page.locator('.footer p')), [
      'The connection to the program was lost. This is how it was last seen.',
    ]);
    assert.equal(await panel.page.locator('.loop .state').innerText(), 'closed');
    const [title] = await verdict(panel);
    assert.equal(title, 'Nothing held the loop');
    assert.deepEqual((await row(panel, 'door-2')).slice(0, 4), ['door-2', 'waiting', 'sleep 0.1 s', '0 ms']);
    assert.equal(await panel.page.getByRole('button', { name: 'Start Recording …' }).count(), 0);
    const totals = panel.page.getByRole('region', { name: 'All processes' });
    assert.equal((await texts(totals.locator('> *')))[1], '2 live');
  });

  it('that did more than is kept say how much was dropped', async () => {
    const panel = await show(await watch(['mailing'], 2), { state: { view: 'findings' } });
    assert.deepEqual(await texts(panel.page.locator('.footer .dropped')), ['dropped 4,000 events']);
    const [title] = await verdict(panel);
    assert.equal(
      title,
      'The coroutine send is made here and never awaited: nothing of it runs. In all, 1000 such coroutines were never ' +
        'awaited.',
    );
  });
});

describe('a recorded bakery', () => {
  it('has been busy for as much of the last second as its dough took', async () => {
    const panel = await show(await play('bakery', 5), { still: true });
    const figure = panel.page.locator('.figure').filter({ hasText: 'busy' });
    assert.deepEqual(await texts(figure), ['busy 21 %']);
    assert.match((await figure.getAttribute('title')) ?? '', /its thread used of the processor/u);
  });

  it('has its ovens with what is in them and what waits for them', async () => {
    const panel = await show(await play('bakery', 1.2), { state: { view: 'executors' }, still: true });
    const ovens = panel.page.getByRole('region', { name: 'ThreadPoolExecutor oven' });
    assert.deepEqual(await texts(ovens.locator('.executor-figures p')), [
      '2 of 2 busy · 3 queued',
      'queue wait 109 µs · run – · 0 of 5 done',
    ]);
    const jobs = ovens.getByRole('grid', { name: 'Jobs of ThreadPoolExecutor oven', exact: true });
    assert.deepEqual(
      await tableRows(jobs),
      ['oven_0', 'oven_1', 'queued', 'queued', 'queued'].map((worker) => [
        worker,
        'bake',
        '1.1 s',
        'bakery.py:30',
        'Task-1',
      ]),
    );
  });

  it('has the backlog of the last minute, and how its loaves ended', async () => {
    const panel = await show(await play('bakery', 10.55), { state: { view: 'executors' }, still: true });
    const ovens = panel.page.getByRole('region', { name: 'ThreadPoolExecutor oven' });
    // It has been there for ten seconds.
    assert.deepEqual((await tableRows(ovens.locator('.backlog-chart'))).slice(-3), [
      ['30 s ago', '–', '–'],
      ['20 s ago', '2', '3'],
      ['10 s ago', '2', '3'],
    ]);
    assert.deepEqual(await texts(ovens.locator('.executor-figures p')), [
      '1 of 2 busy',
      'queue wait 7.6 ms · run 1.5 s · 4 of 6 done · 1 failed · 1 cancelled',
    ]);
    await ovens.getByText('Ended last').click();
    const ended = ovens.getByRole('grid', { name: 'Jobs of ThreadPoolExecutor oven that ended last' });
    await ended.waitFor();
    assert.deepEqual(await tableRows(ended), [
      ['done', 'bake', '1.5 s', 'bakery.py:30', '7 s ago'],
      ['cancelled', 'bake', '–', 'bakery.py:30', '7 s ago'],
      ['done', 'bake', '1.5 s', 'bakery.py:30', '7 s ago'],
      ['done', 'bake', '1.5 s', 'bakery.py:30', '9 s ago'],
      ['failed with ValueError', 'bake', '1.5 s', 'bakery.py:30', '9 s ago'],
    ]);
  });
});
