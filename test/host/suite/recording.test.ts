import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, open, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import * as vscode from 'vscode';
import { fileOf, launch } from './programs';
import { webview, window } from './ui';

const execute = promisify(execFile);

describe('a recording', () => {
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'loopscope-'));
    await vscode.workspace.getConfiguration('files').update('simpleDialog.enable', true, true);
  });
  after(() => rm(folder, { recursive: true }));
  beforeEach(() => vscode.commands.executeCommand('workbench.action.closeAllEditors'));

  /** Records `sleeps.py` without VS Code. */
  async function record(name: string): Promise<string> {
    const file = join(folder, name);
    const extension = vscode.extensions.getExtension('loopscope.loopscope');
    assert.ok(extension);
    const python = process.env['LOOPSCOPE_TEST_PYTHON'] ?? 'python3';
    const command = ['-m', 'loopscope', 'run', '--record', file, fileOf('sleeps.py').fsPath];
    await execute(python, command, { env: { ...process.env, PYTHONPATH: join(extension.extensionPath, 'runtime') } });
    return file;
  }

  it('opens with the views of the panel, and goes back to any moment', async () => {
    const file = await record('sleeps.loopscope');
    await vscode.commands.executeCommand('vscode.open', vscode.Uri.file(file));
    await webview.waitFor('text=/time\\.sleep held the loop 3 times/', 30_000);
    await webview.waitFor('text=The program has ended.');
    assert.equal(await webview.count('role=button[name="Start Recording …"]'), 0);
    await window.screenshot('recording-opened');
    await webview.click('role=button[name="Earlier Block"]');
    await webview.click('role=button[name="Earlier Block"]');
    await webview.waitFor('text=/Blocked for .* by time\\.sleep/');
    await webview.click('role=tab[name=/Blocks/]');
    const cells = await webview.texts('role=grid[name="Places that held a loop, by total time"] >> tbody td');
    assert.equal(cells[3], '1', `once held by then: ${cells.join(' | ')}`);
    await window.screenshot('recording-scrubbed');
  });

  it('has the fix for the line that held the loop, and its place', async () => {
    const lint = (enable: boolean): Thenable<void> =>
      vscode.workspace
        .getConfiguration('loopscope.lint')
        .update('enable', enable, vscode.ConfigurationTarget.Workspace);
    const file = await record('fixed.loopscope');
    await lint(true);
    try {
      await vscode.window.showTextDocument(fileOf('sleeps.py'));
      await vscode.commands.executeCommand('vscode.open', vscode.Uri.file(file));
      await webview.click('.verdict >> role=button[name=/asyncio\\.sleep/]', 30_000);
      await window.waitFor('.tab.active >> text=sleeps.py');
      const document = await vscode.workspace.openTextDocument(fileOf('sleeps.py'));
      assert.match(document.getText(), /await asyncio\.sleep\(0\.4\)/u);
      await vscode.commands.executeCommand('workbench.action.files.revert');
    } finally {
      await lint(false);
    }
    await vscode.commands.executeCommand('vscode.open', vscode.Uri.file(file));
    await webview.click('role=button[name="Go to Line"]');
    await window.waitFor('.tab.active >> text=sleeps.py');
    await window.waitFor('.statusbar >> text=/Ln 8,/');
  });

  it('that is cut off says at which byte, and is shown up to there', async () => {
    const file = await record('cut.loopscope');
    const bytes = await readFile(file);
    await writeFile(file, bytes.subarray(0, bytes.length - 60));
    await vscode.commands.executeCommand('vscode.open', vscode.Uri.file(file));
    await webview.waitFor(
      `text=The recording breaks off at byte ${bytes.length - 60}, in the middle of a frame`,
      30_000,
    );
    await webview.waitFor('.verdict');
  });

  it('that is none says so', async () => {
    const file = join(folder, 'foreign.loopscope');
    await writeFile(file, 'This is no recording.');
    await vscode.commands.executeCommand('vscode.open', vscode.Uri.file(file));
    await webview.waitFor('text=This file cannot be shown as a recording', 30_000);
    await webview.waitFor('text=/this is not a Loopscope stream/');
    await window.screenshot('recording-foreign');
  });

  it('is written from the panel to the file that the dialog proposes', async () => {
    const program = join(folder, 'runs.py');
    const go = join(folder, 'end');
    await writeFile(
      program,
      `import asyncio, os\nasync def main():\n    while not os.path.exists(${JSON.stringify(go)}):\n        await asyncio.sleep(0.05)\nasyncio.run(main())\n`,
    );
    const run = await launch({ type: 'loopscope', request: 'launch', name: 'recorded', program, cwd: folder });
    await webview.click('role=button[name="Start Recording …"]', 30_000);
    await window.waitFor('.quick-input-widget input');
    const [workspace] = vscode.workspace.workspaceFolders ?? [];
    assert.ok(workspace);
    await window.press('Enter');
    await webview.waitFor('.recording-time:has-text("0:01")');
    await window.screenshot('recording-in-progress');
    await webview.click('role=button[name="Stop Recording"]');
    await webview.waitFor('role=button[name="Start Recording …"]');
    await (await open(go, 'w')).close();
    await run.ended;
    const written = (await readdir(workspace.uri.fsPath)).filter((name) => name.endsWith('.loopscope'));
    assert.equal(written.length, 1);
    const file = vscode.Uri.joinPath(workspace.uri, written[0] ?? '');
    await vscode.commands.executeCommand('vscode.open', file);
    await webview.waitFor('role=slider[name="Moment of the recording"]', 30_000);
    await rm(file.fsPath);
  });

  it('is compared with another, and with an earlier moment of its own', async () => {
    await record('before.loopscope');
    const file = await record('after.loopscope');
    await vscode.commands.executeCommand('vscode.open', vscode.Uri.file(file));
    await webview.click('role=tab[name=/Findings/]', 30_000);
    await webview.click('role=button[name="Earlier Block"]');
    await webview.click('role=button[name="Earlier Block"]');
    await webview.click('role=button[name="Compare with This Moment"]');
    await webview.waitFor('text=Nothing has changed.');
    await webview.click('role=button[name="Later Block"]');
    await webview.waitFor('.changes >> text=/sleeps\\.py:\\d+/');
    await window.screenshot('recording-changes');
    await webview.click('role=button[name="Compare with a Recording …"]');
    await window.click('.quick-input-widget .quick-input-list-row >> text=before.loopscope');
    await webview.waitFor('role=region[name=/^What differs from before\\.loopscope at/]');
    await webview.click('role=button[name="Stop Comparing"]');
    await webview.waitUntilGone('.changes');
  });

  it('has the columns that were chosen in another page', async () => {
    const openTasks = async (name: string): Promise<void> => {
      await vscode.commands.executeCommand('vscode.open', vscode.Uri.file(await record(name)));
      await webview.click('role=tab[name=/Tasks/]', 30_000);
      await webview.click('role=button[name="Columns"]');
    };
    const isShown = 'role=columnheader[name="For"]';
    await openTasks('narrower.loopscope');
    await webview.waitFor(isShown);
    await webview.click('role=checkbox[name="For"]');
    await webview.waitUntilGone(isShown);
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    await openTasks('as-narrow.loopscope');
    await webview.waitFor('role=checkbox[name="For"][checked=false]');
    assert.equal(await webview.count(isShown), 0);
    await webview.click('role=button[name="As the Width Allows"]');
    await webview.waitFor(isShown);
  });

  it('is exported to a trace', async () => {
    const file = await record('export.loopscope');
    const done = vscode.commands.executeCommand('loopscope.exportRecording', vscode.Uri.file(file));
    await window.waitFor('.quick-input-widget input');
    await window.press('Enter');
    await done;
    const trace = JSON.parse(await readFile(join(folder, 'export.perfetto.json'), 'utf8')) as {
      traceEvents: { ph: string; name?: string }[];
    };
    const blocks = trace.traceEvents.filter(({ ph, name }) => ph === 'B' && name === 'block: time.sleep');
    assert.equal(blocks.length, 3);
  });

  it('is exported to the report for people, with a button beside that', async () => {
    const file = await record('told.loopscope');
    await vscode.commands.executeCommand('vscode.open', vscode.Uri.file(file));
    await webview.click('role=button[name="Export Report …"]', 30_000);
    await window.waitFor('.quick-input-widget input');
    await window.press('Enter');
    await window.waitFor('.tab.active >> text=told.report.txt', 30_000);
    const report = await readFile(join(folder, 'told.report.txt'), 'utf8');
    assert.match(report, /sleeps\.py:\d+ .*time\.sleep/u);
  });
});
