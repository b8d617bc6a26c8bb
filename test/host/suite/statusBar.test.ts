import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { launch } from './programs';
import { webview, window } from './ui';

/** Holds its loop until the file beside it is there, then waits for ever. */
const PROGRAM = [
  'import asyncio, os, time',
  '',
  'async def main():',
  '    while not os.path.exists("enough"):',
  '        time.sleep(0.01)',
  '    await asyncio.Event().wait()',
  '',
  'asyncio.run(main())',
  '',
].join('\n');

describe('the item in the status bar', () => {
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'loopscope-'));
    await writeFile(join(folder, 'app.py'), PROGRAM);
  });
  after(() => rm(folder, { recursive: true }));
  afterEach(() => vscode.debug.stopDebugging());

  it('says that the loop is blocked while it is, its lag afterwards, and opens the panel', async () => {
    const program = join(folder, 'app.py');
    const run = await launch({ type: 'loopscope', request: 'launch', name: 'status bar', program, cwd: folder });
    await window.waitFor('.statusbar >> text=/loop blocked \\d/', 30_000);
    await writeFile(join(folder, 'enough'), '');
    await window.waitFor('.statusbar >> text=/lag .* · \\d+ blocks?/');
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    await window.click('.statusbar >> text=/lag .* · \\d+ blocks?/');
    await webview.click('role=tab[name=/^Blocks/]', 30_000);
    await webview.waitFor('text=/time\\.sleep/');
    await vscode.debug.stopDebugging();
    await run.ended;
    await window.waitFor('.statusbar >> text=/ended · \\d+ blocks?/');
  });
});
