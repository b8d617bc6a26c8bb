/**
 * `npm run screenshot`: takes pictures of the real VS Code window with the demo under inspection, into
 * `out/screenshots`: each theme, wide and narrow. What is on them was measured while they were taken.
 * `npm run screenshot -- --readme` takes only the picture of the README, into `docs/images`.
 */
import { cp, mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Page } from 'playwright-core';
import { webviewOf } from '../test/host/frames';
import { openServerHost } from '../test/host/server-host';
import { report } from './lib/fault.mjs';
import { root } from './lib/paths.mjs';
import { anyPython } from './lib/pythons.mjs';

const THEMES = {
  dark: 'Default Dark Modern',
  light: 'Default Light Modern',
  'high-contrast-dark': 'Default High Contrast',
  'high-contrast-light': 'Default High Contrast Light',
} as const;

const WIDTHS = { wide: 1600, narrow: 1000 } as const;

const HEIGHT = 1000;

/** How long the demo may take until its loop is held for the first time (ms). */
const PATIENCE_MS = 90_000;

/** Where the README looks for its picture, and the size of its window (CSS pixels). */
const README_PICTURE = join(root, 'docs', 'images', 'window.png');
const README_SIZE = { width: 1360, height: 800 };

const OUT = join(root, 'out', 'screenshots');

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { readme: { type: 'boolean', default: false } } });
  const { readme } = values;
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'loopscope-screenshot-')));
  const workspace = join(folder, 'demo');
  await cp(join(root, 'demo'), workspace, { recursive: true, filter: (source) => !source.includes('__pycache__') });
  await mkdir(OUT, { recursive: true });
  const python = await anyPython();
  const host = await openServerHost({
    workspace,
    data: join(folder, 'data'),
    extension: root,
    env: {
      ...process.env,
      PATH: `${dirname(python.executable)}${delimiter}${process.env['PATH'] ?? ''}`,
    },
    logFile: join(OUT, 'console.log'),
    viewport: { width: WIDTHS.wide, height: HEIGHT },
  });
  try {
    const { page } = host;
    await toTheLine(page).catch(async (error: unknown) => {
      await page.screenshot({ path: join(OUT, 'failed.png') });
      throw error;
    });
    if (readme) {
      await mkdir(dirname(README_PICTURE), { recursive: true });
      await useTheme(page, workspace, THEMES.dark);
      await page.setViewportSize(README_SIZE);
      await take(page, README_PICTURE);
      return;
    }
    for (const [theme, label] of Object.entries(THEMES)) {
      await useTheme(page, workspace, label);
      for (const [width, pixels] of Object.entries(WIDTHS)) {
        const file = join(OUT, `${theme}-${width}.png`);
        await page.setViewportSize({ width: pixels, height: HEIGHT });
        await take(page, file);
      }
    }
  } finally {
    await host.close();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Does what a user does: opens a file, starts the demo, and follows the panel to the line that holds the loop. */
async function toTheLine(page: Page): Promise<void> {
  await page.getByRole('treeitem', { name: 'app.py' }).dblclick({ timeout: PATIENCE_MS });
  await page.locator('.monaco-editor .view-lines').getByText('tea shop').first().waitFor();
  await page.keyboard.press('Control+Shift+D');
  await page.locator('.start-debug-action-item .codicon-debug-start').click({ timeout: PATIENCE_MS });
  await page.keyboard.press('Control+B');
  const panel = webviewOf(page);
  await panel.getByText('time.sleep').first().waitFor({ timeout: PATIENCE_MS });
  await panel
    .getByRole('button', { name: /go to line/i })
    .first()
    .click({ timeout: PATIENCE_MS });
  await page.locator('.tab', { hasText: 'pricing.py' }).first().waitFor();
  await page.locator('.monaco-editor .squiggly-warning, .monaco-editor .squiggly-error').first().waitFor();
}

/** Takes the picture while the loop is held: the demo's bank is busy again every few seconds. */
async function take(page: Page, file: string): Promise<void> {
  await webviewOf(page)
    .getByText(/^Blocked for/)
    .first()
    .waitFor({ timeout: PATIENCE_MS });
  await page.screenshot({ path: file });
  process.stdout.write(`${file}\n`);
}

async function useTheme(page: Page, workspace: string, label: string): Promise<void> {
  const file = join(workspace, '.vscode', 'settings.json');
  const settings = JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>;
  await writeFile(file, JSON.stringify({ ...settings, 'workbench.colorTheme': label }, undefined, 2));
  const kind = label.includes('Contrast') ? (label.includes('Light') ? 'hc-light' : 'hc-black') : undefined;
  const shown = kind ?? (label.includes('Light') ? 'vs' : 'vs-dark');
  await page.locator(`.monaco-workbench.${shown}`).waitFor();
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    report(error);
    process.exit(1);
  },
);
