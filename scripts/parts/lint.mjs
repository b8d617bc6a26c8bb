// @ts-check
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../lib/paths.mjs';
import { NOTHING } from '../lib/counts.mjs';
import { run } from '../lib/processes.mjs';
import { anyPython } from '../lib/pythons.mjs';
import { ensureVenv } from '../lib/venv.mjs';

/** The settings of mypy; ruff finds its own. */
const SETTINGS = 'runtime/pyproject.toml';

const PYTHON_FOLDERS = ['runtime', 'test', 'demo', 'scripts'];

/** @type {import('./part.mjs').Part} */
export const lint = {
  name: 'lint',
  title: 'lint and types',
  minutes: 15,
  async run(_choices, timeoutMs) {
    const python = await ensureVenv(await anyPython(), join(root, 'runtime', 'requirements-tools.txt'), 'tools');
    const folders = PYTHON_FOLDERS.filter((name) => existsSync(join(root, name)));
    /** @param {readonly string[]} args */
    const node = (...args) => /** @type {const} */ ([process.execPath, args]);
    /** @param {readonly string[]} args */
    const tool = (...args) => /** @type {const} */ ([python, ['-m', ...args]]);
    /** @type {readonly (readonly [string, readonly [string, readonly string[]]])[]} */
    const checks = [
      ['tsc', node('node_modules/typescript/bin/tsc', '-p', 'tsconfig.json')],
      ['tsc (webview)', node('node_modules/typescript/bin/tsc', '-p', 'webview/tsconfig.json')],
      ['eslint', node('node_modules/eslint/bin/eslint.js', '.')],
      ['prettier', node('node_modules/prettier/bin/prettier.cjs', '--check', '--log-level=warn', '.')],
      ['ruff check', tool('ruff', 'check', '--no-cache', ...folders)],
      ['ruff format', tool('ruff', 'format', '--check', '--no-cache', ...folders)],
      ['mypy', tool('mypy', '--strict', '--config-file', SETTINGS, '--cache-dir=/dev/null', 'runtime/loopscope')],
    ];
    /** @type {import('../lib/counts.mjs').Entry[]} */
    const failures = [];
    for (const [name, [command, args]] of checks) {
      const { code, output } = await run(command, args, { cwd: root, capture: true, timeoutMs });
      process.stdout.write(`  ${code === 0 ? '✔' : '✖'} ${name}\n${code === 0 ? '' : output}`);
      if (code !== 0) failures.push({ what: name });
    }
    return { ...NOTHING, passed: checks.length - failures.length, failed: failures.length, failures };
  },
};
