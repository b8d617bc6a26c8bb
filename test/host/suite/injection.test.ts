import assert from 'node:assert/strict';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { fileOf, launch, problemsOf } from './programs';
import { window } from './ui';

const PYTHON = process.env['LOOPSCOPE_TEST_PYTHON'] ?? 'python3';

describe('a program of another debugger that Loopscope cannot look into', () => {
  const file = fileOf('sleeps.py');

  beforeEach(async () => {
    await vscode.commands.executeCommand('loopscope.clearFindings');
    await vscode.commands.executeCommand('notifications.clearAll');
  });
  afterEach(async () => {
    await vscode.commands.executeCommand('notifications.hideList');
    await vscode.debug.stopDebugging();
  });

  function configuration(name: string, more: Record<string, unknown>): vscode.DebugConfiguration {
    return { type: 'debugpy', request: 'launch', name, program: file.fsPath, console: 'internalConsole', ...more };
  }

  /** Resolves when a sentence is among the notifications, which stay in their list when their toasts are gone. */
  async function untilNotified(sentence: string): Promise<void> {
    await vscode.commands.executeCommand('notifications.showList');
    await window.waitFor(`.notifications-center >> text="${sentence}"`);
  }

  for (const flag of ['I', 'E', 'S']) {
    it(`runs as ever with the flag -${flag}, and the flag is named`, async () => {
      const run = await launch(configuration(`without -${flag}`, { python: [PYTHON, `-${flag}`] }));
      await untilNotified(
        `The flag -${flag} keeps Loopscope out of this program; run it without that flag to look inside.`,
      );
      await run.ended;
      assert.equal(run.output('stdout').trim(), 'done');
      assert.deepEqual(problemsOf(file), []);
    });
  }

  it('runs as ever when its Python is too old, and the version is named', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'loopscope-'));
    try {
      const python = join(folder, 'python');
      await writeFile(
        python,
        `#!/bin/sh\ncase "$*" in *version_info*) printf '%s\\n' "$0" 3.8.19;; *) exec "${PYTHON}" "$@";; esac\n`,
      );
      await chmod(python, 0o755);
      const run = await launch(configuration('too old', { python: [python] }));
      await untilNotified('Python 3.8.19 is older than 3.9, so Loopscope does not look into this program.');
      await run.ended;
      assert.equal(run.output('stdout').trim(), 'done');
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('whose files are elsewhere, as in a container, is left to its debugger, and that is said', async () => {
    const connect = { host: '127.0.0.1', port: 1 };
    const pathMappings = [{ localRoot: '${workspaceFolder}', remoteRoot: '/app' }];
    const [workspace] = vscode.workspace.workspaceFolders ?? [];
    const elsewhere = { type: 'debugpy', request: 'attach', name: 'elsewhere', connect, pathMappings };
    const started = Promise.resolve(vscode.debug.startDebugging(workspace, elsewhere)).catch(() => false);
    await untilNotified('The program runs elsewhere, so Loopscope does not look into it.');
    assert.equal(await started, false, 'nobody is there');
  });
});
