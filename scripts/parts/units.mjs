// @ts-check
import { runMocha, testFiles } from './part.mjs';

/** @type {import('./part.mjs').Part} */
export const units = {
  name: 'units',
  title: 'units (TypeScript)',
  minutes: 15,
  async run(choices, timeoutMs) {
    const files = await testFiles(['extension', 'scripts', 'test', 'webview'], ['test/host', 'test/webview']);
    return runMocha(files, choices, timeoutMs);
  },
};
