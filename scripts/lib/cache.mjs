// @ts-check
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { cacheFolder } from './paths.mjs';

const COMPLETE = '.complete';

/**
 * A folder of the cache that is either whole or not there: `build` fills a folder beside it, which then takes its name.
 *
 * @param {string} name Folder name inside the cache; must change when the contents should.
 * @param {string} proof A file that is in the folder once it is whole.
 * @param {(folder: string) => Promise<void>} build Fills the folder; may be moved afterwards.
 * @returns {Promise<string>} The folder.
 */
export async function cached(name, proof, build) {
  const target = join(cacheFolder(), name);
  if (existsSync(join(target, proof))) return target;
  return alone(target, async () => {
    if (existsSync(join(target, proof))) return target;
    const draft = `${target}.draft`;
    await rm(draft, { recursive: true, force: true });
    await mkdir(draft, { recursive: true });
    await build(draft);
    await rm(target, { recursive: true, force: true });
    await rename(draft, target);
    return target;
  });
}

/**
 * Like `cached`, for what cannot be moved once it is built (virtual environments): it is built where it stays, and
 * counts only once a marker says that it is whole.
 *
 * @param {string} name
 * @param {(folder: string) => Promise<void>} build
 * @returns {Promise<string>}
 */
export async function cachedInPlace(name, build) {
  const target = join(cacheFolder(), name);
  if (existsSync(join(target, COMPLETE))) return target;
  return alone(target, async () => {
    if (existsSync(join(target, COMPLETE))) return target;
    await rm(target, { recursive: true, force: true });
    await mkdir(target, { recursive: true });
    await build(target);
    await writeFile(join(target, COMPLETE), '');
    return target;
  });
}

/**
 * Lets one process at a time build a target. A lock whose owner has died is taken over.
 *
 * @template T
 * @param {string} target
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
async function alone(target, work) {
  const lock = `${target}.lock`;
  await mkdir(dirname(target), { recursive: true });
  for (;;) {
    try {
      await writeFile(lock, String(process.pid), { flag: 'wx' });
      break;
    } catch (error) {
      if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EEXIST') throw error;
      if (await ownerIsGone(lock)) await rm(lock, { force: true });
      else await pause(500);
    }
  }
  try {
    return await work();
  } finally {
    await rm(lock, { force: true });
  }
}

/**
 * @param {string} lock
 * @returns {Promise<boolean>}
 */
async function ownerIsGone(lock) {
  const pid = Number(await readFile(lock, 'utf8').catch(() => ''));
  if (!Number.isInteger(pid) || pid <= 0) {
    // Created, but its owner has not written its id yet; unless it died between the two.
    const age = await stat(lock).then(
      (found) => Date.now() - found.mtimeMs,
      () => 0,
    );
    return age > 5000;
  }
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
}
