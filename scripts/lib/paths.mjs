// @ts-check
import { homedir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { accessSync, constants, statSync } from 'node:fs';

/** The checkout. */
export const root = resolve(import.meta.dirname, '..', '..');

/** The tests of the runtime. */
export const runtimeTests = join(root, 'runtime', 'tests');

/**
 * The folder for what is big and can be fetched again: browsers' hosts, virtual environments, Linux trees.
 * `LOOPSCOPE_CACHE` wins over `XDG_CACHE_HOME/loopscope`, which wins over `~/.cache/loopscope`.
 *
 * @returns {string}
 */
export function cacheFolder() {
  const own = process.env['LOOPSCOPE_CACHE'];
  if (own) return resolve(own);
  const shared = process.env['XDG_CACHE_HOME'];
  return shared ? join(resolve(shared), 'loopscope') : join(homedir(), '.cache', 'loopscope');
}

/**
 * Every executable of a name on PATH, in PATH's order.
 *
 * @param {string} name
 * @returns {string[]}
 */
export function onPath(name) {
  const endings = process.platform === 'win32' ? ['.exe', '.cmd', '.bat'] : [''];
  return (process.env['PATH'] ?? '')
    .split(delimiter)
    .filter((folder) => folder !== '')
    .flatMap((folder) => endings.map((ending) => join(folder, name + ending)))
    .filter(isExecutable);
}

/**
 * @param {string} file
 * @returns {boolean}
 */
export function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
