// @ts-check
import { Fault } from './fault.mjs';
import { isExecutable, onPath } from './paths.mjs';
import { aptInstall, isRootOnDebian } from './debian.mjs';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'microsoft-edge'];

const PLACES = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
];

/** Flags for a Chromium that runs as root, without a display, and fetches nothing on its own account. */
export const chromiumFlags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-dev-shm-usage',
];

/**
 * The Chromium to test in: `CHROMIUM_PATH`, or the first found.
 *
 * @returns {string | undefined}
 */
export function findChromium() {
  const own = process.env['CHROMIUM_PATH'];
  if (own) {
    if (isExecutable(own)) return own;
    throw new Fault(`CHROMIUM_PATH names ${own}, which is not a program: set it to a Chromium or Chrome, or unset it.`);
  }
  return [...NAMES.flatMap(onPath), ...PLACES.filter(isExecutable)][0];
}

/**
 * The Chromium to test in, installed first where that can be done.
 *
 * @returns {Promise<string>}
 */
export async function ensureChromium() {
  const found = findChromium();
  if (found !== undefined) return found;
  if (!isRootOnDebian()) {
    throw new Fault(
      'No Chromium found on PATH: install Chromium or Google Chrome (on Debian: apt-get install chromium), or set CHROMIUM_PATH to one.',
    );
  }
  await aptInstall(['chromium'], 'The tests in a browser');
  const installed = findChromium();
  if (installed === undefined) throw new Fault('apt-get installed chromium, but no `chromium` is on PATH.');
  return installed;
}
