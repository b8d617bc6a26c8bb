import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { fileOf, linesMarked, untilProblems } from './programs';
import { webview } from './ui';

describe('a terminal of the window', () => {
  it('runs a program under inspection by python -m loopscope, and the window shows what it found', async () => {
    const file = fileOf('sleeps.py');
    const [blocked] = await linesMarked(file, 'blocks');
    await vscode.commands.executeCommand('loopscope.clearFindings');
    const python = process.env['LOOPSCOPE_TEST_PYTHON'] ?? 'python3';
    const terminal = vscode.window.createTerminal({
      shellPath: '/bin/sh',
      shellArgs: ['-c', `${python} -m loopscope run sleeps.py`],
    });
    try {
      const [problem] = await untilProblems(file, (problems) => problems.length > 0);
      assert.equal(problem?.range.start.line, blocked);
    } finally {
      terminal.dispose();
    }
  });

  it('has the command loopscope, which runs a program under inspection and opens the panel', async () => {
    const file = fileOf('sleeps.py');
    const [blocked] = await linesMarked(file, 'blocks');
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    await vscode.commands.executeCommand('loopscope.clearFindings');
    const terminal = vscode.window.createTerminal({ shellPath: '/bin/sh', shellArgs: ['-c', 'loopscope sleeps.py'] });
    try {
      await webview.waitFor('text=/time\\.sleep/', 30_000);
      const [problem] = await untilProblems(file, (problems) => problems.length > 0);
      assert.equal(problem?.range.start.line, blocked);
    } finally {
      terminal.dispose();
    }
  });
});
