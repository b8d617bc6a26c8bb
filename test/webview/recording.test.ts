/** Recording a program, looking at a recording, several processes at once, and what goes into a bug report. */
import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { Page } from 'playwright-core';
import type { RecordingState, Replay } from '../../extension/protocol/webview-messages';
import { nothing, show, texts } from './pages';
import { blockedService, deadlock, NOW_NS, service } from './scenes';

const RECORDING: RecordingState = { process: '1', title: 'api.py', file: '/app/a.loopscope', fromNs: NOW_NS - 72e9 };
const REPLAY: Replay = {
  fromNs: 4e9,
  toNs: NOW_NS,
  atNs: NOW_NS,
  seeking: false,
  blocks: [
    { atNs: 60e9, durationNs: 0.13e9 },
    { atNs: 88e9, durationNs: 0.14e9 },
    { atNs: 131.2e9, durationNs: 0.3e9 },
  ],
  problem: null,
};

describe('recording from the panel', () => {
  it('is begun with a button that the keyboard reaches', async () => {
    const panel = await show(service());
    const button = panel.page.getByRole('button', { name: 'Start Recording …' });
    await button.focus();
    await panel.page.keyboard.press('Enter');
    assert.deepEqual(await panel.next('command'), { type: 'command', command: 'start-recording' });
  });

  it('says for how long it has gone on, and is ended with a button', async () => {
    const surroundings = { recording: (): RecordingState | null => RECORDING };
    const panel = await show(service(), { surroundings });
    const state = panel.page.locator('.recording');
    assert.match((await texts(state)).join(), /^Recording for 1:1[2-9]$/);
    assert.equal(await state.getAttribute('title'), '/app/a.loopscope');
    assert.equal(await panel.page.getByRole('button', { name: 'Start Recording …' }).count(), 0);
    await panel.page.getByRole('button', { name: 'Stop Recording' }).click();
    assert.deepEqual(await panel.next('command'), { type: 'command', command: 'stop-recording' });
    surroundings.recording = () => null;
    await panel.flush();
    await panel.page.getByRole('button', { name: 'Start Recording …' }).waitFor();
    assert.equal(await state.count(), 0);
  });

  it('of another process is named, not timed', async () => {
    const surroundings = { recording: () => ({ ...RECORDING, process: '7', title: 'worker.py' }) };
    const panel = await show(service(), { surroundings });
    assert.deepEqual(await texts(panel.page.locator('.recording')), ['Recording worker.py']);
  });

  it('cannot be begun when the program has ended', async () => {
    const scene = service();
    scene.model.bye({ type: 'bye', reason: 'exit', time_ns: NOW_NS }, scene.clock.now);
    const panel = await show(scene);
    assert.equal(await panel.page.getByRole('button', { name: 'Start Recording …' }).count(), 0);
  });
});

describe('a recording', () => {
  it('has its moments on a scrubber that the keyboard moves', async () => {
    const panel = await show(service({ blocks: true }), { surroundings: { replay: () => REPLAY } });
    const scrubber = panel.page.getByRole('slider', { name: 'Moment of the recording' });
    assert.equal(await scrubber.getAttribute('aria-valuetext'), '2:10.0 of 2:10.0');
    await scrubber.focus();
    await panel.page.keyboard.press('Home');
    assert.deepEqual(await panel.next('seek'), { type: 'seek', timeNs: 4e9 });
    assert.equal(await scrubber.getAttribute('aria-valuetext'), '0:00.0 of 2:10.0');
    await panel.page.keyboard.press('ArrowRight');
    assert.deepEqual(await panel.next('seek'), { type: 'seek', timeNs: 4.26e9 });
    await panel.page.keyboard.press('PageUp');
    assert.deepEqual(await panel.next('seek'), { type: 'seek', timeNs: 6.86e9 });
    const box = await scrubber.boundingBox();
    assert.ok(box);
    await panel.page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
    const { timeNs } = await panel.next('seek');
    assert.ok(Math.abs(timeNs - 69e9) < 1e9, `${String(timeNs)} ns in the middle`);
    await panel.page.keyboard.press('End');
    assert.deepEqual(await panel.next('seek'), { type: 'seek', timeNs: NOW_NS });
  });

  it('leads from block to block', async () => {
    const panel = await show(service({ blocks: true }), { surroundings: { replay: () => REPLAY } });
    const earlier = panel.page.getByRole('button', { name: 'Earlier Block' });
    await earlier.click();
    assert.deepEqual(await panel.next('seek'), { type: 'seek', timeNs: 131.5e9 });
    await earlier.click();
    assert.deepEqual(await panel.next('seek'), { type: 'seek', timeNs: 88.14e9 });
    await panel.page.getByRole('button', { name: 'Later Block' }).click();
    assert.deepEqual(await panel.next('seek'), { type: 'seek', timeNs: 131.5e9 });
    assert.equal(await panel.page.getByRole('button', { name: 'Later Block' }).isDisabled(), true);
  });

  it('stands still: what was seen then does not grow older', async () => {
    const panel = await show(blockedService(), { surroundings: { replay: () => REPLAY } });
    const title = panel.page.locator('.verdict strong');
    const before = await title.innerText();
    assert.match(before, /^Blocked for 412 ms/);
    assert.ok(panel.sent.every((message) => message.type !== 'update' || !message.ticking));
    assert.equal(await panel.page.getByRole('button', { name: 'Start Recording …' }).count(), 0);
  });

  it('says at which byte it breaks off', async () => {
    const problem = 'The recording breaks off at byte 4711; it is shown up to its last whole frame.';
    const panel = await show(service(), { surroundings: { replay: () => ({ ...REPLAY, problem }) } });
    assert.deepEqual(await texts(panel.page.getByRole('status').filter({ hasText: 'byte' })), [problem]);
  });

  it('is exported with buttons, to a trace and to a report', async () => {
    const panel = await show(service(), { surroundings: { replay: () => REPLAY } });
    await panel.page.getByRole('button', { name: 'Export to Perfetto …' }).click();
    assert.deepEqual(await panel.next('command'), { type: 'command', command: 'export' });
    await panel.page.getByRole('button', { name: 'Export Report …' }).press('Enter');
    assert.deepEqual(await panel.next('command'), { type: 'command', command: 'report' });
  });

  it('that is none says why, and how to make one', async () => {
    const detail = 'Byte 4: unknown frame kind 111; this is not a Loopscope stream.';
    const panel = await show(nothing(), { surroundings: { waiting: () => ({ reason: 'bad-recording', detail }) } });
    const page = panel.page.locator('.waiting');
    assert.equal(await page.getByRole('heading').innerText(), 'This file cannot be shown as a recording');
    assert.deepEqual(await texts(page.locator('p').first()), [detail]);
    assert.deepEqual(await texts(page.locator('code')), ['python -m loopscope run --record app.loopscope app.py']);
  });

  it('keeps still for who asked for less motion', async () => {
    const waiting = () => ({ reason: 'reading-recording', detail: 'a.loopscope' }) as const;
    for (const [reducedMotion, expected] of [
      [true, ['none']],
      [false, ['turn']],
    ] as const) {
      const panel = await show(nothing(), { surroundings: { waiting }, reducedMotion });
      assert.deepEqual(await animations(panel.page, '.waiting > .codicon'), expected);
      const recording = await show(service(), { surroundings: { recording: () => RECORDING }, reducedMotion });
      const [dot] = await animations(recording.page, '.recording-dot');
      assert.equal(dot, reducedMotion ? 'none' : 'recording');
    }
  });
});

describe('several processes', () => {
  it('have no row while there is but one', async () => {
    const panel = await show(service());
    assert.equal(await panel.page.getByRole('region', { name: 'All processes' }).count(), 0);
  });
});

describe('Markdown for a bug report', () => {
  it('holds the findings with their evidence', async () => {
    const panel = await show(service({ findings: true }), { state: { view: 'findings' } });
    await panel.page.getByRole('button', { name: 'Copy as Markdown' }).click();
    const { text } = await panel.next('copy');
    const lines = text.split('\n');
    assert.equal(lines[0], 'api.py · Python 3.12.1 · threshold 100 ms');
    assert.equal(lines[2], '| Rule | Line | What is wrong | Times | Evidence |');
    assert.equal(
      lines[4],
      '| never-retrieved | sessions.py:140 | The exception of task ws-session-88 was never retrieved: ConnectionResetError. | 2 | task ws-session-88 |',
    );
  });

  it('holds the tasks on the screen', async () => {
    const panel = await show(service(), {
      state: { view: 'tasks', filter: 'on:lock', sort: 'name', descending: false },
    });
    await panel.page.getByRole('button', { name: 'Copy Shown Tasks as Markdown' }).click();
    const { text } = await panel.next('copy');
    const rows = text.split('\n').slice(2, -1);
    assert.equal(rows[0], '| Name | Coroutine | State | Waiting on | For | Created at |');
    assert.match(rows[2] ?? '', /^\| refresh-prices-7 \| refresh \| waiting \| Lock \| \d s \| app\.py:34 \|$/);
    assert.equal(rows.length, 4);
  });

  it('holds one task with its await stack and what it finally waits for', async () => {
    const panel = await show(deadlock(), { state: { view: 'tasks' }, width: 1200 });
    await panel.page.getByRole('gridcell', { name: 'transfer-a' }).first().click();
    await panel.page.locator('.stack').first().waitFor();
    await panel.page.getByRole('button', { name: 'Copy Task as Markdown' }).click();
    const { text } = await panel.next('copy');
    assert.match(text, /^\*\*transfer-a\*\* · transfer · waiting for 34 s$/m);
    assert.match(text, /^Awaits:\n1\. fetch\\_rates pricing\.py:88\n2\. refresh pricing\.py:61\n/m);
    assert.match(text, /^Ends in:\n1\. .*transfer-b /m);
    assert.match(text, /The chain comes back to a task already in it\./);
  });
});

/** Names of the animations that run on an element. */
function animations(page: Page, selector: string): Promise<string[]> {
  return page.locator(selector).evaluateAll((found) => found.map((element) => getComputedStyle(element).animationName));
}
