import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setImmediate } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { leftBehind, run, start, stop } from './processes.mjs';

/** A program that starts another one, says its process id, and waits with it. */
const PARENT = `
const { spawn } = require('node:child_process');
const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore', detached: process.argv[1] === 'detached' });
child.unref();
console.log(child.pid);
if (process.argv[1] !== 'detached') setInterval(() => {}, 1000);
`;

/** Says what `sweep` killed; run under a mark of its own, because it kills all that carry the mark. */
const SWEEPER = `
import { run, sweep } from '${pathToFileURL(join(import.meta.dirname, 'processes.mjs')).href}';
const { output } = await run(process.execPath, ['-e', process.argv[1], 'detached'], { capture: true });
console.log(JSON.stringify({ orphan: Number(output), killed: await sweep(0) }));
`;

describe('running programs', () => {
  it('gives the exit code and what was said', async () => {
    const result = await run(process.execPath, ['-e', 'console.log("out"); console.error("err"); process.exit(7)'], {
      capture: true,
    });
    assert.equal(result.code, 7);
    assert.match(result.output, /out/);
    assert.match(result.output, /err/);
    assert.equal(result.timedOut, false);
  });

  it('says why a program cannot be started instead of failing', async () => {
    const result = await run('/nowhere/at-all', [], { capture: true });
    assert.equal(result.code, -1);
    assert.match(result.output, /ENOENT/);
  });

  it('hands over whole lines', async () => {
    const lines: string[] = [];
    await run(process.execPath, ['-e', 'process.stdout.write("a\\nb"); process.stdout.write("c\\nlast")'], {
      onLine: (line) => lines.push(line),
    });
    assert.deepEqual(lines, ['a', 'bc', 'last']);
  });

  it('ends a program that takes too long', async () => {
    const result = await run(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], {
      capture: true,
      timeoutMs: 200,
    });
    assert.equal(result.timedOut, true);
    assert.equal(result.code, -1);
  });

  it('stops what a program started together with it', async function () {
    if (process.platform !== 'linux') this.skip();
    const parent = start(process.execPath, ['-e', PARENT]);
    assert.ok(parent.stdout);
    const [line] = (await once(createInterface(parent.stdout), 'line')) as [string];
    const isThere = (): boolean => leftBehind().some(({ pid }) => pid === Number(line));
    assert.ok(isThere());
    await stop(parent);
    while (isThere()) await setImmediate();
  });

  it('finds and kills a process that left its group', async function () {
    if (process.platform !== 'linux') this.skip();
    const { output } = await run(process.execPath, ['--input-type=module', '-e', SWEEPER, PARENT], {
      capture: true,
      env: { ...process.env, TEST_RUN_MARK: randomUUID() },
    });
    const { orphan, killed } = JSON.parse(output) as { orphan: number; killed: { pid: number; command: string }[] };
    assert.deepEqual(
      killed.map(({ pid }) => pid),
      [orphan],
    );
    assert.match(killed[0]?.command ?? '', /setInterval/);
  });
});
