import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cached, cachedInPlace } from './cache.mjs';

describe('the cache', () => {
  let folder = '';
  const before = process.env['LOOPSCOPE_CACHE'];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'loopscope-cache-'));
    process.env['LOOPSCOPE_CACHE'] = folder;
  });

  afterEach(async () => {
    if (before === undefined) delete process.env['LOOPSCOPE_CACHE'];
    else process.env['LOOPSCOPE_CACHE'] = before;
    await rm(folder, { recursive: true, force: true });
  });

  it('builds once, however many ask at once', async () => {
    let built = 0;
    const ask = (): Promise<string> =>
      cached('thing', 'proof', async (target) => {
        built += 1;
        await writeFile(join(target, 'proof'), '');
      });
    assert.deepEqual(await Promise.all([ask(), ask(), ask()]), Array(3).fill(join(folder, 'thing')));
    assert.equal(built, 1);
    assert.deepEqual(await readdir(folder), ['thing']);
  });

  it('keeps nothing of a build that failed, and builds again', async () => {
    const failing = cached('thing', 'proof', () => Promise.reject(new Error('no network')));
    await assert.rejects(failing, /no network/);
    assert.equal(existsSync(join(folder, 'thing')), false);
    await cached('thing', 'proof', (target) => writeFile(join(target, 'proof'), ''));
    assert.ok(existsSync(join(folder, 'thing', 'proof')));
  });

  it('builds anew what was interrupted in place', async () => {
    await assert.rejects(
      cachedInPlace('venv', async (target) => {
        await writeFile(join(target, 'half'), '');
        throw new Error('interrupted');
      }),
      /interrupted/,
    );
    await cachedInPlace('venv', (target) => writeFile(join(target, 'whole'), ''));
    assert.deepEqual((await readdir(join(folder, 'venv'))).sort(), ['.complete', 'whole']);
  });

  it('takes over the lock of a process that has died', async () => {
    // No process has this id: it is above the highest that Linux and macOS give.
    await writeFile(join(folder, 'thing.lock'), '999999999');
    await cached('thing', 'proof', (target) => writeFile(join(target, 'proof'), ''));
    assert.deepEqual(await readdir(folder), ['thing']);
  });
});
