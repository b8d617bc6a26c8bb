/** When a line held the loop, over the session: drawn and in words. */
import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { aBlock, anUpdate } from '../../extension/model/testing';
import type { PanelPage } from './harness';
import { show, texts } from './pages';
import { NOW_NS, service, type Scene } from './scenes';

/** Tells of the `count`th hold, of 300 ms, `seconds` after the start of the scene. */
function hold(scene: Scene, seq: number, count: number, seconds: number): void {
  const timeNs = NOW_NS + seconds * 1e9;
  scene.clock.now = 1_000_000 + seconds * 1000;
  const block = { count, total_ns: count * 0.3e9, last_ns: 0.3e9, last_at_ns: timeNs - 0.4e9 };
  scene.model.update(anUpdate(seq, { time_ns: timeNs, blocks: [aBlock(5, block)] }), scene.clock.now);
}

/** Where the bars of the first row begin, counted in stretches of the session, and how high they are. */
async function bars(panel: PanelPage): Promise<(readonly [stretch: number, height: number])[]> {
  const d = (await panel.page.locator('.trend path').first().getAttribute('d')) ?? '';
  return [...d.matchAll(/M(\d+) 16v-([\d.]+)/gu)].map(([, stretch, height]) => [Number(stretch), Number(height)]);
}

describe('the trend of a line', () => {
  it('is drawn over the session, the worst stretch highest, and told in words', async () => {
    const scene = service();
    const panel = await show(scene, { state: { view: 'blocks' }, width: 1200, still: true });
    hold(scene, 2, 1, 10);
    hold(scene, 3, 3, 40);
    await panel.flush();
    await panel.page.locator('.trend').waitFor();
    // 174 s in stretches of 4 s: the holds began 143.6 s and 173.6 s after the start.
    assert.deepEqual(await bars(panel), [
      [35, 8],
      [43, 16],
    ]);
    assert.deepEqual(await texts(panel.page.locator('td.c-trend')), [
      '2:08 to 2:40: 1 ×, 300 ms held; 2:40 to 2:56: 2 ×, 600 ms held',
    ]);
  });

  it('grows while it is looked at, and is sent only then', async () => {
    const scene = service();
    hold(scene, 2, 1, 1);
    const panel = await show(scene, { state: { view: 'now' }, still: true });
    const sent = (): number =>
      panel.sent.filter((message) => message.type === 'update' && message.sections.trends !== undefined).length;
    assert.equal(sent(), 0);
    await panel.page.locator('#tab-blocks').click();
    await panel.page.locator('.trend').waitFor({ state: 'attached' });
    assert.equal(sent(), 1);
    hold(scene, 3, 2, 20);
    await panel.flush();
    assert.equal((await bars(panel)).length, 2);
  });
});
