// @ts-check
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readCounts } from '../lib/counts.mjs';
import { root } from '../lib/paths.mjs';
import { run } from '../lib/processes.mjs';

/** @typedef {import('../lib/counts.mjs').Counts} Counts */

/**
 * @typedef {object} Choices What the command line chose.
 * @property {readonly string[] | undefined} pythons Minor versions to test on; all that are found when not given.
 * @property {boolean} forky Whether to build and use the Debian tree with the newest interpreters.
 * @property {string | undefined} grep Only tests whose title matches.
 *
 * @typedef {object} Part One of the things that `npm test` does.
 * @property {string} name
 * @property {string} title
 * @property {number} minutes How long it may take.
 * @property {(choices: Choices, timeoutMs: number) => Promise<Counts>} run
 */

/**
 * How to run Node with arguments, where it is not this one.
 *
 * @typedef {(args: readonly string[]) => readonly [string, readonly string[]]} NodeCommand
 */

/**
 * Gives work a temporary folder that is gone afterwards.
 *
 * @template T
 * @param {(folder: string) => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withFolder(work) {
  const folder = await mkdtemp(join(tmpdir(), 'loopscope-test-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/**
 * Runs a Node program that writes its counts to the file named by TEST_COUNTS_FILE.
 *
 * @param {readonly string[]} args
 * @param {number} timeoutMs
 * @param {NodeJS.ProcessEnv} [env] Added to the environment.
 * @param {NodeCommand} [node]
 * @returns {Promise<Counts>}
 */
export function runCounted(args, timeoutMs, env = {}, node = (own) => [process.execPath, own]) {
  return withFolder(async (folder) => {
    const file = join(folder, 'counts.json');
    const { code, timedOut } = await run(...node(args), {
      cwd: root,
      env: { ...process.env, ...env, TEST_COUNTS_FILE: file },
      timeoutMs,
    });
    if (timedOut) process.stdout.write(`stopped after ${timeoutMs / 60_000} minutes\n`);
    return readCounts(file, code);
  });
}

/**
 * Runs test files with mocha.
 *
 * @param {readonly string[]} files
 * @param {Choices} choices
 * @param {number} timeoutMs
 * @param {NodeJS.ProcessEnv} [env]
 * @param {NodeCommand} [node]
 * @returns {Promise<Counts>}
 */
export function runMocha(files, choices, timeoutMs, env, node) {
  const args = [
    ...['node_modules/mocha/bin/mocha.js', '--import=tsx', '--timeout', '60000', '--exit'],
    ...['--reporter', join(root, 'scripts', 'lib', 'counting-reporter.mjs')],
    ...(choices.grep === undefined ? [] : ['--grep', choices.grep]),
    ...files,
  ];
  return runCounted(args, timeoutMs, env, node);
}

/**
 * The test files below folders of the checkout, in order.
 *
 * @param {readonly string[]} folders
 * @param {readonly string[]} [without] Folders to leave out.
 * @returns {Promise<string[]>}
 */
export async function testFiles(folders, without = []) {
  /** @type {string[]} */
  const found = [];
  for (const folder of folders) {
    for (const entry of await readdir(join(root, folder), { recursive: true }).catch(() => [])) {
      const file = join(folder, entry);
      if (file.endsWith('.test.ts') && !without.some((other) => file.startsWith(join(other, '/')))) found.push(file);
    }
  }
  return found.sort();
}
