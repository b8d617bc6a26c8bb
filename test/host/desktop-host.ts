import { createWriteStream } from 'node:fs';
import { chromium, type Browser, type Page } from 'playwright-core';
import { findDesktop, hasDisplay } from '../../scripts/lib/vscode-desktop.mjs';
import { onPath } from '../../scripts/lib/paths.mjs';
import { start, stop } from '../../scripts/lib/processes.mjs';
import { freePort } from '../../scripts/lib/vscode-server.mjs';

/** A desktop VS Code that runs the suite. */
export interface DesktopHost {
  /** The window, driven over the debugging port. */
  readonly page: Page | undefined;
  readonly ended: Promise<number>;
  close(): Promise<void>;
}

export interface DesktopHostOptions {
  readonly workspace: string;
  readonly data: string;
  readonly extension: string;
  /** Extensions that stand beside it, by their folders. */
  readonly installed: readonly string[];
  readonly tests: string;
  readonly env: NodeJS.ProcessEnv;
  readonly logFile: string;
}

/** Why the suite cannot run in a desktop VS Code here, or `undefined` when it can. */
export async function desktopHindrance(): Promise<string | undefined> {
  if (!hasDisplay() && onPath('xvfb-run').length === 0) {
    return 'no display and no xvfb-run';
  }
  return (await findDesktop()) === undefined ? 'no VS Code could be found or downloaded' : undefined;
}

/** Starts the desktop VS Code on the workspace with the suite in its extension host. */
export async function openDesktopHost(options: DesktopHostOptions): Promise<DesktopHost> {
  const executable = await findDesktop();
  if (executable === undefined) throw new Error('There is no desktop VS Code to start.');
  const port = await freePort();
  const args = [
    ...['--no-sandbox', '--disable-gpu', '--disable-updates', '--skip-welcome', '--skip-release-notes'],
    ...[
      '--disable-extensions',
      '--disable-workspace-trust',
      '--force-disable-user-env',
      `--remote-debugging-port=${port}`,
    ],
    ...[`--user-data-dir=${options.data}`, `--extensions-dir=${options.data}/extensions`],
    ...[options.extension, ...options.installed].map((folder) => `--extensionDevelopmentPath=${folder}`),
    `--extensionTestsPath=${options.tests}`,
    options.workspace,
  ];
  const child = hasDisplay()
    ? start(executable, args, { env: options.env })
    : start('xvfb-run', ['-a', executable, ...args], { env: options.env });
  const log = createWriteStream(options.logFile);
  child.stdout?.pipe(log, { end: false });
  child.stderr?.pipe(log, { end: false });
  const ended = new Promise<number>((resolve) => {
    child.once('exit', (code) => resolve(code ?? 1));
    child.once('error', () => resolve(1));
  });
  const browser = await connect(port, ended);
  return {
    page: browser?.contexts()[0]?.pages()[0],
    ended,
    close: async () => {
      await browser?.close();
      await stop(child);
      log.end();
    },
  };
}

async function connect(port: number, ended: Promise<number>): Promise<Browser | undefined> {
  const state = { over: false };
  void ended.then(() => (state.over = true));
  for (;;) {
    try {
      const browser = await chromium.connectOverCDP(`http://127.0.0.1:${port}`);
      if (browser.contexts()[0]?.pages()[0]) return browser;
      await browser.close();
    } catch {
      if (state.over) return undefined;
    }
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}
