import * as vscode from 'vscode';
import type { Finding } from '../../lint/findings';
import type { OpenBlockView } from '../../model';
import type { Anchors } from '../anchors';
import { editOf, SHOW_PRESSURE, type FindingsNow } from './actions';
import { foretelling, type Held } from './join';
import { slashed, type Predictions } from './predictions';

/** A hold of a loop, over or not, as far as a fix for it is concerned. */
type Hold = Pick<OpenBlockView, 'site' | 'callee' | 'cause' | 'stack'>;

/** The linter's fixes for what was measured, for whoever shows measurements. */
export class Fixes implements vscode.Disposable {
  private readonly leave: () => void;
  private changes = 0;
  /** Files that were opened so that the linter works out their fixes: it does so for open documents only. */
  private readonly opened = new Set<string>();
  /** What the fix of a finding would do, for when its file is closed again. */
  private readonly titles = new Map<string, string>();

  public constructor(
    private readonly predictions: Predictions,
    private readonly anchors: Anchors,
    private readonly findingsNow: FindingsNow,
  ) {
    this.leave = predictions.subscribe(() => this.changes++);
  }

  /** Raised whenever a fix may have come or gone. */
  public get revision(): number {
    return this.changes;
  }

  /** Calls `listener` when a fix may have come or gone. Returns the way out. */
  public subscribe(listener: () => void): () => void {
    return this.predictions.subscribe(listener);
  }

  public dispose(): void {
    this.leave();
  }

  /** What the fix for a hold would do, in a few words; null when there is none. */
  public titleFor(process: string, hold: Hold): string | null {
    const finding = this.find(process, hold);
    if (finding === undefined) return null;
    const name = nameOf(finding);
    if (finding.fix !== null) this.titles.set(name, finding.fix.title);
    else if (this.isOpen(finding.file)) this.titles.delete(name);
    else this.open(finding.file);
    return this.titles.get(name) ?? null;
  }

  /**
   * Applies the fix for a hold. The file is not saved.
   *
   * @returns where it was applied, the line counted from 1; null when there is no fix any more.
   */
  public async apply(process: string, hold: Hold): Promise<{ readonly file: string; readonly line: number } | null> {
    const known = this.find(process, hold);
    if (known === undefined) return null;
    const document = await vscode.workspace.openTextDocument(vscode.Uri.file(known.file));
    // The edits must be for the text as it is: what is found in another file may reach the hold through this one.
    await this.findingsNow(document);
    const finding = this.find(process, hold);
    const version = this.predictions.get(known.file)?.version ?? document.version;
    if (!finding?.fix || finding.file !== known.file || version !== document.version) return null;
    const isApplied = await vscode.workspace.applyEdit(editOf(document.uri, finding.fix.edits));
    if (isApplied && finding.fix.offloads === true) void vscode.commands.executeCommand(SHOW_PRESSURE);
    return isApplied ? { file: document.uri.fsPath, line: finding.line } : null;
  }

  private isOpen(file: string): boolean {
    return vscode.workspace.textDocuments.some(({ uri }) => slashed(uri.fsPath) === file);
  }

  private open(file: string): void {
    if (this.opened.has(file)) return;
    this.opened.add(file);
    // It is not shown. Without it there is no fix to offer, which is no harm.
    vscode.workspace.openTextDocument(vscode.Uri.file(file)).then(undefined, () => undefined);
  }

  /** The finding that foretold the hold and may have a fix: on its own line first, then on that of a caller. */
  private find(process: string, { site, callee, cause, stack }: Hold): Finding | undefined {
    if (site === null) return undefined;
    const line = this.anchors.locate(process, site.file, site.line);
    if (line === null) return undefined;
    const frames = stack.flatMap((frame) => {
      const now = frame.user ? this.anchors.locate(process, frame.file, frame.line) : null;
      return now === null ? [] : [{ file: slashed(vscode.Uri.file(frame.file).fsPath), line: now + 1 }];
    });
    const file = slashed(vscode.Uri.file(site.file).fsPath);
    const held: Held = {
      file,
      line: line + 1,
      callee,
      cause,
      stack: frames,
      count: 0,
      maxNs: 0,
      victims: 0,
      isOpen: false,
    };
    const found = foretelling(this.predictions.endingAt(file, line + 1), held);
    const own = found.find((finding) => finding.file === file && finding.line === held.line);
    return [...(own ? [own] : []), ...found].find(({ fix }) => fix !== null) ?? own ?? found[0];
  }
}

function nameOf({ file, line, rule, subject }: Finding): string {
  return [file, line, rule, subject].join(' ');
}
