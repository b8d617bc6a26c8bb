import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type Mocha from 'mocha';
import * as vscode from 'vscode';
import { failure, NOTHING, type Entry } from '../../../scripts/lib/counts.mjs';
import { ask, window } from './ui';

/** How long one test may take (ms). Real processes start in these tests, on machines that may be busy. */
const TEST_MS = 60_000;

/**
 * Runs every bundled `*.test.js` beside this file in the extension host.
 *
 * @throws When a test failed, which is how both hosts learn of it.
 */
export async function run(): Promise<void> {
  const { default: MochaClass } = await import('mocha');
  const skipped: Entry[] = [];
  const failures: Entry[] = [];
  let passed = 0;
  let failed = 0;
  // One after the other, so that lines arrive in the order in which they were written.
  let written: Promise<unknown> = Promise.resolve();
  const write = (runnable: { titlePath(): string[] }, text: string): void => {
    const line = `${'  '.repeat(runnable.titlePath().length)}${text}`;
    written = written.then(() => ask({ method: 'line', text: line }));
  };

  class Telling extends MochaClass.reporters.Base {
    constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
      super(runner, options);
      runner.on('suite', (suite) => {
        if (!suite.root) write(suite, suite.title);
      });
      runner.on('pass', (test) => {
        passed += 1;
        write(test, `✔ ${test.title} (${test.duration ?? 0} ms)`);
      });
      runner.on('pending', (test) => {
        skipped.push({ what: test.fullTitle() });
        write(test, `- ${test.title}`);
      });
      runner.on('fail', (test, error: Error) => {
        failed += 1;
        failures.push(failure(test.fullTitle(), error.message));
        write(test, `✖ ${test.fullTitle()}\n${error.stack ?? error.message}`);
      });
    }
  }

  const grep = process.env['LOOPSCOPE_TEST_GREP'];
  const mocha = new MochaClass({
    ui: 'bdd',
    timeout: TEST_MS,
    reporter: Telling,
    ...(grep === undefined || grep === '' ? {} : { grep: new RegExp(grep) }),
    rootHooks: { afterEach: pictureOfFailure },
  });
  for (const name of readdirSync(__dirname).sort()) {
    if (name.endsWith('.test.js')) mocha.addFile(join(__dirname, name));
  }
  try {
    await mocha.loadFilesAsync();
  } catch (error) {
    const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
    await ask({ method: 'line', text: `The suite cannot be loaded: ${stack}` });
    await ask({
      method: 'ended',
      counts: { ...NOTHING, failed: 1, failures: [{ what: 'the suite could not be loaded' }] },
    });
    throw error;
  }
  await new Promise<void>((resolve) => mocha.run(() => resolve()));
  await written;
  await ask({ method: 'ended', counts: { passed, failed, skipped, failures } });
  if (failed > 0) throw new Error(`${failed} failed`);
}

async function pictureOfFailure(this: Mocha.Context): Promise<void> {
  const test = this.currentTest;
  if (test?.state !== 'failed') return;
  await window.screenshot(`failed-${test.fullTitle()}`).then(
    (file) => ask({ method: 'line', text: `the window when it failed: ${file}` }),
    () => undefined,
  );
  // A dialog that is left open would be in the way of every test after this one.
  await vscode.commands.executeCommand('workbench.action.closeQuickOpen');
}
