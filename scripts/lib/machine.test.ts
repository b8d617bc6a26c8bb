import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { debianMirror } from './debian.mjs';
import { isInstalled } from './node-modules.mjs';
import { anyPython, findPythons, probe } from './pythons.mjs';

describe('what is on the machine', () => {
  let folder = '';
  beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'loopscope-machine-'))));
  afterEach(() => rm(folder, { recursive: true, force: true }));

  describe('interpreters', () => {
    const before = process.env['LOOPSCOPE_PYTHONS'];
    afterEach(() => {
      if (before === undefined) delete process.env['LOOPSCOPE_PYTHONS'];
      else process.env['LOOPSCOPE_PYTHONS'] = before;
    });

    it('are found once for each version, in order, and run', async () => {
      const found = await findPythons();
      assert.ok(found.length > 0);
      const minors = found.map(({ minor }) => Number(minor.split('.')[1]));
      assert.deepEqual(
        minors,
        [...new Set(minors)].sort((a, b) => a - b),
      );
      const [first] = found;
      assert.equal((await probe(first?.executable ?? ''))?.version, first?.version);
    });

    it('leave out a program on PATH that runs nothing', async () => {
      const shim = join(folder, 'python3');
      await writeFile(shim, '#!/bin/sh\necho "command not found" >&2\nexit 127\n');
      await chmod(shim, 0o755);
      assert.equal(await probe(shim), undefined);
    });

    it('prefer those that LOOPSCOPE_PYTHONS names', async () => {
      const { executable, minor } = await anyPython();
      const named = join(folder, 'mine');
      await writeFile(named, `#!/bin/sh\nexec '${executable}' "$@"\n`);
      await chmod(named, 0o755);
      process.env['LOOPSCOPE_PYTHONS'] = named;
      assert.equal((await findPythons()).find((python) => python.minor === minor)?.executable, executable);
    });

    it('that LOOPSCOPE_PYTHONS names and are not there are an error', async () => {
      process.env['LOOPSCOPE_PYTHONS'] = join(folder, 'nothing');
      await assert.rejects(findPythons(), /LOOPSCOPE_PYTHONS names .*nothing, which does not exist/);
    });
  });

  it('the Debian archive is read from both forms of apt’s sources', async () => {
    const lists = join(folder, 'apt', 'sources.list.d');
    await mkdir(lists, { recursive: true });
    assert.equal(debianMirror(folder), undefined);
    await writeFile(
      join(lists, 'debian.sources'),
      'Types: deb\n# URIs: http://comment.example/debian\nURIs: http://new.example/debian\nSuites: stable\n',
    );
    assert.equal(debianMirror(folder), 'http://new.example/debian');
    await writeFile(
      join(folder, 'apt', 'sources.list'),
      'deb [signed-by=/key] https://other.example/node stable main\ndeb http://old.example/debian/ stable main\n',
    );
    assert.equal(debianMirror(folder), 'http://old.example/debian/');
  });

  it('packages count as installed only in the locked versions', async () => {
    const lock = (version: string): string =>
      JSON.stringify({
        packages: { '': {}, 'node_modules/a': { version }, 'node_modules/b': { version: '1.0.0', optional: true } },
      });
    await writeFile(join(folder, 'package-lock.json'), lock('2.0.0'));
    assert.equal(isInstalled(folder), false);
    await mkdir(join(folder, 'node_modules'));
    await writeFile(join(folder, 'node_modules', '.package-lock.json'), lock('1.0.0'));
    assert.equal(isInstalled(folder), false);
    const installed = { packages: { 'node_modules/a': { version: '2.0.0' } } };
    await writeFile(join(folder, 'node_modules', '.package-lock.json'), JSON.stringify(installed));
    assert.equal(isInstalled(folder), true);
  });
});
