import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { window } from './ui';

interface Manifest {
  readonly contributes: { readonly commands: readonly { readonly command: string; readonly title: string }[] };
}

describe('the extension in VS Code', () => {
  const extension = vscode.extensions.getExtension<unknown>('loopscope.loopscope');

  it('is there, activates and registers every command of its manifest', async () => {
    assert.ok(extension, 'loopscope.loopscope is not installed');
    await extension.activate();
    const registered = new Set(await vscode.commands.getCommands(true));
    const { contributes } = extension.packageJSON as Manifest;
    const missing = contributes.commands.filter(({ command }) => !registered.has(command));
    assert.deepEqual(missing, []);
  });

  it('offers its commands in the command palette', async () => {
    await window.press('F1');
    await window.waitFor('.quick-input-widget input');
    await window.type('Loopscope: Open');
    await window.waitFor('.quick-input-list >> text=/Loopscope: Open/');
    await window.press('Escape');
  });
});
