/** From a running program to the pixel: the runtime in Python, the link, the model, the panel. */
import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setInterval } from 'node:timers/promises';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { feed, keepTime } from '../../extension/link/feed';
import { Listener } from '../../extension/link/listener';
import { Sessions } from '../../extension/model';
import { ENVIRONMENT_CONNECT, ENVIRONMENT_TOKEN } from '../../extension/protocol/generated/constants';
import { UPDATES_PER_SECOND } from '../../extension/protocol/webview-messages';
import { anyPython } from '../../scripts/lib/pythons.mjs';
import type { PanelPage } from './harness';
import { show, texts } from './pages';

const ROOT = path.join(import.meta.dirname, '../..');
/** The performance clock, read whenever the panel asks what time it is. */
const clock = {
  get now(): number {
    return performance.now();
  },
};

describe('a real program', function () {
  this.timeout(60_000);
  const sessions = new Sessions();
  let listener: Listener;
  let program: ChildProcess;
  let stopTime: () => void;

  beforeEach(async () => {
    listener = await Listener.start({
      wishes: () => ({ interval_ms: 100, threshold_ms: 100 }),
      welcomed: (connection) =>
        void feed(
          connection,
          sessions,
          () => performance.now(),
          () => undefined,
        ),
      refused: () => undefined,
    });
    stopTime = keepTime(sessions, () => performance.now());
    const python = await anyPython();
    program = spawn(python.executable, [path.join(ROOT, 'demo/app.py')], {
      env: {
        ...process.env,
        PYTHONPATH: path.join(ROOT, 'runtime/loopscope/bootstrap'),
        [ENVIRONMENT_CONNECT]: listener.address,
        [ENVIRONMENT_TOKEN]: listener.token,
      },
      stdio: 'ignore',
    });
  });

  afterEach(async () => {
    if (program.exitCode === null && program.signalCode === null) {
      program.kill('SIGKILL');
      await once(program, 'exit');
    }
    stopTime();
    await listener.close();
  });

  it('is told of while it blocks, and leads to the line that blocks it', async () => {
    const panel = await show({ sessions, clock });
    const stopFlushing = flushRegularly(panel);
    const verdict = panel.page.locator('.verdict');
    await verdict.getByText(/^Blocked for .* by time\.sleep$/).waitFor();
    await verdict.getByRole('button', { name: /^pricing\.py:\d+$/ }).click();
    const { process: key, site: id } = await panel.next('open');
    const site = sessions.get(key)?.site(id);
    assert.ok(site);
    assert.equal(site.file, path.join(ROOT, 'demo/pricing.py'));
    assert.match(readFileSync(site.file, 'utf8').split('\n')[site.line - 1] ?? '', /time\.sleep\(/);
    await panel.page.getByRole('gridcell', { name: 'tea shop', exact: true }).waitFor();
    await panel.page.getByRole('region', { name: 'Executors' }).getByText('Default executor').waitFor();

    program.kill('SIGKILL');
    await panel.page.getByText('The connection to the program was lost. This is how it was last seen.').waitFor();
    assert.match((await texts(verdict.locator('strong'))).join(), /^time\.sleep held the loop /);
    await stopFlushing();
  });
});

/** Sends what changed as often as the panel does, one message after the other. Returns the way to stop. */
function flushRegularly(panel: PanelPage): () => Promise<void> {
  const stop = new AbortController();
  const running = (async () => {
    const ticks = setInterval(1000 / UPDATES_PER_SECOND, null, { signal: stop.signal })[Symbol.asyncIterator]();
    while ((await ticks.next()).done !== true) await panel.flush();
  })().catch((error: unknown) => {
    if (!stop.signal.aborted) throw error;
  });
  return () => {
    stop.abort();
    return running;
  };
}
