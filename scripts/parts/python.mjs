// @ts-check
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { NOTHING, readJunit, sum } from '../lib/counts.mjs';
import { Fault } from '../lib/fault.mjs';
import { findForky } from '../lib/forky.mjs';
import { root, runtimeTests } from '../lib/paths.mjs';
import { run } from '../lib/processes.mjs';
import { findPythons, noPython } from '../lib/pythons.mjs';
import { ensureVenv } from '../lib/venv.mjs';
import { runMocha, withFolder } from './part.mjs';

/** @typedef {import('./part.mjs').Counts} Counts */

/**
 * @typedef {object} Bench One interpreter with what the tests need.
 * @property {string} version
 * @property {(args: readonly string[]) => readonly [string, readonly string[]]} command
 * @property {string} [inside] Where it is in its tree.
 * @property {import('./part.mjs').NodeCommand} [node] How Node is run in its tree.
 */

const REQUIREMENTS = join(runtimeTests, 'requirements.txt');
// What the extension does with programs only where Python is new enough; all else of it is tested by `units`.
const ENTERING = [join('extension', 'debug', 'attach', 'attachSession.test.ts')];

/** @type {import('./part.mjs').Part} */
export const python = {
  name: 'python',
  title: 'runtime (Python)',
  minutes: 40,
  async run(choices, timeoutMs) {
    const { benches, skipped } = await prepare(choices);
    if (benches.length === 0) throw new Fault(noPython());
    process.stdout.write(`interpreters: ${benches.map(({ version }) => version).join(', ')}\n`);
    /** @type {Counts[]} */
    const all = [{ ...NOTHING, skipped }];
    const queue = [...benches];
    // Most of the time the tests wait for programs that wait: two interpreters on two processors take as long as one.
    const lanes = availableParallelism();
    await Promise.all(
      Array.from({ length: lanes }, async () => {
        for (let bench = queue.shift(); bench; bench = queue.shift()) {
          all.push(await test(bench, choices, timeoutMs), await enter(bench, choices, timeoutMs));
        }
      }),
    );
    return sum(all);
  },
};

/**
 * @param {import('./part.mjs').Choices} choices
 * @returns {Promise<{ benches: Bench[], skipped: import('../lib/counts.mjs').Entry[] }>}
 */
async function prepare(choices) {
  const { pythons } = choices;
  /** @type {Bench[]} */
  const benches = [];
  for (const found of (await findPythons()).filter(({ minor }) => pythons?.includes(minor) ?? true)) {
    const interpreter = await ensureVenv(found, REQUIREMENTS, 'tests');
    benches.push({ version: found.version, command: (args) => [interpreter, args] });
  }
  const { newest, skipped } = await findForky(choices, benches);
  benches.push(...newest);
  const missing = pythons?.filter((minor) => !benches.some(({ version }) => version.startsWith(`${minor}.`))) ?? [];
  if (missing.length > 0)
    throw new Fault(`There is no Python ${missing.join(', ')} here: install it, or leave it out of --pythons.`);
  return { benches, skipped };
}

/**
 * @param {Bench} bench
 * @param {import('./part.mjs').Choices} choices
 * @param {number} timeoutMs
 * @returns {Promise<Counts>}
 */
function test(bench, choices, timeoutMs) {
  return withFolder(async (folder) => {
    const junit = join(folder, 'junit.xml');
    const [command, args] = bench.command([
      ...['-m', 'pytest', 'runtime/tests', '-q', '-p', 'no:cacheprovider', `--junitxml=${junit}`],
      ...(choices.grep === undefined ? [] : ['-k', choices.grep]),
    ]);
    const { code, timedOut } = await run(command, args, {
      cwd: root,
      env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' },
      timeoutMs,
      onLine: (line) => line.trim() !== '' && process.stdout.write(`[${bench.version}] ${line}\n`),
    });
    if (timedOut) process.stdout.write(`[${bench.version}] stopped after ${timeoutMs / 60_000} minutes\n`);
    return on(bench, readJunit(junit, code));
  });
}

/**
 * @param {Bench} bench
 * @param {import('./part.mjs').Choices} choices
 * @param {number} timeoutMs
 * @returns {Promise<Counts>}
 */
async function enter(bench, choices, timeoutMs) {
  if (bench.node === undefined) return NOTHING;
  return on(bench, await runMocha(ENTERING, choices, timeoutMs, { LOOPSCOPE_TEST_PYTHON: bench.inside }, bench.node));
}

/**
 * @param {Bench} bench
 * @param {Counts} counts
 * @returns {Counts}
 */
function on({ version }, counts) {
  /** @param {readonly import('../lib/counts.mjs').Entry[]} entries */
  const here = (entries) => entries.map((entry) => ({ ...entry, on: version }));
  return { ...counts, skipped: here(counts.skipped), failures: here(counts.failures) };
}
