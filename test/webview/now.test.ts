/** The first view and the designed states, in real Chromium, over the real model. */
import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { aLoop, anUpdate } from '../../extension/model/testing';
import { nothing, row, show, texts } from './pages';
import { blockedService, NOW_NS, service, serviceTasks } from './scenes';

describe('Now', () => {
  it('says what holds the loop while it holds it: line, callee, cause, victims, what to do', async () => {
    const panel = await show(blockedService());
    const verdict = panel.page.getByRole('region', { name: 'What is wrong first' });
    const [title] = await texts(verdict.locator('strong'));
    const held = /^Blocked for (\d+) ms by requests\.get$|^Blocked for [\d.]+ s by requests\.get$/.exec(title ?? '');
    assert.ok(held, title);
    assert.ok(held[1] === undefined || Number(held[1]) >= 412, title);
    const [facts] = await texts(verdict.locator('.verdict-facts'));
    assert.equal(
      facts,
      'Waiting for input or output · 40 tasks wait meanwhile. Await an asynchronous client, or move the call to a thread with asyncio.to_thread.',
    );
    assert.equal(await verdict.getByRole('button', { name: 'pricing.py:88' }).count(), 1);
    await verdict.getByRole('button', { name: 'Go to Line' }).click();
    assert.deepEqual(await panel.next('open'), { type: 'open', process: '1', site: 1 });
  });

  it('keeps the duration of a block going between updates', async () => {
    const panel = await show(blockedService());
    const title = panel.page.locator('.verdict strong');
    const first = await title.innerText();
    await panel.page.waitForFunction(
      (before) => document.querySelector('.verdict strong')?.textContent !== before,
      first,
    );
    assert.match(await title.innerText(), /^Blocked for /);
  });

  it('shows each loop with class, thread, state and figures', async () => {
    const panel = await show(service());
    const loop = panel.page.getByRole('article', { name: 'MainThread' });
    const [words] = await texts(loop.locator('.loop-words'));
    assert.equal(words, 'MainThread _UnixSelectorEventLoop idle');
    assert.deepEqual(await texts(loop.locator('.figure')), [
      'tasks 14',
      'ready 3',
      'timers 12',
      'median 100 µs',
      'p99 1.5 ms',
      'longest 3.0 ms',
      'busy –',
      'turns/s at trace',
      'callbacks/s at trace',
    ]);
  });

  for (const [measure, title] of [
    ['processor', /its thread used of the processor.* held the loop for 100 ms or more\. Shorter waits/u],
    ['callbacks', /the time that callbacks took, every one of them/u],
  ] as const) {
    it(`says how busy the loop was in the last second, measured by ${measure}, and of what that is a share`, async () => {
      const level = measure === 'callbacks' ? 'trace' : 'watch';
      const scene = service({ hello: { level } });
      const panel = await show(scene);
      const figure = panel.page.locator('.figure').filter({ hasText: 'busy' });
      const tell = async (seq: number, seconds: number, busyMs: number, state: 'idle' | 'held' = 'idle') => {
        const at_ns = NOW_NS + seconds * 1e9;
        const busy = { ns: busyMs * 1e6, at_ns, measure };
        scene.model.update(anUpdate(seq, { time_ns: at_ns, loops: [aLoop(1, { busy, state })] }), scene.clock.now);
        await panel.flush();
        return texts(figure);
      };
      assert.deepEqual(await tell(2, 0, 5000), ['busy –']);
      assert.deepEqual(await tell(3, 0.5, 5100), ['busy –']);
      assert.deepEqual(await tell(4, 1, 5370), ['busy 37 %']);
      assert.match((await figure.getAttribute('title')) ?? '', title);
      assert.deepEqual(await tell(5, 2, 5370), ['busy 0 %']);
      assert.deepEqual(await tell(6, 3, 6370), ['busy 100 %']);
      // A loop that does not run is neither busy nor idle.
      assert.deepEqual(await tell(7, 4, 6370, 'held'), ['busy –']);
    });
  }

  it('moves the lag chart and says the same in a table', async () => {
    const panel = await show(service({ blocks: true }));
    const cells = await texts(panel.page.locator('.lag-chart tbody tr').nth(8).locator('td'));
    assert.deepEqual(cells, ['20 s ago', '412 ms']);
    const pixels = (): Promise<string> =>
      panel.page.evaluate(() => document.querySelector('canvas')?.toDataURL() ?? '');
    const before = await pixels();
    await panel.page.waitForFunction((old) => document.querySelector('canvas')?.toDataURL() !== old, before);
  });

  it('shows each task with coroutine, wait, how long, and where it was created', async () => {
    const panel = await show(service(), { width: 1600 });
    const cells = await row(panel, 'refresh-prices-7');
    assert.deepEqual([...cells.slice(0, 4), cells[5]], ['refresh-prices-7', 'refresh', 'waiting', 'Lock', 'app.py:34']);
    assert.match(cells[4] ?? '', /^1\.[89] s$|^[2-9]\.\d s$/);
    assert.deepEqual((await row(panel, 'queue-worker-1')).slice(0, 4), ['queue-worker-1', 'work', 'running', '']);
    assert.equal(await panel.page.getByRole('treegrid').getAttribute('aria-rowcount'), '15');
  });

  it('changes the dot of a task with its state', async () => {
    const scene = service();
    const panel = await show(scene);
    const dot = panel.page.getByRole('row').filter({ hasText: 'heartbeat' }).locator('.dot');
    const border = (): Promise<string> => dot.evaluate((element) => getComputedStyle(element).borderTopStyle);
    assert.equal(await border(), 'solid');
    const [heartbeat] = serviceTasks().filter((task) => task.name === 'heartbeat');
    assert.ok(heartbeat);
    scene.model.update(
      anUpdate(2, { time_ns: NOW_NS, tasks: [{ ...heartbeat, state: 'running', wait: null }] }),
      scene.clock.now,
    );
    await panel.flush();
    assert.equal(await border(), 'none');
  });

  it('shows executors with workers and queue, and blocks that are over', async () => {
    const panel = await show(service({ blocks: true }));
    const executors = await texts(panel.page.getByRole('region', { name: 'Executors' }).getByRole('listitem'));
    assert.equal(
      executors[0],
      'Default executor 6 of 6 busy · 23 queued queue wait 310 ms · run 82 ms · 71 of 100 done',
    );
    const blocks = await texts(panel.page.getByRole('region', { name: 'Blocks', exact: true }).getByRole('listitem'));
    assert.equal(
      blocks[0],
      'pricing.py:88 3.9 s requests.get · waiting for input or output 17 × · longest 412 ms · up to 40 tasks waited',
    );
    assert.equal(
      blocks[2],
      'no line of the program 130 ms collecting garbage 1 × · longest 130 ms · up to 3 tasks waited',
    );
  });

  it('says that nothing is wrong when nothing is', async () => {
    const panel = await show(service());
    assert.deepEqual(await texts(panel.page.locator('.verdict-title, .verdict-facts')), [
      'Nothing holds the loop',
      'No callback has held it for 100 ms or more · longest lag so far 3.0 ms',
    ]);
  });

  it('names the worst line when the block is over', async () => {
    const panel = await show(service({ blocks: true }));
    assert.equal(
      await panel.page.locator('.verdict strong').innerText(),
      'requests.get held the loop 17 times, 3.9 s in all',
    );
    await panel.page.getByRole('button', { name: 'Show Blocks' }).click();
    await panel.page.getByRole('grid', { name: 'Places that held a loop, by total time' }).waitFor();
  });
});

/** States of the window, of which no program tells, and of connections; `recordings.test.ts` has those of programs. */
describe('states', () => {
  it('tells what to do when no program is inspected', async () => {
    const panel = await show(nothing());
    assert.deepEqual(await texts(panel.page.locator('h1, code, button')), [
      'No program is being inspected',
      'python -m loopscope run app.py',
      'Run the Open File',
    ]);
    await panel.page.getByRole('button', { name: 'Run the Open File' }).click();
    assert.deepEqual(await panel.next('command'), { type: 'command', command: 'run-file' });
  });

  it('waits for a program that was started', async () => {
    const scene = nothing();
    scene.sessions.beginLaunch('s', 'g', 'app.py');
    const panel = await show(scene);
    assert.equal(await panel.page.getByRole('heading').innerText(), 'Waiting for the program …');
  });

  for (const [code, title, action] of [
    ['no-python', 'No Python found', 'Set Python Path'],
    ['protocol', 'The runtime in the program is of another version', 'Show Log'],
    ['no-hello', 'Loopscope could not look inside the program', 'Show Log'],
  ] as const) {
    it(`shows a launch that failed with ${code}`, async () => {
      const scene = nothing();
      scene.sessions.beginLaunch('s', 'g', 'app.py');
      scene.sessions.failLaunch('s', code, 'Looked for python3 and python on the PATH.');
      const panel = await show(scene);
      assert.equal(await panel.page.getByRole('heading').innerText(), title);
      assert.equal(await panel.page.getByText('Looked for python3 and python on the PATH.').count(), 1);
      assert.equal(await panel.page.getByRole('button', { name: action }).count(), 1);
    });
  }

  it('goes from waiting to live by itself', async () => {
    const empty = nothing();
    const panel = await show(empty);
    const scene = service();
    empty.sessions.add(scene.model.hello, { awaitStack: () => Promise.resolve([]) }, empty.clock.now);
    await panel.flush();
    await panel.page.getByRole('tablist').waitFor();
    assert.equal(await panel.page.locator('.verdict strong').innerText(), 'No event loop yet');
  });

  it('keeps showing a program that has ended, and its clock stands still', async () => {
    const scene = service({ blocks: true });
    scene.model.bye({ type: 'bye', reason: 'exit', time_ns: NOW_NS }, scene.clock.now);
    const panel = await show(scene);
    assert.deepEqual(await texts(panel.page.locator('.footer p')), [
      'The program has ended. This is how it was last seen.',
    ]);
    assert.equal(
      await panel.page.locator('.verdict strong').innerText(),
      'requests.get held the loop 17 times, 3.9 s in all',
    );
    assert.equal((await row(panel, 'heartbeat')).at(3), '2.9 s');
  });

  it('counts updates that a slow window missed, which no recording does', async () => {
    const scene = service();
    scene.model.update(anUpdate(2, { time_ns: NOW_NS, dropped: { events: 1234, frames: 1 } }), scene.clock.now);
    const panel = await show(scene);
    assert.deepEqual(await texts(panel.page.locator('.footer .dropped')), ['dropped 1,234 events · missed 1 update']);
  });

  it('shows a notice of the runtime', async () => {
    const scene = service();
    const message = 'A child process was started with -I and is not inspected.';
    scene.model.notice({ severity: 'warning', code: 'child-not-inspected', message });
    const panel = await show(scene);
    assert.deepEqual(await texts(panel.page.locator('.footer .notice')), [message]);
  });

  it('switches between processes', async () => {
    const scene = service();
    scene.sessions.add(
      { ...scene.model.hello, process: { ...scene.model.hello.process, pid: 4200 } },
      { awaitStack: () => Promise.resolve([]) },
      scene.clock.now,
    );
    const panel = await show(scene);
    const select = panel.page.getByRole('combobox', { name: 'Inspected process' });
    assert.deepEqual(await texts(select.getByRole('option')), ['api.py · pid 4200', 'api.py · pid 4127']);
    await select.selectOption({ label: 'api.py · pid 4127' });
    await panel.page.getByRole('article', { name: 'MainThread' }).waitFor();
  });
});
