// @ts-check
import { ensureChromium } from '../lib/chromium.mjs';
import { runMocha, testFiles } from './part.mjs';

/** @type {import('./part.mjs').Part} */
export const webview = {
  name: 'webview',
  title: 'webview (Chromium)',
  minutes: 15,
  async run(choices, timeoutMs) {
    return runMocha(await testFiles(['test/webview']), choices, timeoutMs, { CHROMIUM_PATH: await ensureChromium() });
  },
};
