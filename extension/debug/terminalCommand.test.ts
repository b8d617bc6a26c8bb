import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmod, mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { readTestPython } from './testing';
import { writeTerminalCommand } from './terminalCommand';

const runtime = join(import.meta.dirname, '..', '..', 'runtime');

describe('the command loopscope in a terminal', function () {
  this.timeout(60_000);

  let folder: string;
  let commands: string;
  let pythons: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'loopscope-'));
    commands = await writeTerminalCommand(join(folder, 'storage of the extension'));
    pythons = await mkdtemp(join(folder, 'pythons-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  function run(...args: string[]): { readonly code: number | null; readonly out: string; readonly err: string } {
    const { status, stdout, stderr } = spawnSync('loopscope', args, {
      cwd: folder,
      encoding: 'utf8',
      env: {
        PATH: [commands, pythons, '/usr/bin', '/bin'].join(delimiter),
        PYTHONPATH: runtime,
        LOOPSCOPE_LISTEN: 'off',
      },
    });
    return { code: status, out: stdout, err: stderr };
  }

  /** Puts a Python of that name in front of others. */
  async function provide(name: string, text?: string): Promise<void> {
    const file = join(pythons, name);
    if (text === undefined) await symlink(await readTestPython(), file);
    else await writeFile(file, text).then(() => chmod(file, 0o755));
  }

  it('runs a program with its arguments, under a name of its own, and gives its exit code', async () => {
    await provide('python');
    await writeFile(
      join(folder, 'app.py'),
      'import os, sys; print(sys.argv, os.environ["LOOPSCOPE_SESSION"][:9]); sys.exit(7)',
    );
    assert.deepEqual(run('app.py', 'two words', '-x'), {
      code: 7,
      out: "['app.py', 'two words', '-x'] terminal-\n",
      err: '',
    });
    assert.equal(run('-m', 'app').code, 7);
    assert.equal(run('run', '--threshold', '50', 'app.py').code, 7);
  });

  it('has the other commands, and shows help when nothing is asked for', async () => {
    await provide('python');
    assert.match(run().out, /usage: python -m loopscope/u);
    assert.match(run('report', 'nothing.loopscope').err, /^loopscope: .*nothing\.loopscope/u);
  });

  it('takes python3 where python is older or missing, and says so where there is none', async () => {
    await provide('python', '#!/bin/sh\nexit 1\n');
    await provide('python3');
    await writeFile(join(folder, 'app.py'), 'print("ran")');
    assert.equal(run('app.py').out, 'ran\n');
    await rm(join(pythons, 'python3'));
    await provide('python3', '#!/bin/sh\nexit 1\n');
    const { code, err } = run('app.py');
    assert.equal(code, 127);
    assert.match(err, /neither python nor python3 on PATH is Python 3\.9 or later/u);
  });

  it('is a file that can be run', async () => {
    const { mode } = await stat(join(commands, 'loopscope'));
    assert.equal(mode & 0o777, 0o755);
  });
});
