// @ts-check
/**
 * `npm test`: from a fresh clone sets up all that is needed, runs every test, and ends with `N passed, N failed`.
 *
 *   npm test -- --only=units,python     some parts: build, lint, units, python, conformance, webview, host
 *   npm test -- --also=lint             what is not on by default
 *   npm test -- --pythons=3.9,3.13      some interpreters; `all` adds the newest ones from a Debian tree
 *   npm test -- --grep=PATTERN          tests whose title matches
 */
import { parseArgs } from 'node:util';
import { closingLine, lines, NOTHING, sum } from './lib/counts.mjs';
import { Fault, report } from './lib/fault.mjs';
import { ensureNodeModules } from './lib/node-modules.mjs';
import { sweep } from './lib/processes.mjs';
import { build } from './parts/build.mjs';
import { conformance } from './parts/conformance.mjs';
import { host } from './parts/host.mjs';
import { lint } from './parts/lint.mjs';
import { python } from './parts/python.mjs';
import { units } from './parts/units.mjs';
import { webview } from './parts/webview.mjs';

/** @typedef {import('./parts/part.mjs').Part} Part */

/** In the order in which they run. */
const PARTS = [build, lint, units, python, conformance, webview, host];
const DEFAULT = ['build', 'units', 'python', 'conformance', 'webview', 'host'];

/** How long the processes of the tests may take to end after their test did (ms). */
const PATIENCE_MS = 5000;

async function main() {
  const { parts, choices } = parse();
  await ensureNodeModules();
  /** @type {import('./lib/counts.mjs').Counts[]} */
  const all = [];
  /** @type {string[]} */
  const summary = [];
  for (const part of parts) {
    const began = Date.now();
    process.stdout.write(`\n== ${part.title}\n`);
    const counts = await attempt(part, choices);
    all.push(counts);
    summary.push(`${part.title}: ${closingLine(counts)} (${Math.round((Date.now() - began) / 1000)} s)`);
  }
  const total = sum(all);
  process.stdout.write(`\n${summary.join('\n')}\n`);
  for (const line of lines(total.skipped)) process.stdout.write(`skipped: ${line}\n`);
  for (const line of lines(total.failures)) process.stdout.write(`failed: ${line}\n`);
  process.stdout.write(`${closingLine(total)}\n`);
  process.exitCode = total.failed === 0 ? 0 : 1;
}

/**
 * Runs a part; one that cannot run, or leaves a process behind, has failed.
 *
 * @param {Part} part
 * @param {import('./parts/part.mjs').Choices} choices
 * @returns {Promise<import('./lib/counts.mjs').Counts>}
 */
async function attempt(part, choices) {
  let counts = NOTHING;
  try {
    counts = await part.run(choices, part.minutes * 60_000);
  } catch (error) {
    report(error);
    counts = { ...counts, failed: 1, failures: [{ what: `${part.title} could not run` }] };
  }
  const left = await sweep(PATIENCE_MS);
  if (left.length === 0) return counts;
  const failures = left.map(({ pid, command }) => ({ what: `left behind by ${part.title}: ${pid} ${command}` }));
  return { ...counts, failed: counts.failed + 1, failures: [...counts.failures, ...failures] };
}

/** @returns {{ parts: Part[], choices: import('./parts/part.mjs').Choices }} */
function parse() {
  const { values } = parseArgs({
    options: {
      only: { type: 'string' },
      also: { type: 'string' },
      pythons: { type: 'string' },
      grep: { type: 'string' },
    },
  });
  const names = [...list(values.only, DEFAULT), ...list(values.also, [])];
  const unknown = names.filter((name) => !PARTS.some((part) => part.name === name));
  if (unknown.length > 0) {
    throw new Fault(`Unknown part ${unknown.join(', ')}: choose from ${PARTS.map(({ name }) => name).join(', ')}.`);
  }
  const all = values.pythons === 'all';
  return {
    parts: PARTS.filter(({ name }) => names.includes(name)),
    choices: {
      pythons: all || values.pythons === undefined ? undefined : list(values.pythons, []),
      forky: all,
      grep: values.grep,
    },
  };
}

/**
 * @param {string | undefined} text
 * @param {readonly string[]} otherwise
 * @returns {readonly string[]}
 */
function list(text, otherwise) {
  return text === undefined ? otherwise : text.split(',').filter((entry) => entry !== '');
}

await main().catch(report);
