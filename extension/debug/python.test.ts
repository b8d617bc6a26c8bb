import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expandSetting, findPython, folderCandidates, pathCandidates, tooOldVersion } from './python';

const usual = pathCandidates(process.env['PATH']);

describe('the search for Python', function () {
  this.timeout(30_000);

  let folder: string;
  beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'loopscope-'))));
  afterEach(() => rm(folder, { recursive: true }));

  async function program(name: string, text: string): Promise<string> {
    const file = join(folder, name);
    await writeFile(file, text);
    await chmod(file, 0o755);
    return file;
  }

  it('finds the one on PATH, and knows its version', async () => {
    const { version } = await findPython(usual, folder);
    assert.match(version, /^3\.\d+\.\d+$/u);
  });

  it('goes on from what cannot be run to what can', async () => {
    const broken = await program('python', '#!/bin/sh\nexit 3\n');
    const found = await findPython([{ source: 'a tool', command: broken, explicit: false }, ...usual], folder);
    assert.notEqual(found.executable, broken);
  });

  it('uses a virtual environment in the folder', async () => {
    const { executable } = await findPython(usual, folder);
    await mkdir(join(folder, '.venv', 'bin'), { recursive: true });
    await symlink(executable, join(folder, '.venv', 'bin', 'python'));
    const [candidate] = await folderCandidates(folder);
    assert.deepEqual(candidate, {
      source: 'the folder .venv',
      command: join(folder, '.venv', 'bin', 'python'),
      explicit: false,
    });
  });

  it('tells the version of one that is too old, and of no other', async () => {
    const old = await program('old', '#!/bin/sh\necho /usr/bin/python; echo 3.8.19\n');
    const broken = await program('broken', '#!/bin/sh\nexit 3\n');
    const { executable } = await findPython(usual, folder);
    assert.deepEqual(await Promise.all([old, broken, executable].map((each) => tooOldVersion(each, folder))), [
      '3.8.19',
      null,
      null,
    ]);
  });

  it('says everywhere it looked, and what to do', async () => {
    const other = await program('other', '#!/bin/sh\necho hello\n');
    const old = await program('old', '#!/bin/sh\necho /usr/bin/python; echo 2.7.18\n');
    const candidates = [
      { source: 'the setting “loopscope.pythonPath”', command: null, explicit: true },
      { source: 'the Python extension', command: join(folder, 'gone'), explicit: false },
      { source: 'a tool', command: other, explicit: false },
      { source: 'another', command: old, explicit: false },
    ];
    await assert.rejects(findPython(candidates, folder), {
      name: 'PythonNotFoundError',
      message:
        'No Python was found. Looked at the setting “loopscope.pythonPath” (not set), the Python extension (no such file), ' +
        'a tool (not a Python), another (Python 2.7.18 is older than 3.9). ' +
        'Install Python 3.9 or later, or set “loopscope.pythonPath” to the path of an interpreter.',
    });
  });

  it('does not go on from one that a person named', async () => {
    const named = { source: 'the setting “loopscope.pythonPath”', command: join(folder, 'gone'), explicit: true };
    await assert.rejects(
      findPython([named, ...usual], folder),
      /gone” of the setting “loopscope\.pythonPath” could not be run: no such file/u,
    );
  });

  it('reads the variables of a setting', () => {
    assert.equal(expandSetting('${workspaceFolder}/.venv/${env:NAME}', '/w', { NAME: 'x' }), '/w/.venv/x');
    assert.match(expandSetting('~/python', '/w', {}), /^\/.*[^~]\/python$/u);
  });
});
