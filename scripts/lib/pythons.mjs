// @ts-check
import { existsSync, readdirSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { Fault } from './fault.mjs';
import { onPath } from './paths.mjs';
import { run } from './processes.mjs';

/** CPython versions that the runtime supports, oldest first. */
export const SUPPORTED = ['3.9', '3.10', '3.11', '3.12', '3.13', '3.14', '3.15'];

const PROBE =
  'import json,os,sys;print(json.dumps([list(sys.version_info[:3]),sys.implementation.name,' +
  'os.path.realpath(sys.executable)]))';

/**
 * @typedef {object} Python
 * @property {string} executable
 * @property {string} version As in `3.11.7`.
 * @property {string} minor As in `3.11`.
 */

/**
 * The interpreters of this machine, one per minor version, oldest first: those of `LOOPSCOPE_PYTHONS` (separated like
 * PATH), then pyenv's and uv's, then those on PATH. Each is proved by running it, because a shim on PATH may run nothing.
 *
 * @returns {Promise<Python[]>}
 */
export async function findPythons() {
  /** @type {Map<string, Python>} */
  const byMinor = new Map();
  const seen = new Set();
  for (const candidate of candidates()) {
    if (seen.has(candidate)) continue;
    seen.add(candidate);
    const python = await probe(candidate);
    if (python && SUPPORTED.includes(python.minor) && !byMinor.has(python.minor)) byMinor.set(python.minor, python);
  }
  return [...byMinor.values()].sort((a, b) => SUPPORTED.indexOf(a.minor) - SUPPORTED.indexOf(b.minor));
}

/**
 * The newest interpreter that is found, for scripts that need any one.
 *
 * @returns {Promise<Python>}
 * @throws {Fault} When there is none.
 */
export async function anyPython() {
  const found = await findPythons();
  const newest = found.at(-1);
  if (newest === undefined) throw new Fault(noPython());
  return newest;
}

/** @returns {string} The sentence for a machine without Python. */
export function noPython() {
  return (
    `No Python ${SUPPORTED[0] ?? ''} to ${SUPPORTED.at(-1) ?? ''} found on PATH, in pyenv or in LOOPSCOPE_PYTHONS: ` +
    'install one, or set LOOPSCOPE_PYTHONS to its path.'
  );
}

/** @returns {string[]} */
function candidates() {
  const own = (process.env['LOOPSCOPE_PYTHONS'] ?? '').split(delimiter).filter((entry) => entry !== '');
  for (const entry of own) {
    if (!existsSync(entry)) {
      throw new Fault(
        `LOOPSCOPE_PYTHONS names ${entry}, which does not exist: name interpreters, separated by "${delimiter}".`,
      );
    }
  }
  const onWindows = process.platform === 'win32';
  const managed = [
    join(process.env['PYENV_ROOT'] ?? join(homedir(), '.pyenv'), 'versions'),
    join(homedir(), '.local', 'share', 'uv', 'python'),
  ].flatMap((folder) =>
    existsSync(folder)
      ? readdirSync(folder)
          .sort(newestFirst)
          .map((name) => join(folder, name, ...(onWindows ? ['python.exe'] : ['bin', 'python3'])))
      : [],
  );
  const names = [...SUPPORTED.map((version) => `python${version}`), 'python3', 'python'];
  return [...own, ...managed.filter((file) => existsSync(file)), ...names.flatMap(onPath)];
}

/**
 * @param {string} a
 * @param {string} b
 * @returns {number}
 */
function newestFirst(a, b) {
  return b.localeCompare(a, 'en', { numeric: true });
}

/**
 * @param {string} executable
 * @returns {Promise<Python | undefined>}
 */
export async function probe(executable) {
  if (statSync(executable, { throwIfNoEntry: false })?.isFile() !== true) return undefined;
  const { code, output } = await run(executable, ['-I', '-c', PROBE], { capture: true, timeoutMs: 20_000 });
  if (code !== 0) return undefined;
  try {
    /** @type {unknown} */
    const answer = JSON.parse(output.trim().split('\n').at(-1) ?? '');
    const [version, implementation, real] = /** @type {[number[], string, string]} */ (answer);
    if (implementation !== 'cpython') return undefined;
    return { executable: real, version: version.join('.'), minor: version.slice(0, 2).join('.') };
  } catch {
    return undefined;
  }
}
