import * as vscode from 'vscode';
import { COMMAND } from '../identifiers';
import type { Sessions } from '../model';
import type { Mutes } from '../mutes';
import { Anchors } from './anchors';
import { CoroutineLenses } from './coroutineLenses';
import { Decorations } from './decorations';
import { registerDiagnostics } from './diagnostics';
import { Keeping } from './keeping';
import { Lines } from './lines';
import { registerLint } from './lint';
import type { Fixes } from './lint/fixing';

/** What the editor shows, and what it can do about it. */
export interface Editor {
  /** The linter's fixes for what was measured. */
  readonly fixes: Fixes;
  readonly disposable: vscode.Disposable;
}

/** Shows what was measured, and what is foreseen, where it belongs: on the lines of the program. */
export function registerEditor(
  context: vscode.ExtensionContext,
  sessions: Sessions,
  mutes: Mutes,
  log: vscode.LogOutputChannel,
): Editor {
  const anchors = new Anchors(sessions);
  const lines = new Lines(sessions, anchors, mutes);
  const lint = registerLint(context, sessions, lines, anchors, log);
  const disposable = vscode.Disposable.from(
    anchors,
    lines,
    lint.disposable,
    registerDiagnostics(lint.unsaid),
    new Decorations(context.extensionUri, lines),
    new CoroutineLenses(sessions, lines, anchors),
    new Keeping(context.workspaceState, sessions, lines, anchors, log),
    vscode.commands.registerCommand(COMMAND.clearFindings, () => lines.clear()),
  );
  return { fixes: lint.fixes, disposable };
}

/** Puts the cursor on a line (from 1) of a file, in the group of editors where the file is, else the first. */
export async function openLocation(file: string, line: number): Promise<void> {
  const position = new vscode.Position(Math.max(0, line - 1), 0);
  const document = await vscode.workspace.openTextDocument(vscode.Uri.file(file));
  const shown = vscode.window.visibleTextEditors.find((editor) => editor.document === document);
  const editor = await vscode.window.showTextDocument(document, {
    viewColumn: shown?.viewColumn ?? vscode.ViewColumn.One,
    selection: new vscode.Range(position, position),
  });
  editor.revealRange(new vscode.Range(position, position), vscode.TextEditorRevealType.InCenterIfOutsideViewport);
}
