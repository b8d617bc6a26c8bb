import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import * as vscode from 'vscode';
import { fileOf, launch, problemsOf, untilProblems } from './programs';
import { webview, window } from './ui';

const WORKERS = `import asyncio


async def work(number):
    while True:
        await asyncio.sleep(0.05)


async def main():
    tasks = [asyncio.create_task(work(number), name=f"worker-{number}") for number in range(3)]
    await asyncio.gather(*tasks, return_exceptions=True)


asyncio.run(main())
`;

const SLEEPER = `import asyncio
import time


async def nap() -> None:
    time.sleep(0.3)
    await asyncio.sleep(0)


asyncio.run(nap())
`;

const HELPER = `import time


def rest() -> None:
    time.sleep(0.3)
`;

const CALLER = `import asyncio

import helper


async def main() -> None:
    helper.rest()


asyncio.run(main())
`;

describe('what a person does from the panel', () => {
  const workers = fileOf('workers.py');
  const sleeper = fileOf('sleeper.py');
  const napper = fileOf('napper.py');
  const helper = fileOf('helper.py');
  const caller = fileOf('caller.py');

  const setLint = (enable: boolean): Thenable<void> =>
    vscode.workspace.getConfiguration('loopscope.lint').update('enable', enable, vscode.ConfigurationTarget.Workspace);

  before(async () => {
    await setLint(true);
    await writeFile(workers.fsPath, WORKERS);
    await writeFile(sleeper.fsPath, SLEEPER);
    await writeFile(napper.fsPath, SLEEPER);
    await writeFile(helper.fsPath, HELPER);
    await writeFile(caller.fsPath, CALLER);
  });
  beforeEach(async () => {
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    await vscode.commands.executeCommand('loopscope.clearFindings');
  });
  afterEach(() => vscode.debug.stopDebugging());
  after(async () => {
    await setLint(false);
    await Promise.all([workers, sleeper, napper, helper, caller].map((file) => vscode.workspace.fs.delete(file)));
  });

  const configuration = (file: vscode.Uri): vscode.DebugConfiguration => ({
    type: 'loopscope',
    request: 'launch',
    name: `actions on ${file.fsPath}`,
    program: file.fsPath,
  });

  it('holds the loop after a question, lets it run on, and cancels a task after another', async () => {
    const run = await launch(configuration(workers));
    await webview.waitFor('role=gridcell[name="worker-1"]', 30_000);
    await webview.click('role=button[name="Hold the Loop …"]');
    await webview.click('role=dialog >> role=button[name="Hold the Loop"]');
    await webview.waitFor('.verdict >> text=The loop is held');
    await run.stopped;
    await window.screenshot('panel-held');
    await webview.click('role=gridcell[name="worker-1"]');
    await webview.click('role=button[name="Show Variables"]');
    await webview.waitFor('role=region[name="Variables of work"] >> text=number');
    await window.screenshot('panel-variables');
    await webview.click('.verdict >> role=button[name="Resume"]');
    await webview.waitUntilGone('.verdict >> text=The loop is held');

    await webview.click('role=button[name="Cancel Task …"]');
    await webview.waitFor('role=dialog >> text=Cancel the task worker-1?');
    await window.screenshot('panel-cancel');
    await webview.click('role=dialog >> role=button[name="Cancel the Task"]');
    await webview.waitFor('text=This task has ended.');
    await webview.waitUntilGone('role=gridcell[name="worker-1"]');
    await vscode.debug.stopDebugging();
    await run.ended;
  });

  it('fixes the line that held the loop, in the editor and undoable', async () => {
    await vscode.window.showTextDocument(sleeper);
    const run = await launch(configuration(sleeper));
    await run.ended;
    await webview.click('.verdict >> role=button[name=/asyncio\\.sleep/]', 30_000);
    await untilText(sleeper, /await asyncio\.sleep\(0\.3\)/u);
    await window.screenshot('panel-fixed');
    await vscode.commands.executeCommand('undo');
    await untilText(sleeper, / {4}time\.sleep\(0\.3\)/u);
  });

  it('fixes the coroutine that called the line through a helper, in a file that nobody opened', async () => {
    await vscode.window.showTextDocument(sleeper);
    const run = await launch(configuration(caller));
    await run.ended;
    await webview.click('.verdict >> role=button[name="Run helper.rest in a thread"]', 30_000);
    await untilText(caller, /await asyncio\.to_thread\(helper\.rest\)/u);
    await window.waitFor('.tab.active >> text=caller.py');
  });

  it('switches the level of a program that runs, whose timeline is exact from then on', async () => {
    const run = await launch(configuration(workers));
    await webview.waitFor('role=gridcell[name="worker-1"]', 30_000);
    await webview.click('role=tab[name="Timeline"]');
    await webview.waitFor('text=Sampled: what is shorter than a sample is not seen.');
    await webview.click('role=combobox[name="Level"]');
    await window.press('ArrowDown');
    await window.press('Enter');
    await webview.waitUntilGone('text=Sampled: what is shorter than a sample is not seen.');
    await window.screenshot('panel-trace');
    await webview.click('role=tab[name="Now"]');
    await webview.waitFor('.figure >> text=callbacks/s');
    await vscode.debug.stopDebugging();
    await run.ended;
  });

  it('mutes what was measured with a reason, among the problems too, and takes that back', async () => {
    const run = await launch(configuration(napper));
    await run.ended;
    await untilProblems(napper, (problems) => problems.some(isMeasured));
    await webview.click('role=tab[name=/Blocks/]', 30_000);
    await webview.click('role=button[name="Mute …"]');
    await window.waitFor('.quick-input-widget >> text=/Why does it not matter/');
    await window.type('a nap is fine');
    await window.press('Enter');
    await webview.waitFor('text=All that was found is muted.');
    await untilProblems(napper, (problems) => !problems.some(isMeasured));
    assert.ok(problemsOf(napper).length > 0, 'what the linter says of the line stays');
    await webview.click('role=button[name="1 muted"]');
    await webview.waitFor('text=Muted: a nap is fine');
    await window.screenshot('panel-muted');
    await webview.click('role=button[name="Unmute"]');
    await untilProblems(napper, (problems) => problems.some(isMeasured));
  });
});

function isMeasured({ message }: vscode.Diagnostic): boolean {
  return /held the loop|measured/iu.test(message);
}

/** Resolves when the text of an open file is as it shall be. */
function untilText(file: vscode.Uri, pattern: RegExp): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      const document = vscode.workspace.textDocuments.find(({ uri }) => uri.toString() === file.toString());
      if (document === undefined || !pattern.test(document.getText())) return;
      subscription.dispose();
      resolve();
    };
    const subscription = vscode.workspace.onDidChangeTextDocument(look);
    look();
  });
}
