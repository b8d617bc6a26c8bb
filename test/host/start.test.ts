import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { chromium } from 'playwright-core';
import { chromiumFlags, ensureChromium } from '../../scripts/lib/chromium.mjs';
import { onPath, root } from '../../scripts/lib/paths.mjs';
import { run, start, stop } from '../../scripts/lib/processes.mjs';
import { webviewOf } from './frames';

const START = join(root, 'scripts', 'start.mjs');

/** An environment in which no desktop VS Code can be shown. */
function withoutDesktop(): NodeJS.ProcessEnv {
  const withCode = new Set(onPath('code').map((file) => join(file, '..')));
  const env = { ...process.env };
  for (const name of ['DISPLAY', 'WAYLAND_DISPLAY', 'VSCODE_EXECUTABLE']) Reflect.deleteProperty(env, name);
  return {
    ...env,
    PATH: (env['PATH'] ?? '')
      .split(delimiter)
      .filter((folder) => !withCode.has(folder))
      .join(delimiter),
  };
}

describe('npm start', function () {
  this.timeout(180_000);

  it('prints the demo’s report where there is no screen', async () => {
    const { code, output } = await run(process.execPath, [START, '--headless'], { capture: true });
    assert.equal(code, 0, output);
    assert.match(output, /pricing\.py/);
    assert.match(output, /time\.sleep/);
  });

  it('opens the VS Code that VSCODE_EXECUTABLE names on the demo', async function () {
    if (process.platform === 'win32') this.skip();
    const folder = await mkdtemp(join(tmpdir(), 'loopscope-start-test-'));
    try {
      const fake = join(folder, 'code');
      const seen = join(folder, 'seen');
      await writeFile(fake, `#!/bin/sh\nprintf '%s\\n' "$LOOPSCOPE_AUTOSTART" "$@" > '${seen}'\nexit 0\n`);
      await chmod(fake, 0o755);
      const env = { ...process.env, VSCODE_EXECUTABLE: fake };
      const { code, output } = await run(process.execPath, [START], { capture: true, env });
      assert.equal(code, 0, output);
      const [autostart, ...args] = (await readFile(seen, 'utf8')).trim().split('\n');
      const launch = JSON.parse(await readFile(join(root, 'demo', '.vscode', 'launch.json'), 'utf8')) as {
        configurations: { name: string }[];
      };
      assert.equal(autostart, launch.configurations[0]?.name);
      assert.ok(args.includes(`--extensionDevelopmentPath=${root}`));
      assert.equal(args.at(-1), join(root, 'demo'));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it('serves VS Code to a browser that shows the token, with the demo under inspection, until it is interrupted', async () => {
    const executablePath = await ensureChromium();
    const child = start(process.execPath, [START], { env: withoutDesktop() });
    const browser = await chromium.launch({ executablePath, args: chromiumFlags });
    try {
      assert.ok(child.stdout && child.stderr);
      child.stderr.resume();
      let address = '';
      for await (const line of createInterface(child.stdout)) {
        address = /http:\S+/.exec(line)?.[0] ?? '';
        if (address !== '') break;
      }
      const { origin } = new URL(address);
      assert.equal((await fetch(`${origin}/`)).status, 403);
      assert.equal((await fetch(`${origin}/?tkn=wrong`)).status, 403);

      const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
      await page.goto(address);
      await webviewOf(page).getByText('time.sleep').first().waitFor({ timeout: 90_000 });

      const ended = once(child, 'exit');
      child.kill('SIGINT');
      assert.deepEqual(await ended, [130, null]);
      await assert.rejects(fetch(`${origin}/`));
    } finally {
      await browser.close();
      await stop(child);
    }
  });
});
