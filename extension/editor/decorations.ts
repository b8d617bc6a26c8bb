import * as vscode from 'vscode';
import { COLOR, SECTION, SETTING } from '../identifiers';
import { blockMark, blockSentence, durationText, type Translate } from '../model';
import { histogram } from './histogram';
import type { Lines, PlacedLine } from './lines';

const translate: Translate = (message, ...args) => vscode.l10n.t(message, ...args);

/** Marks measured lines in the editors: an icon beside the line, a tint on it, and what was measured at its end. */
export class Decorations implements vscode.Disposable {
  private type: vscode.TextEditorDecorationType | undefined;
  private readonly subscriptions: vscode.Disposable[];

  public constructor(
    private readonly extensionUri: vscode.Uri,
    private readonly lines: Lines,
  ) {
    this.type = this.create();
    this.subscriptions = [
      lines.onDidChange(() => this.draw(vscode.window.visibleTextEditors)),
      vscode.window.onDidChangeVisibleTextEditors((editors) => this.draw(editors)),
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (!event.affectsConfiguration(`${SECTION}.${SETTING.lineMarks}`)) return;
        this.type?.dispose();
        this.type = this.create();
        this.draw(vscode.window.visibleTextEditors);
      }),
    ];
  }

  public dispose(): void {
    this.type?.dispose();
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  private create(): vscode.TextEditorDecorationType | undefined {
    if (!vscode.workspace.getConfiguration(SECTION).get<boolean>(SETTING.lineMarks, true)) return undefined;
    return vscode.window.createTextEditorDecorationType({
      isWholeLine: true,
      backgroundColor: new vscode.ThemeColor(COLOR.lineBackground),
      overviewRulerColor: new vscode.ThemeColor(COLOR.rulerMark),
      overviewRulerLane: vscode.OverviewRulerLane.Right,
      gutterIconPath: vscode.Uri.joinPath(this.extensionUri, 'media', 'block.svg'),
      gutterIconSize: 'contain',
      rangeBehavior: vscode.DecorationRangeBehavior.ClosedClosed,
      after: { color: new vscode.ThemeColor(COLOR.afterText), margin: '0 0 0 3ch' },
    });
  }

  private draw(editors: readonly vscode.TextEditor[]): void {
    if (!this.type) return;
    for (const editor of editors) {
      const placed = this.lines.all.get(editor.document.uri.fsPath) ?? [];
      const marked = placed.filter(({ measured, line }) => isMarked(measured) && line < editor.document.lineCount);
      editor.setDecorations(this.type, marked.map(optionsOf));
    }
  }
}

function isMarked({ blocks, open }: PlacedLine['measured']): boolean {
  return blocks.length > 0 || open !== null;
}

function optionsOf({ measured, line }: PlacedLine): vscode.DecorationOptions {
  const sentences = measured.blocks.map((block) => blockSentence(block, translate));
  const total = measured.blocks.reduce((sum, block) => sum + block.totalNs, 0);
  if (total > 0) sentences.push(translate('{0} in all.', durationText(total)));
  const hover = sentences.map((sentence) => new vscode.MarkdownString().appendText(sentence));
  const bars = histogram(measured, translate);
  if (bars !== '') hover.push(new vscode.MarkdownString().appendCodeblock(bars, 'text'));
  const mark = measured.blocks.length > 0 ? blockMark(measured.blocks) : '';
  const now = measured.open ? translate('holds the loop now') : '';
  return {
    range: new vscode.Range(line, 0, line, 0),
    // A plain string is shown as it is: names in it come from the program.
    hoverMessage: hover,
    renderOptions: { after: { contentText: [mark, now].filter((part) => part !== '').join(' · ') } },
  };
}
