// @ts-check
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cachedInPlace } from './cache.mjs';
import { aptInstall, isRootOnDebian } from './debian.mjs';
import { Fault } from './fault.mjs';
import { run } from './processes.mjs';

/** @typedef {import('./pythons.mjs').Python} Python */

/**
 * A virtual environment of an interpreter with the packages of a requirements file, in the cache. It is keyed by all
 * that went into it, so a changed file makes a new one.
 *
 * @param {Python} python
 * @param {string} requirements Path of a requirements file.
 * @param {string} purpose A word for the folder's name.
 * @returns {Promise<string>} The environment's interpreter.
 */
export async function ensureVenv(python, requirements, purpose) {
  const text = existsSync(requirements) ? readFileSync(requirements, 'utf8') : '';
  const key = createHash('sha256')
    .update([python.executable, python.version, text].join('\0'))
    .digest('hex')
    .slice(0, 12);
  const folder = await cachedInPlace(`venv-${purpose}-${python.version}-${key}`, async (target) => {
    process.stdout.write(`preparing the ${purpose} packages for Python ${python.version}\n`);
    await createVenv(python, target);
    await install(interpreterOf(target), text);
  });
  return interpreterOf(folder);
}

/**
 * @param {string} folder
 * @returns {string}
 */
function interpreterOf(folder) {
  return process.platform === 'win32' ? join(folder, 'Scripts', 'python.exe') : join(folder, 'bin', 'python');
}

/**
 * @param {Python} python
 * @param {string} folder
 */
async function createVenv(python, folder) {
  const attempt = () => run(python.executable, ['-m', 'venv', folder], { capture: true, timeoutMs: 300_000 });
  let result = await attempt();
  if (result.code !== 0 && /ensurepip|No module named venv/.test(result.output) && isRootOnDebian()) {
    await aptInstall([`python${python.minor}-venv`], `A virtual environment for Python ${python.version}`);
    result = await attempt();
  }
  if (result.code !== 0) {
    throw new Fault(
      `Python ${python.version} (${python.executable}) cannot make a virtual environment; on Debian install python${python.minor}-venv:\n${result.output.slice(-1500)}`,
    );
  }
}

/**
 * Installs the packages together; where one of them cannot be had for this interpreter (no wheel yet for a new version),
 * the others are installed one by one and the missing one is named. Tests that need it say that they were skipped.
 *
 * @param {string} interpreter
 * @param {string} requirements
 */
async function install(interpreter, requirements) {
  const wanted = requirements
    .split('\n')
    .map((line) => line.replace(/(^|\s)#.*$/, '').trim())
    .filter((line) => line !== '');
  if (wanted.length === 0) return;
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-input', '--prefer-binary'];
  const together = await run(interpreter, [...pip, ...wanted], { capture: true, timeoutMs: 900_000 });
  if (together.code === 0) return;
  let installed = 0;
  for (const line of wanted) {
    const { code, output } = await run(interpreter, [...pip, line], { capture: true, timeoutMs: 600_000 });
    if (code === 0) installed += 1;
    else process.stdout.write(`  not available here: ${line} (${lastLine(output)})\n`);
  }
  if (installed === 0) {
    throw new Fault(
      `pip could install nothing for ${interpreter}: check that the package index answers.\n${lastLine(together.output)}`,
    );
  }
}

/**
 * @param {string} output
 * @returns {string}
 */
function lastLine(output) {
  return output.trim().split('\n').at(-1)?.trim() ?? '';
}
