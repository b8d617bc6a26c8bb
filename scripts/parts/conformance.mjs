// @ts-check
import { join } from 'node:path';
import { NOTHING, readCounts } from '../lib/counts.mjs';
import { findForky } from '../lib/forky.mjs';
import { root } from '../lib/paths.mjs';
import { run } from '../lib/processes.mjs';
import { findPythons } from '../lib/pythons.mjs';
import { withFolder } from './part.mjs';

const SUITE = join(root, 'test', 'conformance', 'asyncio_suite.py');

/** How it exits with an interpreter that brings no tests of asyncio. */
const NO_TESTS = 2;

/** Most of the tests wait; so many modules beside each other take less than two minutes on two processors. */
const BESIDE = 3;

/** @type {import('./part.mjs').Part} */
export const conformance = {
  name: 'conformance',
  title: 'conformance (CPython’s tests of asyncio)',
  minutes: 20,
  async run(choices, timeoutMs) {
    const { pythons, grep = '' } = choices;
    const found = (await findPythons()).filter(({ minor }) => pythons?.includes(minor) ?? true);
    const { newest, skipped } = await findForky(choices, found);
    const commands = [...found.map(plain), ...newest.map(({ command }) => command)];
    for (const command of commands.reverse()) {
      const counts = await withFolder(async (folder) => {
        const file = join(folder, 'counts.json');
        const args = [SUITE, '--beside', String(BESIDE), '--grep', grep, '--counts', file];
        const { code } = await run(...command(args), { cwd: root, timeoutMs });
        return code === NO_TESTS ? undefined : readCounts(file, code);
      });
      if (counts !== undefined) return { ...counts, skipped: [...skipped, ...counts.skipped] };
    }
    const none = { what: 'conformance: no interpreter here brings CPython’s tests of asyncio' };
    return { ...NOTHING, skipped: [...skipped, none] };
  },
};

/**
 * @param {import('../lib/pythons.mjs').Python} python
 * @returns {import('../lib/forky.mjs').ForkyPython['command']}
 */
function plain({ executable }) {
  return (args) => [executable, args];
}
