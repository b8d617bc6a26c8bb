/** The look of the panel, in pictures that people accepted. */
import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { blockFingerprint, momentOf } from '../../extension/model';
import { aFinding, aTask, anUpdate } from '../../extension/model/testing';
import type { ViewName } from '../../extension/protocol/webview-messages';
import { Mutes } from '../../extension/mutes';
import type { PanelOptions, PanelPage } from './harness';
import { nothing, show } from './pages';
import { differenceFrom } from './pictures';
import { play, watch, type Played } from './recordings';
import { blockedService, heldService, NOW_NS, service, serviceExecutors } from './scenes';

const HEIGHT = 560;

/** Opens a scene whose clock stands still, lets somebody do something in it, and compares its picture. */
async function look(
  name: string,
  scene: Played,
  options: Omit<PanelOptions, 'state'> & { readonly view?: ViewName },
  prepare: (panel: PanelPage) => Promise<unknown> = () => Promise.resolve(),
): Promise<void> {
  const { view, ...rest } = options;
  const state = view === undefined ? {} : { state: { view } };
  const panel = await show(scene, { height: HEIGHT, ...rest, ...state, still: true, reducedMotion: true });
  await prepare(panel);
  await panel.flush();
  assert.equal(await differenceFrom(panel.page, name), null);
}

describe('pictures', () => {
  it('of Now while the loop is blocked, dark', () =>
    look('now-blocked-dark', blockedService(), { view: 'now', width: 1200 }));

  it('of Now while the loop is held, light and narrow', () =>
    look('now-held-light-narrow', heldService(), { view: 'now', width: 400, theme: 'light-modern' }));

  it('of the timeline with the details of a task, dark', () =>
    look('timeline-dark', blockedService(), { view: 'timeline', width: 1200 }, async (panel) => {
      await panel.page.getByRole('button', { name: 'refresh-prices-7' }).click();
      await panel.page.locator('.details .stack li').nth(2).waitFor();
    }));

  it('of the tasks, grouped, in high contrast', () =>
    look('tasks-high-contrast', service(), { view: 'tasks', width: 900, theme: 'hc-dark' }, async (panel) => {
      await panel.page.getByRole('combobox', { name: 'Group by' }).selectOption('coroutine');
      await panel.page.locator('.badge').first().waitFor();
    }));

  it('of the tasks at trace, with what was found about them, dark', async () => {
    const scene = service({ findings: true, hello: { level: 'trace' } });
    const stuck = aFinding(9, { rule: 'stuck', severity: 'error', evidence: { task: 'queue-worker-0' } });
    const step = { delay_ns: 0, max_delay_ns: 0, longest_ns: 0, longest_at_ns: 0, longest_site: null, since_ns: 0 };
    const tell = (seconds: number): void => {
      // One that never rests, one that works every fifth second, one that does nothing.
      const busySeconds = [seconds, Math.floor(seconds / 5), 0];
      const steps = busySeconds.map((busy, index) => ({
        ...step,
        task: 6 + index,
        steps: seconds,
        busy_ns: busy * 1e9,
        last_ns: NOW_NS + seconds * 1e9 - 1,
      }));
      scene.clock.now = 1_000_000 + seconds * 1000;
      const update = { time_ns: NOW_NS + seconds * 1e9, steps, findings: [stuck] };
      scene.model.update(anUpdate(2 + seconds, update), scene.clock.now);
    };
    tell(0);
    await look('tasks-trace-dark', scene, { view: 'tasks', width: 1200 }, async (panel) => {
      await panel.flush();
      for (let seconds = 1; seconds <= 25; seconds++) {
        tell(seconds);
        await panel.flush();
      }
    });
  });

  it('of the graph of a recorded deadlock, light', async () => {
    const options = { view: 'graph', width: 900, theme: 'light-modern' } as const;
    await look('graph-deadlock-light', await play('transfers', 2.9), options);
  });

  it('of the tasks of a recorded program while its loop is blocked, dark', async () =>
    look('tasks-blocked-dark', await play('warehouse', 1.6), { view: 'tasks', width: 900 }));

  it('of the blocks of a recorded program that has ended, light and narrow', async () => {
    const options = { view: 'blocks', width: 400, theme: 'light-modern' } as const;
    await look('blocks-ended-light-narrow', await play('warehouse', Infinity), options);
  });

  it('of recorded processes of which one is blocked, dark', async () => {
    const processes = await watch(['office', 'courier-1', 'courier-2'], 1.75);
    const choose = (panel: PanelPage): Promise<unknown> =>
      panel.page.getByRole('combobox', { name: 'Inspected process' }).selectOption('2');
    await look('now-processes-dark', processes, { view: 'now', width: 1200 }, choose);
  });

  it('of a recorded process that is silent, in high contrast and narrow', async () => {
    const options = { view: 'now', width: 400, theme: 'hc-dark' } as const;
    await look('now-silent-high-contrast-narrow', await watch(['courier-2'], 2), options);
  });

  it('of a recorded process that was killed, light', async () => {
    const options = { view: 'now', width: 900, theme: 'light-modern' } as const;
    await look('now-lost-light', await watch(['courier-2'], 4), options);
  });

  it('of the findings of a recorded program that dropped events, in light high contrast', async () => {
    const options = { view: 'findings', width: 900, theme: 'hc-light' } as const;
    await look('findings-dropped-high-contrast-light', await play('mailing', Infinity), options);
  });

  it('of the blocks, with one that is muted and one that can be fixed, dark', async () => {
    const scene = service({ blocks: true });
    const mutes = new Mutes({ get: () => undefined, update: () => undefined });
    const [, second] = scene.model.blocks();
    assert.ok(second);
    mutes.mute(blockFingerprint(second), 'renders once at start');
    const titleFor = (): string => 'Run requests.get in a thread';
    const fixes = { revision: 1, titleFor, subscribe: () => () => undefined };
    const surroundings = { mutes, fixes };
    await look('blocks-dark', scene, { view: 'blocks', width: 900, surroundings }, (panel) =>
      panel.page.getByRole('button', { name: '1 muted' }).click(),
    );
  });

  it('of the executors and their backlog, in light high contrast', () => {
    const scene = service();
    const [pool] = serviceExecutors();
    assert.ok(pool);
    // Fills up, is worked off, and fills up again.
    for (let second = 1; second <= 45; second++) {
      const queued = second < 20 ? second : second < 30 ? 0 : second - 22;
      const executors = [{ ...pool, queued, busy: queued > 0 ? 6 : 4 }];
      scene.clock.now = 1_000_000 + second * 1000;
      scene.model.update(anUpdate(1 + second, { time_ns: NOW_NS + second * 1e9, executors }), scene.clock.now);
    }
    return look('executors-high-contrast-light', scene, { view: 'executors', width: 900, theme: 'hc-light' });
  });

  it('of the findings and what changed, light', async () => {
    const scene = service({ findings: true });
    const baseline = momentOf(scene.model, scene.clock.now);
    scene.clock.now += 12_000;
    const tasks = [501, 502].map((id) => aTask(id, { coroutine: 'upload' }));
    const sites = [{ site: 6, created: 400, alive: 246 }];
    scene.model.update(anUpdate(2, { time_ns: NOW_NS + 12e9, tasks, task_sites: sites }), scene.clock.now);
    const surroundings = { baseline: () => baseline };
    await look('findings-light', scene, { view: 'findings', width: 900, theme: 'light-modern', surroundings });
  });

  it('of a window in which nothing was started, dark and narrow', () =>
    look('waiting-dark-narrow', nothing(), { width: 400 }));
});
