import * as vscode from 'vscode';
import type { ReplayClientOptions } from './client';

/** The worker of this extension that reads `file`, and speaks the language of this window. */
export function replayReader(extensionUri: vscode.Uri, file: string): Pick<ReplayClientOptions, 'script' | 'data'> {
  return {
    script: vscode.Uri.joinPath(extensionUri, 'dist', 'replay-worker.js').fsPath,
    data: { file, sentences: vscode.l10n.bundle ?? {} },
  };
}
