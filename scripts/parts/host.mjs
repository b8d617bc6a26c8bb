// @ts-check
import { sum } from '../lib/counts.mjs';
import { runCounted, runMocha, testFiles } from './part.mjs';

/** @type {import('./part.mjs').Part} */
export const host = {
  name: 'host',
  title: 'extension (real VS Code)',
  minutes: 25,
  async run(choices, timeoutMs) {
    const grep = choices.grep === undefined ? [] : ['--grep', choices.grep];
    const suite = await runCounted(['--import', 'tsx', 'test/host/run.ts', ...grep], timeoutMs);
    const outside = await runMocha(await testFiles(['test/host'], ['test/host/suite']), choices, timeoutMs);
    return sum([suite, outside]);
  },
};
