/** What the tests of the panel share: pages that are closed after each test and may not have reported an error. */
import assert from 'node:assert/strict';
import type { Browser, Locator } from 'playwright-core';
import { Sessions } from '../../extension/model';
import type { PanelOptions } from './harness';
import { launchBrowser, PanelPage } from './harness';
import type { Played } from './recordings';
import type { Scene } from './scenes';

let browser: Browser;
const open: PanelPage[] = [];

/** Opens the panel on a scene and lets it draw. */
export async function show(scene: Played, options: PanelOptions = {}): Promise<PanelPage> {
  const panel = await PanelPage.open(browser, scene.sessions, scene.clock, options);
  open.push(panel);
  await panel.flush();
  return panel;
}

/** A window in which nothing has been started. */
export function nothing(): Pick<Scene, 'sessions' | 'clock'> {
  return { sessions: new Sessions(), clock: { now: 1000 } };
}

/** What elements say, with blanks as one. */
export function texts(locator: Locator): Promise<string[]> {
  return locator.allInnerTexts().then((all) => all.map((text) => text.replace(/\s+/g, ' ').trim()));
}

/** What the cells of a task's row say. */
export async function row(panel: PanelPage, name: string): Promise<string[]> {
  return texts(panel.page.getByRole('row').filter({ hasText: name }).getByRole('gridcell'));
}

before(async function () {
  this.timeout(60_000);
  browser = await launchBrowser();
});
after(() => browser.close());
afterEach(async () => {
  const errors = open.flatMap((panel) => panel.errors);
  await Promise.all(open.splice(0).map((panel) => panel.close()));
  assert.deepEqual(errors, [], 'the page reported errors');
});
