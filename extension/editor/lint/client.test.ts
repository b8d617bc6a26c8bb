import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FromLintWorker } from '../../lint/messages';
import { LintClient } from './client';

/** A worker that answers what it is told to close, and throws at what it is told to open. */
const WORKER = `
const { parentPort } = require('node:worker_threads');
parentPort.on('message', ({ type, path }) => {
  if (type === 'open') throw new Error('cannot bear ' + path);
  parentPort.postMessage({ type: 'problem', message: path });
});
`;

describe('the keeper of the lint worker', () => {
  let folder: string;
  let script: string;
  let client: LintClient;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'loopscope-'));
    script = join(folder, 'worker.js');
    await writeFile(script, WORKER);
  });
  after(() => rm(folder, { recursive: true }));
  afterEach(() => client.dispose());

  /** Runs a worker that is given `first` each time it starts; resolves to what was said when `isEnough`. */
  function sentences(
    delaysMs: readonly number[],
    begin: (start: number) => void,
    isEnough: (said: readonly string[], received: readonly FromLintWorker[], starts: number) => boolean,
  ): Promise<{ said: string[]; received: FromLintWorker[]; starts: number }> {
    return new Promise((resolve) => {
      const said: string[] = [];
      const received: FromLintWorker[] = [];
      let starts = 0;
      const look = (): void => {
        if (isEnough(said, received, starts)) resolve({ said, received, starts });
      };
      client = new LintClient({
        script,
        delaysMs,
        started: () => {
          const start = ++starts;
          queueMicrotask(() => begin(start));
        },
        received: (message) => {
          received.push(message);
          look();
        },
        say: (sentence) => {
          said.push(sentence);
          look();
        },
      });
    });
  }

  it('starts it again after a crash, says so, and has it told everything', async () => {
    const { said, received, starts } = await sentences(
      [1],
      (start) =>
        client.send(
          start === 1 ? { type: 'open', path: 'a.py', version: 1, text: '' } : { type: 'close', path: 'b.py' },
        ),
      (_, messages) => messages.length > 0,
    );
    assert.deepEqual(said, ['The linter stopped (cannot bear a.py) and is started again in 0.001 s.']);
    assert.deepEqual(received, [{ type: 'problem', message: 'b.py' }]);
    assert.equal(starts, 2);
  });

  it('leaves it alone when it crashes every time', async () => {
    const { said, starts } = await sentences(
      [1, 2],
      () => client.send({ type: 'open', path: 'a.py', version: 1, text: '' }),
      (all) => all.some((sentence) => sentence.includes('stays off')),
    );
    assert.equal(starts, 3);
    assert.equal(said.length, 3);
    assert.match(said[2] ?? '', /^The linter stopped 3 times \(cannot bear a\.py\) and stays off; turn the setting/);
  });

  it('survives a worker that is not there', async () => {
    script = join(folder, 'none.js');
    const { said } = await sentences(
      [],
      () => undefined,
      (all) => all.length > 0,
    );
    assert.match(said[0] ?? '', /Cannot find module/);
  });
});
