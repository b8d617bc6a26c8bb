import { createWriteStream } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { format } from 'node:util';
import { chromium, type Browser, type Page } from 'playwright-core';
import { chromiumFlags, ensureChromium } from '../../scripts/lib/chromium.mjs';
import {
  addressOf,
  ensureServer,
  installExtension,
  startServer,
  type Server,
} from '../../scripts/lib/vscode-server.mjs';
import { pack } from './pack';

/** A window of the real workbench in headless Chromium, with a real extension host behind it. */
export interface ServerHost {
  readonly page: Page;
  readonly server: Server;
  /** Settles with what the extension host's test run exits with; never when no tests were asked for. */
  readonly ended: Promise<number>;
  close(): Promise<void>;
}

export interface ServerHostOptions {
  readonly workspace: string;
  readonly data: string;
  /** An extension under development, by its folder. */
  readonly extension?: string;
  /** Extensions to package and install first, by their folders. */
  readonly installed?: readonly string[];
  readonly tests?: string;
  readonly env: NodeJS.ProcessEnv;
  /** Everything the server and the window say goes into this file. */
  readonly logFile: string;
  readonly viewport?: { readonly width: number; readonly height: number };
  /** Settings of the machine, as in `settings.json`. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Device pixels per CSS pixel. */
  readonly scale?: number;
}

/** What keeps the window still: nothing is looked up, nothing pops up. */
const QUIET: Readonly<Record<string, unknown>> = {
  'chat.disableAIFeatures': true,
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': false,
  'extensions.ignoreRecommendations': true,
  'git.enabled': false,
  'remote.autoForwardPorts': false,
  'telemetry.telemetryLevel': 'off',
  'update.mode': 'none',
  'workbench.enableExperiments': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
};

/** Starts the server and opens the workspace in it. */
export async function openServerHost(options: ServerHostOptions): Promise<ServerHost> {
  const program = await ensureServer();
  const executablePath = await ensureChromium();
  await mkdir(join(options.data, 'data', 'Machine'), { recursive: true });
  await writeFile(
    join(options.data, 'data', 'Machine', 'settings.json'),
    JSON.stringify({ ...QUIET, ...options.settings }, undefined, 2),
  );
  for (const [index, folder] of (options.installed ?? []).entries()) {
    const vsix = join(options.data, `${index}.vsix`);
    await pack(folder, vsix);
    await installExtension(program, vsix, options.data);
  }
  const log = createWriteStream(options.logFile);
  const server = await startServer(program, {
    dataFolder: options.data,
    env: options.env,
    onLine: (line) => log.write(`[server] ${line}\n`),
  });
  let browser: Browser | undefined;
  const close = async (): Promise<void> => {
    await browser?.close();
    await server.stop();
    log.end();
  };
  try {
    browser = await chromium.launch({
      executablePath,
      args: chromiumFlags,
      handleSIGINT: false,
      handleSIGTERM: false,
      handleSIGHUP: false,
    });
    const page = await browser.newPage({
      viewport: options.viewport ?? { width: 1400, height: 900 },
      deviceScaleFactor: options.scale ?? 1,
    });
    const ended = new Promise<number>((resolve) => {
      void page.exposeFunction('codeAutomationExit', (code: number) => resolve(code));
      page.on('crash', () => resolve(1));
      void server.ended.then(() => resolve(1));
    });
    await page.exposeFunction('codeAutomationLog', (type: string, args: unknown[]) =>
      log.write(`[${type}] ${format(...args)}\n`),
    );
    const { workspace: folder, extension, tests } = options;
    await page.goto(addressOf(server, { folder, extension, tests }));
    return { page, server, ended, close };
  } catch (error) {
    await close();
    throw error;
  }
}
