import * as vscode from 'vscode';
import { COMMAND } from '../../identifiers';

/** Shows the page of a rule: the one that is named, else one that the person picks. */
export function registerRulePages(extensionUri: vscode.Uri): vscode.Disposable {
  return vscode.commands.registerCommand(COMMAND.showRule, async (named: unknown) => {
    const { RULES } = await import('../../lint/rules/registry');
    const rule = RULES.find(({ id }) => id === named)?.id ?? (await pick(RULES));
    if (rule === undefined) return;
    const page = vscode.Uri.joinPath(extensionUri, 'docs', 'rules', `${rule}.md`);
    await vscode.commands.executeCommand('markdown.showPreview', page);
  });
}

async function pick(rules: readonly { readonly id: string; readonly title: string }[]): Promise<string | undefined> {
  const items = rules.map(({ id, title }) => ({ label: id, detail: title }));
  return (await vscode.window.showQuickPick(items, { matchOnDetail: true }))?.label;
}
