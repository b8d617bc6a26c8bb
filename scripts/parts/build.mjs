// @ts-check
import { join } from 'node:path';
import { NOTHING } from '../lib/counts.mjs';
import { root } from '../lib/paths.mjs';
import { run } from '../lib/processes.mjs';

/** @type {import('./part.mjs').Part} */
export const build = {
  name: 'build',
  title: 'build',
  minutes: 10,
  async run(_choices, timeoutMs) {
    const { code } = await run(process.execPath, [join(root, 'scripts', 'build.mjs')], { cwd: root, timeoutMs });
    return code === 0 ? { ...NOTHING, passed: 1 } : { ...NOTHING, failed: 1, failures: [{ what: 'the bundles' }] };
  },
};
