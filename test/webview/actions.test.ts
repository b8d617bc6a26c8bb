/** What a person can do from the panel: hold and resume, cancel, fix, mute; in real Chromium, over the real model. */
import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { blockFingerprint, findingFingerprint } from '../../extension/model';
import { aFinding, aLoop, anUpdate } from '../../extension/model/testing';
import { Mutes } from '../../extension/mutes';
import type { PlaceFixes } from '../../extension/views/panel-remarks';
import type { PanelPage } from './harness';
import { show, texts } from './pages';
import { DEBUGGER_COMMANDS, heldService, NOW_NS, service } from './scenes';

const WITH_DEBUGGER = { hello: { commands: DEBUGGER_COMMANDS } } as const;

/** A linter that knows what to do about `pricing.py:88`. */
const FIXES: PlaceFixes = {
  revision: 1,
  titleFor: (_process, hold) => (hold.site?.id === 1 ? 'Run requests.get in a thread' : null),
  subscribe: () => () => undefined,
};

function noMutes(): Mutes {
  return new Mutes({ get: () => undefined, update: () => undefined });
}

function button(panel: PanelPage, name: string | RegExp): ReturnType<PanelPage['page']['getByRole']> {
  return panel.page.getByRole('button', { name, exact: true });
}

describe('holding the loop', () => {
  it('is asked for in the header, and ended there or beside the sentence that says so', async () => {
    const scene = service(WITH_DEBUGGER);
    const panel = await show(scene);
    await button(panel, 'Hold the Loop …').click();
    const question = panel.page.getByRole('dialog', { name: 'Hold the loop of api.py?' });
    await question.getByText('Nothing of the program runs until you resume it.').waitFor();
    await panel.page.keyboard.press('Escape');
    await question.waitFor({ state: 'detached' });
    await button(panel, 'Hold the Loop …').click();
    await question.getByRole('button', { name: 'Leave It Alone' }).click();
    await question.waitFor({ state: 'detached' });
    assert.equal(panel.received.filter(({ type }) => type === 'act').length, 0);
    await button(panel, 'Hold the Loop …').click();
    await panel.page.keyboard.press('Enter');
    assert.deepEqual(await panel.next('act'), { type: 'act', process: '1', action: { kind: 'hold' } });

    scene.model.update(anUpdate(2, { time_ns: NOW_NS, loops: [aLoop(1, { state: 'held' })] }), scene.clock.now);
    await panel.flush();
    assert.deepEqual(await texts(panel.page.locator('.verdict strong')), ['The loop is held']);
    assert.deepEqual(await texts(panel.page.locator('.loop .state')), ['held']);
    await button(panel, 'Resume').click();
    assert.deepEqual((await panel.next('act')).action, { kind: 'resume' });
    await button(panel, 'Let the Loop Run On').click();
    assert.deepEqual((await panel.next('act')).action, { kind: 'resume' });

    scene.model.update(anUpdate(3, { time_ns: NOW_NS, loops: [aLoop(1)] }), scene.clock.now);
    await panel.flush();
    assert.equal(await button(panel, 'Resume').count(), 0);
    assert.deepEqual(await texts(panel.page.locator('.verdict strong')), ['Nothing holds the loop']);
  });

  it('says how many of several loops are held', async () => {
    const scene = heldService();
    scene.model.update(anUpdate(2, { time_ns: NOW_NS, loops: [aLoop(2, { thread: 'other' })] }), scene.clock.now);
    const panel = await show(scene);
    assert.deepEqual(await texts(panel.page.locator('.verdict strong')), ['1 of 2 loops are held']);
  });

  it('is not offered where the runtime has no debugger, in a recording, and after the end', async () => {
    const without = await show(service());
    assert.equal(await button(without, 'Hold the Loop …').count(), 0);
    const replay = { fromNs: 0, toNs: NOW_NS, atNs: NOW_NS, seeking: false, blocks: [], problem: null };
    const recorded = await show(service(WITH_DEBUGGER), { surroundings: { replay: () => replay } });
    assert.equal(await button(recorded, 'Hold the Loop …').count(), 0);
    const scene = service(WITH_DEBUGGER);
    scene.model.bye({ type: 'bye', time_ns: NOW_NS, reason: 'exit' }, scene.clock.now);
    const ended = await show(scene);
    assert.equal(await button(ended, 'Hold the Loop …').count(), 0);
  });
});

describe('cancelling a task', () => {
  it('is asked for in its details, and not of one that has ended', async () => {
    const scene = service(WITH_DEBUGGER);
    const panel = await show(scene, { state: { view: 'tasks' }, width: 1200 });
    await panel.page.getByRole('gridcell', { name: 'heartbeat', exact: true }).first().click();
    await button(panel, 'Cancel Task …').click();
    const question = panel.page.getByRole('dialog', { name: 'Cancel the task heartbeat?' });
    await question.getByText('CancelledError is raised in it where it waits: sleep 5.0 s.').waitFor();
    await question.getByRole('button', { name: 'Cancel the Task' }).click();
    assert.deepEqual(await panel.next('act'), {
      type: 'act',
      process: '1',
      action: { kind: 'cancel-task', task: 8 },
    });
    const task = scene.model.snapshot().tasks?.find(({ id }) => id === 8);
    assert.ok(task);
    const update = anUpdate(2, { time_ns: NOW_NS, tasks: [{ ...task, state: 'cancelled', wait: null }] });
    scene.model.update(update, scene.clock.now);
    await panel.flush();
    await panel.page.getByText('This task has ended.').waitFor();
    assert.equal(await button(panel, 'Cancel Task …').count(), 0);
  });
});

describe('the variables of a task', () => {
  it('are shown on demand while its loop is held, frame by frame', async () => {
    const scene = heldService();
    const panel = await show(scene, { state: { view: 'tasks' }, width: 1200 });
    await panel.page.getByRole('gridcell', { name: 'heartbeat', exact: true }).first().click();
    await panel.page.getByText('A loop that is held does not say; the frames are under its variables.').waitFor();
    await button(panel, 'Show Variables').click();
    const frame = panel.page.getByRole('region', { name: 'Variables of refresh' });
    await frame.waitFor();
    assert.deepEqual(await texts(frame.locator('dl > div')), ["currency 'EUR'", 'rates {…} 3 items']);
    assert.equal(await frame.getByText('4 more are not listed.').count(), 1);
    const outer = panel.page.getByRole('region', { name: 'Variables of main' });
    assert.equal(await outer.getByText('There are no variables.').count(), 1);

    scene.model.update(anUpdate(2, { time_ns: NOW_NS, loops: [aLoop(1)] }), scene.clock.now);
    await panel.flush();
    await frame.waitFor({ state: 'detached' });
    assert.equal(await button(panel, 'Show Variables').count(), 0);
  });
});

describe('the fix the linter has', () => {
  it('is offered where the block is, and first of all beside what is wrong first', async () => {
    const panel = await show(service({ blocks: true }), {
      state: { view: 'blocks' },
      width: 1200,
      surroundings: { fixes: FIXES },
    });
    const fix = button(panel, 'Run requests.get in a thread');
    assert.equal(await fix.count(), 2);
    await panel.page.locator('.verdict').getByRole('button', { name: 'Run requests.get in a thread' }).click();
    assert.deepEqual(await panel.next('fix'), { type: 'fix', process: '1', site: 1 });
    await panel.page.locator('.row-actions').getByRole('button', { name: 'Run requests.get in a thread' }).click();
    assert.equal((await panel.next('fix')).site, 1);
    await panel.page.getByRole('row').filter({ hasText: 'report.py:23' }).click();
    await panel.page.locator('.stack').getByText('report.py:23').waitFor();
    assert.equal(await fix.count(), 1);
  });

  it('comes when the linter has looked, and goes when the line was mended', async () => {
    let title: string | null = null;
    const fixes = { revision: 0, titleFor: () => title, subscribe: () => () => undefined };
    const panel = await show(service({ blocks: true }), { surroundings: { fixes } });
    assert.equal(await panel.page.locator('.fix').count(), 0);
    title = 'Await asyncio.sleep';
    fixes.revision++;
    await panel.flush();
    assert.deepEqual(await texts(panel.page.locator('.fix')), ['Await asyncio.sleep']);
    title = null;
    fixes.revision++;
    await panel.flush();
    assert.equal(await panel.page.locator('.fix').count(), 0);
  });
});

describe('muting', () => {
  it('takes a block out of the tables, the count and the verdict, and shows it on demand with its reason', async () => {
    const scene = service({ blocks: true });
    const mutes = noMutes();
    const panel = await show(scene, { state: { view: 'blocks' }, width: 1200, surroundings: { mutes } });
    assert.match((await texts(panel.page.locator('.verdict strong'))).join(), /^requests\.get held/);
    await button(panel, 'Mute …').click();
    assert.deepEqual(await panel.next('mute'), { type: 'mute', process: '1', what: 'block', id: 1 });

    const [worst] = scene.model.blocks();
    assert.ok(worst);
    mutes.mute(blockFingerprint(worst), 'runs once at start');
    await panel.flush();
    const lines = panel.page.locator('tbody tr td:first-child');
    assert.deepEqual(await texts(lines), ['report.py:23 render_report', 'no line of the program']);
    assert.deepEqual(await texts(panel.page.getByRole('tab', { name: 'Blocks' })), ['Blocks 2']);
    assert.match((await texts(panel.page.locator('.verdict strong'))).join(), /^json\.dumps held/);

    await button(panel, '1 muted').click();
    assert.equal((await texts(lines)).length, 3);
    await panel.page.getByRole('row').filter({ hasText: 'pricing.py:88' }).click();
    await panel.page.getByText('Muted: runs once at start').waitFor();
    await button(panel, 'Unmute').click();
    assert.deepEqual(await panel.next('unmute'), { type: 'unmute', process: '1', what: 'block', id: 1 });
  });

  it('says that what held the loop is muted, and mutes what says the same of the place', async () => {
    const scene = service({ blocks: true });
    const findings = [aFinding(9, { rule: 'blocking', site: 1 }), aFinding(10, { rule: 'blocking', site: 3 })];
    scene.model.update(anUpdate(2, { time_ns: NOW_NS, findings }), scene.clock.now);
    const mutes = noMutes();
    for (const block of scene.model.blocks()) mutes.mute(blockFingerprint(block), 'known');
    const panel = await show(scene, { state: { view: 'findings' }, surroundings: { mutes } });
    assert.deepEqual(await texts(panel.page.locator('.verdict-facts')), [
      'The 3 places that held it are muted · longest lag so far 412 ms',
    ]);
    assert.deepEqual(await texts(panel.page.locator('.finding .place')), ['app.py:52']);
    assert.deepEqual(await texts(panel.page.getByRole('tab', { name: 'Findings' })), ['Findings 1']);
  });

  it('leaves what goes on right now where it is seen first', async () => {
    const scene = service({
      blocks: true,
      loop: {
        state: 'blocked',
        block: {
          started_ns: NOW_NS - 1e9,
          duration_ns: 1e9,
          site: 1,
          callee: 'requests.get',
          cause: 'io',
          task: 3,
          victims: 1,
          stack: [1],
        },
      },
    });
    const mutes = noMutes();
    for (const block of scene.model.blocks()) mutes.mute(blockFingerprint(block), 'known');
    const panel = await show(scene, { surroundings: { mutes } });
    assert.match((await texts(panel.page.locator('.verdict strong'))).join(), /^Blocked for .* by requests\.get$/);
  });

  it('takes a finding out of the list, and says so when nothing is left', async () => {
    const scene = service({ findings: true });
    const mutes = noMutes();
    const panel = await show(scene, { state: { view: 'findings' }, surroundings: { mutes } });
    await panel.page.locator('.finding').nth(1).getByRole('button', { name: 'Mute …' }).click();
    const { what, id } = await panel.next('mute');
    assert.deepEqual({ what, id }, { what: 'finding', id: 1 });
    for (const finding of scene.model.findings()) mutes.mute(findingFingerprint(finding), 'accepted');
    await panel.flush();
    await panel.page.getByText('All that was found is muted.').waitFor();
    assert.equal(await panel.page.locator('.finding').count(), 0);
    assert.deepEqual(await texts(panel.page.locator('.verdict strong')), ['Nothing holds the loop']);
    await button(panel, '3 muted').click();
    assert.equal(await panel.page.getByText('Muted: accepted').count(), 3);
  });
});

describe('the level', () => {
  it('is switched in the header, and shown as what the program does', async () => {
    const panel = await show(service({ hello: { commands: [...DEBUGGER_COMMANDS, 'set-level'] } }));
    const level = panel.page.getByRole('combobox', { name: 'Level' });
    assert.equal(await level.inputValue(), 'watch');
    await level.selectOption('trace');
    assert.deepEqual((await panel.next('act')).action, { kind: 'set-level', level: 'trace' });
    assert.equal(await level.inputValue(), 'watch');
  });

  it('is only told where the runtime does not let itself be switched', async () => {
    const panel = await show(service());
    assert.equal(await panel.page.getByRole('combobox', { name: 'Level' }).count(), 0);
    assert.equal(await panel.page.locator('.process').getByText('watch', { exact: true }).count(), 1);
  });
});
