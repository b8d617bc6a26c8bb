/** What a row of the task table says beyond the task's own state: what was found about it, and how much it ran. */
import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { findingFingerprint, type ProcessModel } from '../../extension/model';
import { aFinding, aTask, anUpdate } from '../../extension/model/testing';
import { Mutes } from '../../extension/mutes';
import type { UpdateMessage } from '../../extension/protocol/webview-messages';
import type { TaskSteps } from '../../extension/protocol/generated/types';
import type { PanelPage } from './harness';
import { row, show, texts } from './pages';
import { NOW_NS, service, type Scene } from './scenes';

/** One that names a task, worse than the one that is of the line which created it. */
const STUCK = aFinding(9, {
  rule: 'stuck',
  severity: 'error',
  site: 11,
  message: 'Task queue-worker-0 has waited here for 41 s on a Queue that nothing else in the program refers to.',
  evidence: { task: 'queue-worker-0' },
});

function found(): Scene {
  const scene = service({ findings: true });
  scene.model.update(anUpdate(2, { time_ns: NOW_NS, findings: [STUCK] }), scene.clock.now);
  return scene;
}

/** Names of the tasks whose row has a badge, and what that says. */
async function badges(panel: PanelPage): Promise<string[]> {
  const rows = panel.page.locator('.grid-row.task').filter({ has: panel.page.locator('.finding-badge') });
  const all = await rows.evaluateAll((elements) =>
    elements.map((element) => {
      const badge = element.querySelector('.finding-badge');
      return `${element.querySelector('.ellipsis')?.textContent ?? ''} | ${badge?.getAttribute('aria-label') ?? ''}`;
    }),
  );
  return all.sort();
}

describe('the badge of a task', () => {
  it('says what was found about it and why it is about it, and goes there', async () => {
    const panel = await show(found(), { state: { view: 'tasks', filter: 'name:queue-worker' } });
    await panel.page.locator('.finding-badge').nth(1).waitFor();
    const leak =
      'Tasks created here are never awaited and their number grows. (task-leak, on the line that created it)';
    assert.deepEqual(await badges(panel), [
      `queue-worker-0 | 2 findings: ${STUCK.message} (stuck, by its name) ${leak}`,
      `queue-worker-1 | 1 finding: ${leak}`,
    ]);
    await panel.page.getByRole('button', { name: '2 findings' }).click();
    const finding = panel.page.locator('.finding:focus');
    await finding.waitFor();
    assert.match(await finding.innerText(), /Task queue-worker-0 has waited here/u);
    assert.equal(await panel.page.getByRole('complementary', { name: 'Task details' }).count(), 0);
  });

  it('tells tasks of one name apart, and the way back from the finding to its task', async () => {
    const scene = service();
    const twins = [901, 902].map((id) => aTask(id, { name: 'twin' }));
    const findings = [{ ...STUCK, site: null, evidence: { task: 'twin' }, tasks: [902] }];
    scene.model.update(anUpdate(2, { time_ns: NOW_NS, tasks: twins, findings }), scene.clock.now);
    const panel = await show(scene, { state: { view: 'tasks', filter: 'name:twin', sort: 'id', descending: false } });
    const rows = panel.page.locator('.grid-row.task');
    await rows.nth(1).waitFor();
    assert.equal(await rows.first().locator('.finding-badge').count(), 0);
    const badge = rows.nth(1).locator('.finding-badge');
    assert.equal(await badge.getAttribute('aria-label'), `1 finding: ${STUCK.message} (stuck, about this task)`);
    await badge.click();
    await panel.page.locator('.finding').getByRole('button', { name: 'twin' }).click();
    await panel.page.getByRole('complementary', { name: 'Task details' }).getByText('about this task').waitFor();
  });

  it('is there for the keyboard among the details, one sentence each', async () => {
    const panel = await show(found(), { state: { view: 'tasks', filter: 'name:queue-worker-0' }, width: 1200 });
    await panel.page.getByRole('treegrid').focus();
    await panel.page.keyboard.press(' ');
    const list = panel.page.locator('.task-findings li');
    await list.nth(1).waitFor();
    assert.deepEqual(await texts(list), [
      `${STUCK.message} stuck, by its name`,
      'Tasks created here are never awaited and their number grows. task-leak, on the line that created it',
    ]);
    await panel.page.locator('.task-findings').getByRole('button', { name: 'task-leak' }).focus();
    await panel.page.keyboard.press('Enter');
    await panel.page.locator('.finding:focus').getByText('their number grows').waitFor();
  });

  it('follows what is found while the table is on the screen', async () => {
    const scene = service();
    const panel = await show(scene, { state: { view: 'tasks' } });
    assert.deepEqual(await badges(panel), []);
    scene.model.update(anUpdate(2, { time_ns: NOW_NS, findings: [STUCK] }), scene.clock.now);
    await panel.flush();
    assert.equal((await badges(panel)).length, 1);
  });

  it('leaves out what is muted', async () => {
    const scene = found();
    const mutes = new Mutes({ get: () => undefined, update: () => undefined });
    for (const finding of scene.model.findings()) {
      if (finding.rule === 'task-leak') mutes.mute(findingFingerprint(finding), 'by design');
    }
    const options = { state: { view: 'tasks', filter: 'name:queue-worker' }, surroundings: { mutes } } as const;
    const panel = await show(scene, options);
    await panel.page.locator('.finding-badge').first().waitFor();
    assert.deepEqual(await badges(panel), [`queue-worker-0 | 1 finding: ${STUCK.message} (stuck, by its name)`]);
  });
});

/** The steps of tasks 8 (which runs half of the time) and 7 (which does not) at a moment after the scene's. */
function totals(seconds: number): TaskSteps[] {
  const base = { delay_ns: 0, max_delay_ns: 0, longest_ns: 1e6, longest_at_ns: 0, longest_site: null, since_ns: 0 };
  const at = NOW_NS + seconds * 1e9;
  return [
    { ...base, task: 8, steps: 100 + seconds * 20, busy_ns: 5e9 + seconds * 0.5e9, last_ns: at - 1e6 },
    { ...base, task: 7, steps: 3, busy_ns: 1e6, last_ns: 60e9 },
  ];
}

function tell(model: ProcessModel, scene: Scene, seq: number, seconds: number): void {
  scene.clock.now = 1_000_000 + seconds * 1000;
  model.update(
    anUpdate(seq, { time_ns: NOW_NS + seconds * 1e9, level: 'trace', steps: totals(seconds) }),
    scene.clock.now,
  );
}

/** Heights of the bars of a row, oldest first. */
function bars(panel: PanelPage, task: string): Promise<string[]> {
  const path = panel.page.locator('.grid-row').filter({ hasText: task }).locator('.spark path');
  return path.getAttribute('d').then((d) => [...(d ?? '').matchAll(/v-([\d.]+)/gu)].map(([, height = '']) => height));
}

describe('the steps of a task', () => {
  it('are drawn second by second from when they were looked at, and said in words', async () => {
    const scene = service({ hello: { level: 'trace' } });
    tell(scene.model, scene, 2, 0);
    const panel = await show(scene, { state: { view: 'tasks' }, width: 1200, still: true });
    for (let second = 1; second <= 4; second++) {
      tell(scene.model, scene, 2 + second, second);
      await panel.flush();
    }
    assert.equal((await row(panel, 'heartbeat'))[3], '80 steps, 2.0 s running in the last 5 s');
    assert.equal((await row(panel, 'queue-worker-1'))[3], '0 steps, 0 ms running in the last 5 s');
    // Half of each second, as a square root of 16 pixels; the fifth has only begun.
    assert.deepEqual(await bars(panel, 'heartbeat'), ['11', '11', '11', '11', '0.5']);
    assert.deepEqual(await bars(panel, 'queue-worker-1'), ['0.5', '0.5', '0.5', '0.5', '0.5']);
  });

  it('are sent for the rows on the screen only, and begin anew after another view', async () => {
    const scene = service({ hello: { level: 'trace' } });
    tell(scene.model, scene, 2, 0);
    const panel = await show(scene, { state: { view: 'tasks', filter: 'name:heartbeat' }, width: 1200, still: true });
    const sent = (): (readonly number[])[] =>
      panel.sent.flatMap((message) =>
        message.type === 'update' && message.sections.stepTotals ? [message.sections.stepTotals.task] : [],
      );
    assert.deepEqual(sent(), [[8]]);
    tell(scene.model, scene, 3, 1);
    await panel.flush();
    assert.deepEqual(sent(), [[8], [8]]);
    await panel.page.locator('#tab-blocks').click();
    await panel.page.getByText('Nothing has held the loop').waitFor();
    tell(scene.model, scene, 4, 20);
    await panel.flush();
    assert.equal(sent().length, 2);
    await panel.page.locator('#tab-tasks').click();
    await panel.page.locator('.spark').waitFor();
    const last = panel.sent.findLast(
      (message): message is UpdateMessage => message.type === 'update' && message.sections.stepTotals !== undefined,
    );
    assert.equal(last?.sections.stepTotals?.reset, true);
    assert.equal((await row(panel, 'heartbeat'))[3], '0 steps, 0 ms running in the last 1 s');
  });

  it('are drawn in a recording as far as its reader knows them', async () => {
    const scene = service({ hello: { level: 'trace' } });
    const shares = [...Array.from({ length: 28 }, () => null), 0.25, 0];
    const replay = { fromNs: 0, toNs: NOW_NS, atNs: NOW_NS, seeking: false, blocks: [], problem: null };
    const surroundings = {
      replay: () => replay,
      recordedSteps: () => [{ task: 8, shares, steps: 7, busyNs: 0.25e9, seconds: 2 }],
    };
    const panel = await show(scene, { state: { view: 'tasks' }, width: 1200, still: true, surroundings });
    assert.equal((await row(panel, 'heartbeat'))[3], '7 steps, 250 ms running in the last 2 s');
    assert.deepEqual(await bars(panel, 'heartbeat'), ['8', '0.5']);
    assert.equal((await row(panel, 'queue-worker-1'))[3], '');
  });

  it('are not made up at watch: the table says so', async () => {
    const scene = service();
    const panel = await show(scene, { state: { view: 'tasks' }, width: 1200 });
    await panel.page.getByText('Steps are counted at trace only.').waitFor();
    assert.equal(await panel.page.getByRole('columnheader', { name: 'Steps' }).count(), 0);
    tell(scene.model, scene, 2, 1);
    await panel.flush();
    await panel.page.getByRole('columnheader', { name: 'Steps' }).waitFor();
    assert.equal(await panel.page.getByText('Steps are counted at trace only.').count(), 0);
  });
});
