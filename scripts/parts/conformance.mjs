// @ts-check
import { join } from 'node:path';
import { NOTHING, readCounts } from '../lib/counts.mjs';
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
  async run({ pythons, grep = '' }, timeoutMs) {
    const found = (await findPythons()).filter(({ minor }) => pythons?.includes(minor) ?? true);
    for (const { executable } of found.reverse()) {
      const counts = await withFolder(async (folder) => {
        const file = join(folder, 'counts.json');
        const args = [SUITE, '--beside', String(BESIDE), '--grep', grep, '--counts', file];
        const { code } = await run(executable, args, { cwd: root, timeoutMs });
        return code === NO_TESTS ? undefined : readCounts(file, code);
      });
      if (counts !== undefined) return counts;
    }
    return { ...NOTHING, skipped: [{ what: 'conformance: no interpreter here brings CPython’s tests of asyncio' }] };
  },
};
