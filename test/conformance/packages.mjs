// @ts-check
/**
 * Runs the tests of packages, as their archives of the package index bring them, alone and under Loopscope.
 *
 *   node test/conformance/packages.mjs [anyio] [aiohttp] [-- ARGUMENT ...]      the arguments are pytest's
 *
 * What it fetches stays in the cache. Exits with 0 when nothing differs.
 */
import { existsSync } from 'node:fs';
import { cp, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { cached } from '../../scripts/lib/cache.mjs';
import { Fault, report } from '../../scripts/lib/fault.mjs';
import { root } from '../../scripts/lib/paths.mjs';
import { run } from '../../scripts/lib/processes.mjs';
import { anyPython } from '../../scripts/lib/pythons.mjs';
import { ensureVenv } from '../../scripts/lib/venv.mjs';
import { withFolder } from '../../scripts/parts/part.mjs';

const HERE = join(root, 'test', 'conformance');

/**
 * What each package's tests are told, so that they neither need a network nor another event loop, nor measure.
 *
 * @type {Readonly<Record<string, readonly string[]>>}
 */
const SUITES = {
  anyio: ['-k', 'not trio', '-m', 'not network'],
  aiohttp: [
    ...['-o', 'addopts=', '-m', 'not dev_mode and not autobahn and not internal', '-p', 'pytest_cov', '--no-cov'],
    '--ignore-glob=*test_benchmarks*',
  ],
};

/** What of an archive the tests need. */
const NEEDED = ['tests', 'pyproject.toml', 'pytest.ini', 'setup.cfg'];

async function main() {
  const own = process.argv.slice(2);
  const end = own.indexOf('--');
  const { positionals } = parseArgs({ args: end < 0 ? own : own.slice(0, end), allowPositionals: true });
  const more = end < 0 ? [] : own.slice(end + 1);
  const names = positionals.length > 0 ? positionals : Object.keys(SUITES);
  const python = await anyPython();
  for (const name of names) {
    const told = SUITES[name];
    if (!told) throw new Fault(`There are no tests of ${name} here: choose from ${Object.keys(SUITES).join(', ')}.`);
    const requirements = join(HERE, `requirements-${name}.txt`);
    const [pinned = ''] = (await readFile(requirements, 'utf8')).split('\n');
    const interpreter = await ensureVenv(python, requirements, `conformance-${name}`);
    const tests = await cached(`tests-${pinned}`, 'tests', (folder) => fetchTests(interpreter, pinned, folder));
    process.stdout.write(`${pinned}\n`);
    const { code } = await run(interpreter, [join(HERE, 'package_suite.py'), tests, '--', ...told, ...more]);
    process.exitCode ||= code;
  }
}

/**
 * @param {string} interpreter
 * @param {string} pinned As in `anyio==4.16.0`.
 * @param {string} folder Where the tests go.
 */
async function fetchTests(interpreter, pinned, folder) {
  await withFolder(async (temporary) => {
    const pip = ['-m', 'pip', 'download', '--quiet', '--no-deps', '--no-binary', ':all:', '--dest', temporary, pinned];
    const fetched = await run(interpreter, pip, { capture: true });
    const archive = (await readdir(temporary)).find((entry) => entry.endsWith('.tar.gz'));
    if (fetched.code !== 0 || archive === undefined) {
      throw new Fault(`The archive of ${pinned} cannot be had from the package index:\n${fetched.output.slice(-1500)}`);
    }
    await run(interpreter, ['-m', 'tarfile', '-e', join(temporary, archive), temporary], { capture: true });
    const unpacked = join(temporary, archive.replace(/\.tar\.gz$/, ''));
    for (const entry of NEEDED.filter((name) => existsSync(join(unpacked, name)))) {
      await cp(join(unpacked, entry), join(folder, entry), { recursive: true });
    }
  });
}

await main().catch(report);
