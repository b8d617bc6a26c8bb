import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import * as vscode from 'vscode';
import { launch } from './programs';
import { window } from './ui';

const PROGRAM = [
  'import asyncio',
  '',
  'async def work(number):',
  '    while True:',
  '        await asyncio.sleep(0.05)',
  '',
  'async def main():',
  '    tasks = [asyncio.create_task(work(number), name=f"worker-{number}") for number in range(3)]',
  '    await asyncio.gather(*tasks)',
  '',
  'asyncio.run(main())',
  '',
].join('\n');

/** The number of the line that suspends once, as people count. */
const AWAIT_LINE = 9;

describe('a loop that is held', () => {
  let folder: string;
  let program: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'loopscope-'));
    program = join(folder, 'workers.py');
    await writeFile(program, PROGRAM);
  });
  after(() => rm(folder, { recursive: true }));
  afterEach(async () => {
    vscode.debug.removeBreakpoints(vscode.debug.breakpoints);
    await vscode.debug.stopDebugging();
  });

  function configuration(name: string): vscode.DebugConfiguration {
    return { type: 'loopscope', request: 'launch', name, program, cwd: folder };
  }

  /** Resolves when a frame in the Call Stack view has the focus, which one gets once the program has stopped. */
  function untilFocused(): Promise<vscode.DebugStackFrame> {
    return new Promise((resolve) => {
      const look = (): void => {
        const item = vscode.debug.activeStackItem;
        if (!(item instanceof vscode.DebugStackFrame)) return;
        subscription.dispose();
        resolve(item);
      };
      const subscription = vscode.debug.onDidChangeActiveStackItem(look);
      look();
    });
  }

  it('stops at a breakpoint on an await line, shows its tasks in the Call Stack view, goes on and ends', async () => {
    const location = new vscode.Location(vscode.Uri.file(program), new vscode.Position(AWAIT_LINE - 1, 0));
    const breakpoint = new vscode.SourceBreakpoint(location);
    vscode.debug.addBreakpoints([breakpoint]);
    const run = await launch(configuration('await breakpoint'));
    const session = await run.stopped;
    assert.equal((await untilFocused()).session.id, session.id);
    await vscode.commands.executeCommand('workbench.debug.action.focusCallStackView');
    await window.waitFor('.debug-call-stack >> text=/worker-0/');
    await window.waitFor('.debug-call-stack >> text=/worker-2/');
    await window.waitFor('.debug-call-stack >> text=/MainThread/');
    await window.click('.debug-toolbar .codicon-debug-continue');
    await window.waitFor('.debug-toolbar .codicon-debug-pause');
    await window.waitUntilGone('.debug-call-stack >> text=/worker-2/');
    await vscode.debug.stopDebugging(session);
    await run.ended;
  });

  it('puts the focus on the line of the user’s that awaits, and opens the Run and Debug view', async () => {
    await vscode.commands.executeCommand('workbench.view.explorer');
    const line = PROGRAM.split('\n').findIndex((text) => text.includes('asyncio.sleep'));
    const location = new vscode.Location(vscode.Uri.file(program), new vscode.Position(line, 0));
    vscode.debug.addBreakpoints([new vscode.SourceBreakpoint(location)]);
    const opened: string[] = [];
    const listener = vscode.workspace.onDidOpenTextDocument(({ uri }) => opened.push(basename(uri.fsPath)));
    const run = await launch(configuration('focus'));
    const session = await run.stopped;
    await untilFocused();
    await window.waitFor('.debug-call-stack >> text=/worker-0/');
    listener.dispose();
    const editor = vscode.window.activeTextEditor;
    assert.deepEqual([editor?.document.uri.fsPath, editor?.selection.active.line], [program, line]);
    assert.deepEqual(
      opened.filter((name) => name !== basename(program)),
      [],
    );
    await vscode.debug.stopDebugging(session);
    await run.ended;
  });

  it('is held by Pause and runs again with Continue', async () => {
    const run = await launch(configuration('paused'));
    await vscode.commands.executeCommand('workbench.debug.action.focusCallStackView');
    await window.waitFor('.debug-toolbar .codicon-debug-pause');
    const session = vscode.debug.activeDebugSession;
    assert.ok(session);
    while (((await session.customRequest('threads')) as { threads: unknown[] }).threads.length === 0);
    await session.customRequest('pause', { threadId: 1 });
    assert.equal((await run.stopped).id, session.id);
    await window.waitFor('.debug-call-stack >> text=/worker-1 · sleep/');
    await window.click('.debug-toolbar .codicon-debug-continue');
    await window.waitFor('.debug-toolbar .codicon-debug-pause');
    await vscode.debug.stopDebugging(session);
    await run.ended;
  });
});
