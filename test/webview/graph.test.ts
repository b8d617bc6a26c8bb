/** How the graph is drawn, in real Chromium. */
import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { aTask, anUpdate } from '../../extension/model/testing';
import type { PanelPage } from './harness';
import { show } from './pages';
import { play, type Played } from './recordings';
import { NOW_NS, service } from './scenes';

/** Three tasks of which the first waits for both others, and the second for the third. */
function chained(): Played {
  const scene = service({ sessions: 0 });
  const waiting = (id: number, name: string, tasks: readonly number[]) =>
    aTask(id, {
      name,
      coroutine: name,
      wait: {
        kind: 'gather',
        label: name,
        since_ns: 0,
        object: null,
        until_ns: null,
        tasks: [...tasks],
        executor: null,
      },
    });
  const tasks = [waiting(1, 'publish', [2, 3]), waiting(2, 'check', [3]), aTask(3, { name: 'collect' })];
  scene.model.update(anUpdate(2, { time_ns: NOW_NS, snapshot: true, tasks }), scene.clock.now);
  return scene;
}

/** What each edge goes behind between its ends, by the words of the nodes. */
async function hiddenEdges(panel: PanelPage): Promise<string[][]> {
  await panel.page.locator('.graph-edge').first().waitFor({ state: 'attached' });
  return panel.page.evaluate(() => {
    const nodes = [...document.querySelectorAll<SVGGElement>('.graph-node')].map((node) => ({
      words: (node.querySelector('text')?.textContent ?? '').trim(),
      box: (node.querySelector('rect') ?? node).getBoundingClientRect(),
    }));
    return [...document.querySelectorAll<SVGPathElement>('.graph-edge')].map((edge) => {
      const matrix = edge.getScreenCTM();
      const found = new Set<string>();
      // A line that ends at a border may lie a pixel in it.
      for (let along = 0; along < edge.getTotalLength(); along += 2) {
        const { x, y } = edge.getPointAtLength(along).matrixTransform(matrix ?? undefined);
        for (const { words, box } of nodes) {
          if (x > box.left + 2 && x < box.right - 2 && y > box.top + 2 && y < box.bottom - 2) found.add(words);
        }
      }
      return [...found];
    });
  });
}

describe('an edge of the graph', () => {
  for (const [of, scene, edges] of [
    ['a recorded deadlock', () => play('transfers', 2.9), 7],
    ['tasks of which one waits for the others', () => Promise.resolve(chained()), 3],
  ] as const) {
    it(`of ${of} goes behind no node`, async () => {
      const panel = await show(await scene(), { state: { view: 'graph' }, still: true });
      assert.deepEqual(
        await hiddenEdges(panel),
        Array.from({ length: edges }, () => []),
      );
    });
  }
});
