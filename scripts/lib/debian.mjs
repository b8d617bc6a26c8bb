// @ts-check
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from './fault.mjs';
import { onPath } from './paths.mjs';
import { run } from './processes.mjs';

/** @returns {boolean} Whether packages can be installed here without asking anybody. */
export function isRootOnDebian() {
  return process.getuid?.() === 0 && onPath('apt-get').length > 0;
}

/** @type {Promise<unknown> | undefined} */
let updated;

/**
 * Installs Debian packages.
 *
 * @param {readonly string[]} packages
 * @param {string} why What needs them, for the message when it cannot be done.
 * @throws {Fault} Naming the packages, when this is not root on Debian or apt fails.
 */
export async function aptInstall(packages, why) {
  const command = `apt-get install -y ${packages.join(' ')}`;
  if (!isRootOnDebian()) {
    throw new Fault(
      `${why} needs ${packages.join(', ')}, which is not installed here: install it (on Debian: ${command}).`,
    );
  }
  process.stdout.write(`installing ${packages.join(', ')} with apt-get\n`);
  updated ??= run('apt-get', ['update', '-qq'], { capture: true, timeoutMs: 300_000 });
  await updated;
  const { code, output } = await run('apt-get', ['install', '-y', '--no-install-recommends', ...packages], {
    capture: true,
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    timeoutMs: 900_000,
  });
  if (code !== 0) throw new Fault(`${why}: \`${command}\` failed:\n${output.slice(-2000)}`);
}

/**
 * The address of the Debian archive that this machine's apt uses.
 *
 * @param {string} [etc] The folder that holds `apt`; a parameter for tests.
 * @returns {string | undefined}
 */
export function debianMirror(etc = '/etc') {
  const lists = join(etc, 'apt', 'sources.list.d');
  const files = [
    join(etc, 'apt', 'sources.list'),
    ...(existsSync(lists) ? readdirSync(lists).map((name) => join(lists, name)) : []),
  ];
  for (const file of files) {
    if (!existsSync(file)) continue;
    const text = readFileSync(file, 'utf8').replace(/^\s*#.*$/gm, '');
    const addresses = [...text.matchAll(/^(?:deb(?:\s+\[[^\]]*\])?|URIs:)\s+(https?:\/\/\S+)/gm)].map(
      (match) => match[1] ?? '',
    );
    const archive = addresses.find((address) => /\/debian\/?$/.test(address));
    if (archive !== undefined) return archive;
  }
  return undefined;
}
