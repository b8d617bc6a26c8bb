/**
 * What an hour of a busy program leaves in the page: what the panel would be sent of the updates of `busyHour.ts` is
 * handed to the page as fast as it draws, in every view for ten minutes. Run with `npx tsx test/bench/hour-page.mts`;
 * prints the memory of the page's scripts after a collection, and of the processes for pages, as it goes; exits 1 when the
 * bound is missed.
 */
import { existsSync, readFileSync } from 'node:fs';
import type { Browser, CDPSession } from 'playwright-core';
import { Sessions } from '../../extension/model';
import { aHello } from '../../extension/model/testing';
import type { ToWebview, ViewName } from '../../extension/protocol/webview-messages';
import { launchBrowser, PanelPage } from '../webview/harness';
import { busyHour, UPDATES } from './busyHour';

const MOST_MB = 150;
/** The page is told once a second of the session, not ten times: drawing all of them would take most of an hour. */
const EVERY = 10;
/** Messages handed over at once: ten seconds of the session. */
const TOGETHER = 10;
const VIEWS: readonly ViewName[] = ['now', 'timeline', 'tasks', 'blocks', 'findings', 'timeline'];

async function usedMb(tools: CDPSession): Promise<number> {
  await tools.send('HeapProfiler.collectGarbage');
  const { metrics } = await tools.send('Performance.getMetrics');
  return (metrics.find(({ name }) => name === 'JSHeapUsedSize')?.value ?? 0) / 1e6;
}

/**
 * What each process for pages keeps in memory for itself alone, in MB, the largest first. The panel's is one of them; the
 * browser keeps others ready.
 */
async function residentMb(browser: Browser): Promise<readonly number[]> {
  const tools = await browser.newBrowserCDPSession();
  const { processInfo } = await tools.send('SystemInfo.getProcessInfo');
  await tools.detach();
  const kilobytes = processInfo.flatMap(({ type, id }) => {
    const status = `/proc/${String(id)}/status`;
    if (type !== 'renderer' || !existsSync(status)) return [];
    return Number(/^RssAnon:\s+(\d+) kB$/mu.exec(readFileSync(status, 'utf8'))?.[1]);
  });
  return kilobytes.map((each) => each / 1e3).sort((a, b) => b - a);
}

const browser = await launchBrowser();
let most = 0;
let mostResident = 0;
try {
  const sessions = new Sessions();
  const clock = { now: 0 };
  const model = sessions.add(aHello({ level: 'trace' }), { awaitStack: () => Promise.resolve([]) }, clock.now);
  const panel = await PanelPage.open(browser, sessions, clock, { width: 1200 });
  const tools = await panel.page.context().newCDPSession(panel.page);
  await tools.send('Performance.enable');
  let batch: ToWebview[] = [];
  for (const update of busyHour()) {
    clock.now = update.time_ns / 1e6;
    model.update(update, clock.now);
    const number = update.seq - 1;
    if (number % EVERY !== 0) continue;
    const message = panel.nextUpdate();
    if (message !== null) batch.push(message);
    if (number % (EVERY * TOGETHER) === 0) {
      // As one text: what is handed over as objects is taken apart and put together again one by one.
      await panel.page.evaluate(async (messages) => {
        for (const each of JSON.parse(messages) as unknown[]) {
          const taken = new Promise((resolve) => window.addEventListener('message', resolve, { once: true }));
          window.postMessage(each);
          await taken;
        }
        await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
      }, JSON.stringify(batch));
      batch = [];
      // What the harness keeps for tests is not the page's.
      panel.sent.length = 0;
    }
    const part = UPDATES / VIEWS.length;
    if (number % part !== 0) continue;
    const used = await usedMb(tools);
    most = Math.max(most, used);
    const minutes = String(Math.round(update.time_ns / 60e9)).padStart(3);
    const resident = await residentMb(browser);
    mostResident = Math.max(mostResident, ...resident);
    const each = resident.map((mb) => mb.toFixed(0)).join(', ');
    console.log(`${minutes} min: ${used.toFixed(1)} MB used by scripts; processes with ${each} MB`);
    const view = VIEWS[number / part];
    if (view === undefined) continue;
    await panel.page.locator(`#tab-${view}`).click();
  }
  if (panel.errors.length > 0) throw new Error(panel.errors.join('\n'));
} finally {
  await browser.close();
}
for (const [name, value] of [
  ['memory of the scripts', most],
  ['memory of the process', mostResident],
] as const) {
  console.log(`${name}: ${value.toFixed(1)} MB (at most ${String(MOST_MB)}: ${value <= MOST_MB ? 'yes' : 'NO'})`);
}
process.exitCode = Math.max(most, mostResident) <= MOST_MB ? 0 : 1;
