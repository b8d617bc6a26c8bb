/** The other views, the keyboard and the page itself, in real Chromium, over the real model. */
import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { aTask, anUpdate } from '../../extension/model/testing';
import { ENGLISH } from '../../extension/protocol/webview-texts';
import { show, texts } from './pages';
import { deadlock, NOW_NS, service } from './scenes';

describe('tasks', () => {
  it('filters, counts and explains a filter it cannot read', async () => {
    const panel = await show(service(), { state: { view: 'tasks' } });
    const filter = panel.page.getByRole('combobox', { name: 'Filter tasks' });
    await filter.fill('on:lock');
    await panel.page.getByText('2 of 14').waitFor();
    assert.deepEqual(await texts(panel.page.locator('.c-name[role=gridcell]')), [
      'refresh-prices-7',
      'refresh-prices-9',
    ]);
    await filter.fill('state:asleep');
    await panel.page.locator('.filter[aria-invalid=true]').waitFor();
    assert.match(await panel.page.locator('.toolbar-count').innerText(), /asleep/);
  });

  it('completes the word of a filter that is being typed', async () => {
    const panel = await show(service(), { state: { view: 'tasks' } });
    const words = (): Promise<string[]> =>
      panel.page
        .locator('#filter-words option')
        .evaluateAll((options) => options.map((option) => option.getAttribute('value') ?? ''));
    const filter = panel.page.getByRole('combobox', { name: 'Filter tasks' });
    await filter.fill('state:wait');
    await panel.page.locator('#filter-words option[value="state:waiting"]').waitFor({ state: 'attached' });
    assert.deepEqual(await words(), ['state:waiting']);
    await filter.fill('name:worker -on:lo');
    await panel.page.locator('#filter-words option[value="name:worker -on:lock"]').waitFor({ state: 'attached' });
    assert.deepEqual(await words(), ['name:worker -on:lock']);
  });

  it('sorts by a column, and the other way round', async () => {
    const panel = await show(service({ sessions: 0 }), { state: { view: 'tasks' } });
    const header = panel.page.getByRole('columnheader', { name: 'Name' });
    await header.getByRole('button').click();
    await panel.page.locator('[aria-sort=ascending]').waitFor();
    const ascending = await texts(panel.page.locator('.c-name[role=gridcell]'));
    assert.deepEqual(ascending.slice(0, 2), ['heartbeat', 'main']);
    await header.getByRole('button').click();
    await panel.page.locator('.c-name[aria-sort=descending]').waitFor();
    await panel.flush();
    assert.deepEqual(await texts(panel.page.locator('.c-name[role=gridcell]')), ascending.reverse());
  });

  it('groups by creation site and opens a group', async () => {
    const panel = await show(service(), { state: { view: 'tasks', grouping: 'created' } });
    const group = panel.page.getByRole('row', { expanded: false }).filter({ hasText: 'sessions.py:140' });
    assert.deepEqual(await texts(group), ['SessionManager.open sessions.py:140 6']);
    await group.locator('.badge').click();
    await panel.page.getByRole('row', { expanded: true }).waitFor();
    assert.equal((await texts(panel.page.locator('.c-name[role=gridcell]'))).length, 6);
  });

  it('is a tree-grid for the keyboard: arrows move, Enter goes to source, space opens the details', async () => {
    const panel = await show(service(), { state: { view: 'tasks' } });
    const grid = panel.page.getByRole('treegrid');
    await grid.focus();
    for (const key of ['ArrowDown', 'ArrowDown', 'ArrowDown', 'ArrowDown']) await panel.page.keyboard.press(key);
    const active = await grid.getAttribute('aria-activedescendant');
    assert.equal(active, 'row-4');
    assert.match(await panel.page.locator('#row-4').innerText(), /^refresh-prices-7/);
    await panel.page.keyboard.press('Enter');
    assert.equal((await panel.next('open')).site, 2);
    await panel.page.keyboard.press(' ');
    const details = panel.page.getByRole('complementary', { name: 'Task details' });
    await details.getByText('pricing.py:74').waitFor();
    assert.deepEqual(await texts(details.locator('.chain li')), ['refresh-prices-2 job fetch_rates on asyncio_3']);
    await grid.focus();
    await panel.page.keyboard.press('Escape');
    await details.waitFor({ state: 'detached' });
  });

  it('shows the last of many tasks without having asked for all', async () => {
    const scene = service();
    const tasks = Array.from({ length: 20_000 }, (_, index) =>
      aTask(1000 + index, { name: `bulk-${String(index).padStart(5, '0')}` }),
    );
    scene.model.update(anUpdate(2, { time_ns: NOW_NS, tasks }), scene.clock.now);
    const panel = await show(scene, { state: { view: 'tasks', sort: 'name', descending: true } });
    await panel.page.getByRole('treegrid').focus();
    await panel.page.keyboard.press('End');
    await panel.page.locator('#row-20013').waitFor();
    await panel.flush();
    assert.match(await panel.page.locator('#row-20013').innerText(), /^bulk-00000/);
    const rows = panel.sent.flatMap((message) =>
      message.type === 'update' ? [message.sections.tasks?.rows.length ?? 0] : [],
    );
    assert.ok(Math.max(...rows) <= 400, String(rows));
  });
});

describe('blocks, graph, timeline, findings', () => {
  it('lists blocking places with their stack and their flame', async () => {
    const panel = await show(service({ blocks: true }), { state: { view: 'blocks' }, width: 1600, still: true });
    const cells = await texts(panel.page.locator('tbody tr').first().locator('td'));
    assert.deepEqual(cells.slice(0, 9), [
      'pricing.py:88 fetch_rates',
      'requests.get',
      'waiting for input or output',
      '17',
      '3.9 s',
      '412 ms',
      '2:00 to 2:16: 1 ×, 300 ms held; 16 holds came before anybody looked and are not drawn',
      '40 tasks',
      'refresh-prices-2',
    ]);
    assert.deepEqual(await texts(panel.page.locator('.stack li')), [
      'Runner.run runners.py:118',
      'main app.py:77',
      'refresh pricing.py:61',
      'fetch_rates pricing.py:88',
    ]);
    assert.deepEqual((await texts(panel.page.locator('.flame button'))).slice(0, 3), ['Runner.run', 'main', 'refresh']);
    await panel.page.locator('tbody tr').first().focus();
    await panel.page.keyboard.press('ArrowDown');
    await panel.page.keyboard.press('Enter');
    assert.equal((await panel.next('open')).site, 9);
  });

  it('copies the blocks as Markdown in which the program cannot write markup', async () => {
    const panel = await show(service({ blocks: true }), { state: { view: 'blocks' } });
    await panel.page.getByRole('button', { name: 'Copy as Markdown' }).click();
    const lines = (await panel.next('copy')).text.split('\n');
    assert.equal(lines[0], 'api.py · Python 3.12.1 · threshold 100 ms');
    assert.equal(
      lines[4],
      '| pricing.py:88 fetch\\_rates | requests.get | waiting for input or output | 17 | 3.9 s | 412 ms | 40 |',
    );
  });

  it('draws a deadlock as a ring and opens a task of it', async () => {
    const panel = await show(deadlock(), { state: { view: 'graph' } });
    assert.equal(await panel.page.getByText('These tasks wait for one another').count(), 1);
    assert.equal(await panel.page.locator('.graph-node.in-cycle').count(), 4);
    const edges = await texts(panel.page.locator('.graph tbody tr'));
    assert.ok(edges.includes('transfer-a Lock accounts[1]'), edges.join('; '));
    assert.ok(edges.includes('Lock accounts[1] transfer-b'), edges.join('; '));
    await panel.page.getByRole('button', { name: 'transfer-a Lock accounts[1]' }).press('Enter');
    await panel.page.getByText('The chain comes back to a task already in it.').waitFor();
  });

  it('tells what happened in the shown part of the timeline, the block first', async () => {
    const panel = await show(service({ blocks: true }), { state: { view: 'timeline' } });
    const first = await texts(panel.page.locator('.timeline tbody tr').first().locator('td'));
    assert.deepEqual(first.slice(0, 3), ['requests.get', 'MainThread', '300 ms']);
    assert.deepEqual((await texts(panel.page.locator('.lane-names li'))).slice(0, 4), [
      'LOOPS',
      'MainThread',
      'TASKS',
      'main',
    ]);
  });

  it('selects a range of the timeline with the mouse', async () => {
    const panel = await show(service({ blocks: true }), { state: { view: 'timeline' } });
    const box = await panel.page.locator('.timeline canvas').boundingBox();
    assert.ok(box !== null);
    await panel.page.mouse.move(box.x + 40, box.y + 40);
    await panel.page.mouse.down();
    await panel.page.mouse.move(box.x + 240, box.y + 40, { steps: 4 });
    await panel.page.mouse.up();
    await panel.page.locator('.timeline-summary').waitFor();
    assert.match(await panel.page.locator('.timeline-summary .toolbar-note').innerText(), /^In [\d.]+ s selected$/);
  });

  it('zooms, pans and selects in the timeline by the keyboard, and follows what is live until it is moved', async () => {
    const panel = await show(service({ blocks: true }), { state: { view: 'timeline' }, still: true });
    const width = panel.page.locator('.timeline > .toolbar .dim');
    const isPressed = (pressed: boolean): Promise<void> =>
      panel.page.locator(`[aria-label="Follow Live"][aria-pressed=${String(pressed)}]`).waitFor();
    await panel.page.locator('.timeline canvas').focus();
    await isPressed(true);
    await panel.page.keyboard.press('+');
    await width.filter({ hasText: /^14 s$/u }).waitFor();
    await isPressed(true);
    await panel.page.keyboard.press('ArrowLeft');
    await isPressed(false);
    await panel.page.keyboard.press('End');
    await isPressed(true);
    await panel.page.keyboard.press('Shift+ArrowRight');
    const selected = panel.page.locator('.timeline-summary .toolbar-note');
    await selected.filter({ hasText: /^In 1\.4 s selected$/u }).waitFor();
    await panel.page.keyboard.press('Shift+ArrowLeft');
    await selected.filter({ hasText: /^In 2\.1 s selected$/u }).waitFor();
    await panel.page.keyboard.press('Escape');
    await selected.waitFor({ state: 'detached' });
  });

  it('zooms in the timeline with the wheel while Ctrl is held, and else leaves it to the page', async () => {
    const panel = await show(service({ blocks: true }), { state: { view: 'timeline' }, still: true });
    const width = panel.page.locator('.timeline > .toolbar .dim');
    await panel.page.locator('.timeline canvas').hover({ position: { x: 300, y: 30 } });
    await panel.page.evaluate(`addEventListener('wheel', (event) => { window.usedWheel = event.defaultPrevented; })`);
    await panel.page.mouse.wheel(0, -100);
    await panel.page.waitForFunction('window.usedWheel === false');
    assert.equal(await width.innerText(), '20 s');
    await panel.page.keyboard.down('Control');
    await panel.page.mouse.wheel(0, -400);
    // A factor of 1.0025 for each pixel.
    await width.filter({ hasText: /^7\.3 s$/u }).waitFor();
  });

  it('lists findings with their evidence, the worst first', async () => {
    const panel = await show(service({ findings: true }), { state: { view: 'findings' } });
    assert.deepEqual(await texts(panel.page.locator('.findings h2')), [
      'never-retrieved',
      'executor-saturated',
      'task-leak',
    ]);
    assert.deepEqual(await texts(panel.page.locator('.finding').nth(1).locator('.evidence div')), [
      'max workers 6',
      'queued 23',
      'queue wait p50 ms 310',
    ]);
  });
});

describe('the page', () => {
  it('shows what the program calls itself as text, never as markup', async () => {
    const scene = service();
    const name = '<img src=x onerror="document.title=1"><b>bold</b>';
    scene.model.update(
      anUpdate(2, { time_ns: NOW_NS, tasks: [aTask(900, { name, coroutine: '<i>x</i>' })] }),
      scene.clock.now,
    );
    const panel = await show(scene);
    assert.equal(await panel.page.getByRole('gridcell', { name, exact: true }).innerText(), name);
    assert.equal(await panel.page.locator('.grid img, .grid b, .grid i:not([class])').count(), 0);
    assert.equal(await panel.page.title(), 'Loopscope');
  });

  it('moves between tabs with the arrow keys and keeps the tab over a reload', async () => {
    const panel = await show(service());
    await panel.page.getByRole('tab', { name: 'Now' }).focus();
    await panel.page.keyboard.press('End');
    assert.equal(await panel.page.getByRole('tab', { selected: true }).innerText(), 'Findings');
    await panel.page.keyboard.press('ArrowRight');
    assert.equal(await panel.page.getByRole('tab', { selected: true }).innerText(), 'Now');
    const again = await show(service(), { state: { view: 'blocks' } });
    assert.equal(await again.page.getByRole('tab', { selected: true }).innerText(), 'Blocks');
  });

  it('is sent only what the open view needs', async () => {
    const panel = await show(service({ blocks: true }), { state: { view: 'blocks' } });
    const names = new Set(
      panel.sent.flatMap((message) => (message.type === 'update' ? Object.keys(message.sections) : [])),
    );
    assert.deepEqual([...names].sort(), ['blocks', 'details', 'overview', 'processes', 'trends', 'waiting']);
  });

  it('speaks the language the host sends', async () => {
    const panel = await show(service());
    await panel.send({
      type: 'settings',
      texts: { ...ENGLISH, 'tab.blocks': 'Blockaden', 'verdict.fine': 'Alles gut' },
      locale: 'de',
      columns: null,
    });
    await panel.flush();
    await panel.page.getByRole('tab', { name: 'Tasks' }).click();
    assert.equal(await panel.page.getByRole('tab', { name: 'Blockaden' }).count(), 1);
    assert.equal(await panel.page.locator('.verdict strong').innerText(), 'Alles gut');
  });
});
