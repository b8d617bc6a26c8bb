// @ts-check
import { join } from 'node:path';
import { Fault } from './fault.mjs';
import { cacheFolder, isExecutable, onPath } from './paths.mjs';

const RELEASES = 'https://update.code.visualstudio.com/api/releases/stable';

/** How long the release server may take to answer before the download counts as out of reach (ms). */
const REACH_MS = 5000;

/**
 * The VS Code to test in: `VSCODE_EXECUTABLE`, else a download of the stable one into the cache. The user's own `code`
 * is not used for tests: its settings and extensions are theirs.
 *
 * @returns {Promise<string | undefined>} Path of the executable; nothing where the download cannot be reached.
 */
export async function findDesktop() {
  return named() ?? (await download());
}

/**
 * The command that opens a desktop VS Code for a person: `VSCODE_EXECUTABLE`, else `code` on PATH, else a download.
 *
 * @returns {Promise<string | undefined>}
 */
export async function findDesktopCommand() {
  return named() ?? onPath('code')[0] ?? (hasDisplay() ? await download() : undefined);
}

/** @returns {boolean} Whether a window can be shown here. */
export function hasDisplay() {
  return process.platform !== 'linux' || Boolean(process.env['DISPLAY'] ?? process.env['WAYLAND_DISPLAY']);
}

/** @returns {string | undefined} */
function named() {
  const own = process.env['VSCODE_EXECUTABLE'];
  if (!own) return undefined;
  if (!isExecutable(own)) {
    throw new Fault(
      `VSCODE_EXECUTABLE names ${own}, which is not a program: set it to VS Code's executable, or unset it.`,
    );
  }
  return own;
}

/** @returns {Promise<string | undefined>} */
async function download() {
  try {
    const answer = await fetch(RELEASES, { signal: AbortSignal.timeout(REACH_MS) });
    if (!answer.ok) return undefined;
  } catch {
    return undefined;
  }
  try {
    const { downloadAndUnzipVSCode } = await import('@vscode/test-electron');
    return await downloadAndUnzipVSCode({ version: 'stable', cachePath: join(cacheFolder(), 'vscode-desktop') });
  } catch {
    return undefined;
  }
}
