/**
 * Runs the extension's suite in a real VS Code: `node --import tsx test/host/run.ts [--extension DIR] [--suite DIR]
 * [--grep PATTERN] [--host server|desktop]`. What it counted goes to the file named by TEST_COUNTS_FILE.
 */
import { existsSync } from 'node:fs';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, delimiter, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { Page } from 'playwright-core';
import { Fault, report } from '../../scripts/lib/fault.mjs';
import { root } from '../../scripts/lib/paths.mjs';
import { anyPython, probe } from '../../scripts/lib/pythons.mjs';
import { ensureVenv } from '../../scripts/lib/venv.mjs';
import { bundleSuite } from './bundle';
import { openControl } from './control';
import { desktopHindrance, openDesktopHost } from './desktop-host';
import { openServerHost } from './server-host';
import type { Counts } from '../../scripts/lib/counts.mjs';
import { makeScratch } from './workspace';

/** How long the whole suite may take (ms). */
const SUITE_MS = 15 * 60_000;

/** How long the counts may follow after the extension host has ended (ms). */
const COUNTS_MS = 5000;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      extension: { type: 'string', default: root },
      suite: { type: 'string', default: join(import.meta.dirname, 'suite') },
      grep: { type: 'string' },
      host: { type: 'string', default: process.env['LOOPSCOPE_VSCODE_HOST'] ?? 'auto' },
    },
  });
  const extension = resolve(values.extension);
  if (extension === root && !existsSync(join(root, 'dist', 'extension.js'))) {
    throw new Fault('dist/extension.js is not there: run `npm run build` first.');
  }
  const artifacts = join(root, 'out', 'host');
  await mkdir(artifacts, { recursive: true });
  // Of this run alone: somebody else may be running the suite in the same checkout.
  const bundles = join(root, 'out', `host-suite-${process.pid}`);
  const tests = await bundleSuite(resolve(values.suite), bundles);
  const interpreter = await testPython();
  const scratch = await makeScratch();
  let page: Page | undefined;
  const control = await openControl(() => page, artifacts);
  const env = {
    ...process.env,
    ...control.env,
    LOOPSCOPE_TEST_PYTHON: interpreter,
    ...(values.grep === undefined ? {} : { LOOPSCOPE_TEST_GREP: values.grep }),
    PATH: `${dirname(interpreter)}${delimiter}${process.env['PATH'] ?? ''}`,
  };
  const options = {
    ...scratch,
    extension,
    installed: await fixtureExtensions(),
    tests,
    env,
    logFile: join(artifacts, 'console.log'),
  };
  let close: () => Promise<void> = () => Promise.resolve();
  try {
    const desktop = await wantsDesktop(values.host);
    const host = desktop ? await openDesktopHost(options) : await openServerHost(options);
    close = () => host.close();
    page = host.page;
    const counts = await Promise.race([
      control.counts,
      host.ended.then(() =>
        after(COUNTS_MS, 'The extension host ended before the suite did; see out/host/console.log.'),
      ),
      after(SUITE_MS, `The suite did not end within ${SUITE_MS / 60_000} minutes.`),
    ]);
    await save(counts);
    return counts.failed === 0 ? 0 : 1;
  } finally {
    await close();
    control.close();
    await scratch.remove();
    await rm(bundles, { recursive: true, force: true });
  }
}

/** Extensions that stand beside ours in the suite's window. */
async function fixtureExtensions(): Promise<string[]> {
  const folder = join(import.meta.dirname, 'extensions');
  return (await readdir(folder)).map((name) => join(folder, name));
}

/** The interpreter of the suite: `LOOPSCOPE_TEST_PYTHON`, else the newest one's environment with the test packages. */
async function testPython(): Promise<string> {
  const named = process.env['LOOPSCOPE_TEST_PYTHON'];
  if (named !== undefined && named !== '') {
    if ((await probe(named)) === undefined) {
      throw new Fault(
        `LOOPSCOPE_TEST_PYTHON names ${named}, which is not a CPython that runs: name another or unset it.`,
      );
    }
    return named;
  }
  return ensureVenv(await anyPython(), join(import.meta.dirname, 'requirements.txt'), 'host');
}

async function wantsDesktop(wish: string): Promise<boolean> {
  if (wish === 'server') return false;
  const hindrance = await desktopHindrance();
  if (wish === 'desktop' && hindrance !== undefined) throw new Fault(`The desktop host cannot be used: ${hindrance}.`);
  process.stdout.write(
    hindrance === undefined ? 'host: desktop VS Code\n' : `host: VS Code server in Chromium (${hindrance})\n`,
  );
  return hindrance === undefined;
}

function after(milliseconds: number, sentence: string): Promise<never> {
  return new Promise((_, reject) => setTimeout(() => reject(new Fault(sentence)), milliseconds).unref());
}

async function save(counts: Counts): Promise<void> {
  const file = process.env['TEST_COUNTS_FILE'];
  if (file !== undefined) await writeFile(file, JSON.stringify(counts));
  process.stdout.write(`${counts.passed} passed, ${counts.failed} failed\n`);
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    report(error);
    process.exit(1);
  },
);
