import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import * as vscode from 'vscode';
import { countedHolds, fileOf, launch, problemsOf, untilProblems } from './programs';
import { window } from './ui';

const PROGRAM = `import asyncio
import os
import time


async def waits(event: asyncio.Event) -> None:
    await event.wait()


async def holds() -> None:
    time.sleep(0.2)


async def main() -> None:
    event = asyncio.Event()
    waiting = [asyncio.create_task(waits(event)) for _ in range(3)]
    while not os.path.exists(__file__ + ".end"):
        await asyncio.sleep(0.05)
        await holds()
    event.set()
    await asyncio.gather(*waiting)


asyncio.run(main())
`;

const HOLD = PROGRAM.split('\n').findIndex((line) => line.includes('time.sleep'));

/** What is said above coroutines, by the text of their lines. */
async function lensesOf(file: vscode.Uri): Promise<Record<string, string>> {
  const lenses = await vscode.commands.executeCommand<vscode.CodeLens[]>('vscode.executeCodeLensProvider', file);
  const lines = PROGRAM.split('\n');
  return Object.fromEntries(
    lenses.map(({ range, command }) => [
      /async def \w+/u.exec(lines[range.start.line] ?? '')?.[0] ?? String(range.start.line),
      command?.title ?? '',
    ]),
  );
}

describe('lenses above coroutines', () => {
  const file = fileOf('lenses.py');
  const marks = (value: unknown): Thenable<void> =>
    vscode.workspace.getConfiguration('loopscope').update('lineMarks', value, vscode.ConfigurationTarget.Workspace);

  before(() => vscode.commands.executeCommand('loopscope.clearFindings'));

  after(async () => {
    await marks(undefined);
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });

  it('say how many tasks run them, on what they wait and their longest hold, with a histogram in the hover', async () => {
    await writeFile(file.fsPath, PROGRAM);
    await vscode.window.showTextDocument(file);
    const run = await launch({ type: 'loopscope', request: 'launch', name: 'lenses', program: file.fsPath });
    await vscode.window.showTextDocument(file);
    await window.waitFor('.codelens-decoration >> text=/^3 alive, waiting on Event \\(3\\)$/');
    await window.waitFor('.codelens-decoration >> text=/^1 alive.* · longest hold [\\d.]+ m?s$/');
    await untilProblems(file, (problems) => problems.some(({ message }) => /^Held the loop \d+ times/u.test(message)));
    await writeFile(`${file.fsPath}.end`, '');
    await run.ended;
    await window.waitUntilGone('.codelens-decoration >> text=/alive/');
    const { sentence } = await countedHolds(file, HOLD);
    const longest = `longest hold ${/longest ([\d.]+ m?s)/u.exec(sentence)?.[1] ?? 'of nothing'}`;
    await window.waitFor(`.codelens-decoration >> text="${longest}"`);
    assert.deepEqual(await lensesOf(file), { 'async def holds': longest, 'async def main': longest });
    await vscode.window.showTextDocument(file, { selection: new vscode.Range(HOLD, 6, HOLD, 6) });
    await vscode.commands.executeCommand('editor.action.showHover');
    await window.waitFor('.monaco-hover >> text=/(ms|s)  █+ \\d+/');
    await window.screenshot('lenses');
    await window.press('Escape');
  });

  it('are gone with the other marks when those are turned off', async () => {
    await window.waitFor('.codelens-decoration >> text=/longest hold/');
    await marks(false);
    await window.waitUntilGone('.codelens-decoration');
    assert.deepEqual(await lensesOf(file), {});
    assert.notDeepEqual(problemsOf(file), []);
    await marks(undefined);
    await window.waitFor('.codelens-decoration >> text=/longest hold/');
  });
});
