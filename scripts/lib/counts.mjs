// @ts-check
import { existsSync, readFileSync } from 'node:fs';

/**
 * @typedef {object} Entry A test that was skipped or failed.
 * @property {string} what The test, and the reason.
 * @property {string} [on] The interpreter it ran on.
 *
 * @typedef {object} Counts
 * @property {number} passed
 * @property {number} failed
 * @property {readonly Entry[]} skipped
 * @property {readonly Entry[]} failures Those that are known by name; `failed` may count more.
 */

/**
 * What has counted nothing yet.
 *
 * @type {Counts}
 */
export const NOTHING = { passed: 0, failed: 0, skipped: [], failures: [] };

/** How much of what a failed test said is told at the end (characters). */
const TOLD = 300;

/**
 * A test that failed, with the first line of what it said.
 *
 * @param {string} test
 * @param {string} said
 * @returns {Entry}
 */
export function failure(test, said) {
  const line = said.split('\n').find((each) => each.trim() !== '') ?? '';
  return { what: line === '' ? test : `${test}: ${line.trim().slice(0, TOLD)}` };
}

/**
 * What a runner wrote down. A runner that failed without a failing test, or wrote nothing at all, is one failure.
 *
 * @param {string} file
 * @param {number} code The runner's exit code.
 * @returns {Counts}
 */
export function readCounts(file, code) {
  const counts = existsSync(file) ? /** @type {Counts} */ (JSON.parse(readFileSync(file, 'utf8'))) : NOTHING;
  return judged(counts, code);
}

/**
 * What pytest wrote into its JUnit file.
 *
 * @param {string} file
 * @param {number} code pytest's exit code.
 * @returns {Counts}
 */
export function readJunit(file, code) {
  if (!existsSync(file)) return judged(NOTHING, code);
  const text = readFileSync(file, 'utf8');
  const head = /<testsuite\b[^>]*>/.exec(text)?.[0] ?? '';
  /** @param {string} name */
  const number = (name) => Number(new RegExp(` ${name}="(\\d+)"`).exec(head)?.[1] ?? 0);
  const failed = number('failures') + number('errors');
  const skipped = [...text.matchAll(/<testcase\b([^>]*)>\s*<skipped\b([^>]*)/g)].map(([, test = '', reason = '']) => ({
    what: `${attribute(test, 'name')}: ${attribute(reason, 'message')}`,
  }));
  const failures = [...text.matchAll(/<testcase\b([^>]*)>\s*<(?:failure|error)\b([^>]*)/g)].map(
    ([, test = '', said = '']) => failure(attribute(test, 'name'), attribute(said, 'message')),
  );
  const passed = Math.max(0, number('tests') - failed - number('skipped'));
  return judged({ passed, failed, skipped, failures }, code);
}

/**
 * @param {string} text
 * @param {string} name
 * @returns {string}
 */
function attribute(text, name) {
  const value = new RegExp(`\\b${name}="([^"]*)"`).exec(text)?.[1] ?? '';
  return value
    .replaceAll('&#10;', '\n')
    .replaceAll('&quot;', '"')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
}

/**
 * @param {Counts} counts
 * @param {number} code
 * @returns {Counts}
 */
function judged(counts, code) {
  const unexplained = code !== 0 && counts.failed === 0;
  return unexplained ? { ...counts, failed: 1 } : counts;
}

/**
 * @param {readonly Counts[]} all
 * @returns {Counts}
 */
export function sum(all) {
  return {
    passed: all.reduce((total, { passed }) => total + passed, 0),
    failed: all.reduce((total, { failed }) => total + failed, 0),
    skipped: all.flatMap(({ skipped }) => skipped),
    failures: all.flatMap(({ failures }) => failures),
  };
}

/**
 * One line for each, said once for all interpreters it happened on.
 *
 * @param {readonly Entry[]} entries
 * @returns {string[]} In the order in which they came.
 */
export function lines(entries) {
  /** @type {Map<string, string[]>} */
  const where = new Map();
  for (const { what, on } of entries) where.set(what, [...(where.get(what) ?? []), ...(on === undefined ? [] : [on])]);
  return [...where].map(([what, on]) => (on.length === 0 ? what : `${what} (Python ${on.join(', ')})`));
}

/**
 * The line that everything ends with.
 *
 * @param {Counts} counts
 * @returns {string}
 */
export function closingLine({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped.length > 0 ? `, ${skipped.length} skipped` : ''}`;
}
