/** Every view in every theme, looked at by axe. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import { after, before, describe, it } from 'mocha';
import type { Browser } from 'playwright-core';
import { blockFingerprint, findingFingerprint, momentOf, Sessions } from '../../extension/model';
import { aHello } from '../../extension/model/testing';
import { Mutes } from '../../extension/mutes';
import { VIEWS } from '../../extension/protocol/webview-messages';
import { launchBrowser, PanelPage, THEMES } from './harness';
import { blockedService, deadlock, heldService, NOW_NS, service } from './scenes';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
let browser: Browser;

before(async function () {
  this.timeout(60_000);
  browser = await launchBrowser();
});
after(() => browser.close());
afterEach(() => Promise.all(browser.contexts().map((context) => context.close())));

/** What axe objects to, a line for each element. */
async function violations(panel: PanelPage): Promise<string[]> {
  await panel.page.evaluate(axe);
  const results = await panel.page.evaluate<AxeResults>('axe.run()');
  return results.violations.flatMap((violation) =>
    violation.nodes.map((node) => `${violation.id}: ${node.html.slice(0, 120)} ${node.any[0]?.message ?? ''}`),
  );
}

for (const theme of THEMES) {
  describe(`axe finds nothing wrong in ${theme}`, () => {
    for (const view of VIEWS) {
      it(`in ${view}, with the details open`, async () => {
        const traced = { blocks: true, findings: true, hello: { level: 'trace' } } as const;
        const scene = view === 'graph' ? deadlock() : view === 'tasks' ? service(traced) : blockedService();
        const panel = await PanelPage.open(browser, scene.sessions, scene.clock, {
          theme,
          state: { view: 'tasks' },
          width: 1200,
        });
        await panel.page.locator('.c-name[role=gridcell]').first().click();
        await panel.page.getByRole('complementary', { name: 'Task details' }).waitFor();
        await panel.page.locator(`#tab-${view}`).click();
        await panel.flush();
        assert.deepEqual(await violations(panel), []);
      });
    }

    it('in the menu of columns', async () => {
      const scene = service();
      const options = { theme, width: 900, state: { view: 'tasks' }, columns: ['name', 'waiting'] } as const;
      const panel = await PanelPage.open(browser, scene.sessions, scene.clock, options);
      await panel.page.getByRole('button', { name: 'Columns' }).click();
      await panel.page.getByRole('group', { name: 'Columns' }).waitFor();
      assert.deepEqual(await violations(panel), []);
    });

    it('in the table grouped, and at 400 pixels', async () => {
      const scene = blockedService();
      const state = { view: 'tasks', grouping: 'coroutine' } as const;
      const panel = await PanelPage.open(browser, scene.sessions, scene.clock, { theme, state, width: 400 });
      await panel.page.locator('.badge').first().click();
      await panel.page.getByRole('row', { expanded: true }).waitFor();
      assert.deepEqual(await violations(panel), []);
    });

    it('in a recording that breaks off, among several processes, while one is recorded', async () => {
      const scene = blockedService();
      const port = { awaitStack: () => Promise.resolve([]) };
      scene.sessions.add(aHello(), port, scene.clock.now);
      const blocks = [{ atNs: 88e9, durationNs: 0.14e9 }];
      const problem = 'The recording breaks off at byte 4711.';
      const replay = { fromNs: 0, toNs: NOW_NS, atNs: 90e9, seeking: false, blocks, problem };
      const recording = { process: '1', title: 'api.py', file: '/app/a.loopscope', fromNs: 0 };
      for (const surroundings of [{ replay: () => replay }, { recording: () => recording }]) {
        const panel = await PanelPage.open(browser, scene.sessions, scene.clock, {
          theme,
          width: 1200,
          surroundings,
          state: { process: '1' },
        });
        await panel.page.locator('.scrubber, .recording').waitFor();
        assert.deepEqual(await violations(panel), []);
      }
    });

    it('while the loop is held, and with a question open', async () => {
      const scene = heldService();
      const panel = await PanelPage.open(browser, scene.sessions, scene.clock, { theme, width: 1200 });
      await panel.page.getByRole('button', { name: 'Resume' }).waitFor();
      assert.deepEqual(await violations(panel), []);
      await panel.page.locator('.c-name[role=gridcell]').first().click();
      await panel.page.getByRole('button', { name: 'Cancel Task …' }).click();
      await panel.page.getByRole('dialog').waitFor();
      assert.deepEqual(await violations(panel), []);
    });

    it('with what is muted shown, fixes, and what changed', async () => {
      const scene = service({ blocks: true, findings: true });
      const mutes = new Mutes({ get: () => undefined, update: () => undefined });
      for (const block of scene.model.blocks().slice(1)) mutes.mute(blockFingerprint(block), 'known');
      for (const finding of scene.model.findings().slice(1)) mutes.mute(findingFingerprint(finding), 'known');
      const titleFor = (): string => 'Run it in a thread';
      const surroundings = {
        mutes,
        fixes: { revision: 0, titleFor, subscribe: () => () => undefined },
        baseline: () => momentOf(service().model, scene.clock.now),
      };
      for (const view of ['blocks', 'findings'] as const) {
        const options = { theme, width: 900, surroundings, state: { view } };
        const panel = await PanelPage.open(browser, scene.sessions, scene.clock, options);
        await panel.page.getByRole('button', { name: '2 muted' }).click();
        assert.deepEqual(await violations(panel), []);
      }
    });

    it('with no program', async () => {
      const panel = await PanelPage.open(browser, new Sessions(), { now: 1000 }, { theme });
      await panel.page.getByRole('heading').waitFor();
      assert.deepEqual(await violations(panel), []);
    });
  });
}
