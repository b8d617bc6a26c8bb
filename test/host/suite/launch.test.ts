import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { fileOf, launch, linesMarked, problemsOf, untilProblems } from './programs';
import { webview, window } from './ui';

function underLoopscope(name: string, more: Record<string, unknown> = {}): vscode.DebugConfiguration {
  return { type: 'loopscope', request: 'launch', name, program: fileOf('sleeps.py').fsPath, ...more };
}

describe('a program launched with the debug type loopscope', () => {
  const file = fileOf('sleeps.py');
  let folder: string;

  before(async () => (folder = await mkdtemp(join(tmpdir(), 'loopscope-'))));
  after(() => rm(folder, { recursive: true }));
  beforeEach(() => vscode.commands.executeCommand('loopscope.clearFindings'));

  /** The debug session that starts next. */
  function nextSession(): { readonly started: Promise<vscode.DebugSession>; readonly ended: Promise<void> } {
    const started = new Promise<vscode.DebugSession>((resolve) => {
      const listener = vscode.debug.onDidStartDebugSession((session) => {
        listener.dispose();
        resolve(session);
      });
    });
    const ended = new Promise<void>((resolve) => {
      const listener = vscode.debug.onDidTerminateDebugSession(() => {
        listener.dispose();
        resolve();
      });
    });
    return { started, ended };
  }

  async function script(name: string, text: string): Promise<string> {
    const path = join(folder, name);
    await writeFile(path, text);
    return path;
  }

  it('has its blocking line among the problems, still after the end, until the next run', async () => {
    const [blocked] = await linesMarked(file, 'blocks');
    const run = await launch(underLoopscope('twice'));
    await untilProblems(file, (problems) => problems.length > 0);
    await run.ended;
    assert.equal(await run.exitCode, 0);
    assert.equal(run.output('stdout').trim(), 'done');
    const [problem, ...others] = await untilProblems(file, (problems) => /3 times/.test(problems[0]?.message ?? ''));
    assert.deepEqual(others, []);
    assert.ok(problem);
    assert.equal(problem.range.start.line, blocked);
    assert.match(problem.message, /^Held the loop 3 times, longest \d+ ms: time\.sleep \(a sleeping call\)/);
    assert.equal(problem.severity, vscode.DiagnosticSeverity.Warning);
    assert.equal(typeof problem.code === 'object' && problem.code.value, 'blocking');
    const again = await launch(underLoopscope('twice', { program: await script('quiet.py', 'print("quiet")') }));
    await again.ended;
    assert.equal(problemsOf(file).length, 1, 'another program is no run of this one');
    const next = launch(underLoopscope('twice'));
    await untilProblems(file, (problems) => problems.length === 0);
    await (
      await next
    ).ended;
  });

  it('opens the panel by itself, which names the callee', async () => {
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    const run = await launch(underLoopscope('panel'));
    await webview.waitFor('text=/time\\.sleep/', 30_000);
    await run.ended;
  });

  it('moves the mark with its line while the file is edited', async () => {
    const [blocked = 0] = await linesMarked(file, 'blocks');
    const run = await launch(underLoopscope('edited'));
    await run.ended;
    await untilProblems(file, ([problem]) => problem?.range.start.line === blocked);
    const editor = await vscode.window.showTextDocument(file);
    await editor.edit((edit) => edit.insert(new vscode.Position(0, 0), '# one\n# two\n'));
    await untilProblems(file, ([problem]) => problem?.range.start.line === blocked + 2);
    await vscode.commands.executeCommand('workbench.action.files.revert');
    await untilProblems(file, ([problem]) => problem?.range.start.line === blocked);
  });

  it('is forgotten when the findings are cleared', async () => {
    const run = await launch(underLoopscope('cleared'));
    await run.ended;
    await untilProblems(file, (problems) => problems.length > 0);
    await vscode.commands.executeCommand('loopscope.clearFindings');
    assert.deepEqual(problemsOf(file), []);
  });

  for (const [what, text, code, stderr] of [
    [
      'raises',
      'import asyncio\nasync def main():\n    raise ValueError("no")\nasyncio.run(main())\n',
      1,
      /ValueError: no\s*$/,
    ],
    ['ends with a code', 'import asyncio, sys\nasync def main():\n    sys.exit(9)\nasyncio.run(main())\n', 9, /^$/],
    ['cannot be read', 'def (:\n', 1, /SyntaxError/],
  ] as const) {
    it(`behaves as it does without Loopscope when it ${what}`, async () => {
      const run = await launch(underLoopscope(what, { program: await script('bad.py', text), cwd: folder }));
      await run.ended;
      assert.equal(await run.exitCode, code);
      assert.match(run.output('stderr'), stderr);
    });
  }

  it('says what to do when its Python cannot be run, in a dialog and in the panel', async () => {
    const [workspace] = vscode.workspace.workspaceFolders ?? [];
    const configuration = underLoopscope('no Python', { python: '/nowhere/python3' });
    // Under test VS Code shows no dialog: it refuses, with the dialog's words.
    await assert.rejects(
      async () => vscode.debug.startDebugging(workspace, configuration),
      /The Python “\/nowhere\/python3” of “python” in the launch configuration could not be run: no such file\. Correct it/,
    );
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    await vscode.commands.executeCommand('loopscope.openPanel');
    await webview.waitFor('text=/No Python found|could not be run/');
  });

  it('runs in the integrated terminal, and its exit code is known', async () => {
    const program = await script('terminal.py', 'import asyncio\nasyncio.run(asyncio.sleep(0))\nraise SystemExit(6)\n');
    const run = await launch(underLoopscope('terminal', { program, cwd: folder, console: 'integratedTerminal' }));
    await run.ended;
    assert.equal(await run.exitCode, 6);
  });

  it('prints a megabyte a second without holding up the window', async () => {
    const program = await script(
      'loud.py',
      'import time\nfor _ in range(20):\n    print("x" * 50_000)\n    time.sleep(0.05)\n',
    );
    const run = await launch(underLoopscope('loud', { program, cwd: folder }));
    await window.press('F1');
    await window.waitFor('.quick-input-widget input');
    await window.press('Escape');
    await run.ended;
    assert.equal(run.output('stdout').length, 20 * 50_001);
  });

  it('is the file in the editor, by Run Python File, with what was typed last', async () => {
    const program = vscode.Uri.file(await script('typed.py', 'print("before")\n'));
    const editor = await vscode.window.showTextDocument(program);
    await editor.edit((edit) => edit.insert(new vscode.Position(0, 0), 'raise SystemExit(4)\n'));
    const { started, ended } = nextSession();
    const exits: number[] = [];
    const tracker = vscode.debug.registerDebugAdapterTrackerFactory('loopscope', {
      createDebugAdapterTracker: () => ({
        onDidSendMessage: (message: { event?: string; body?: { exitCode?: number } }) => {
          if (message.event === 'exited') exits.push(message.body?.exitCode ?? Number.NaN);
        },
      }),
    });
    await vscode.commands.executeCommand('loopscope.runFile');
    assert.equal((await started).name, `Loopscope: ${program.fsPath}`);
    await ended;
    tracker.dispose();
    assert.deepEqual(exits, [4]);
  });

  it('says when the flag -I keeps it out', async () => {
    const run = await launch(underLoopscope('isolated', { pythonArgs: ['-I'] }));
    await run.ended;
    assert.equal(run.output('stdout').trim(), 'done');
    assert.match(run.output('console'), /The flag -I keeps Loopscope out of this program/);
    assert.deepEqual(problemsOf(file), []);
  });
});
