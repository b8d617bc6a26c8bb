import * as vscode from 'vscode';
import type { ToLintWorker } from '../../lint/messages';
import { EditPacer } from './editPacer';
import { slashed } from './predictions';

/** Tells the linter what is opened, typed and closed, as fast as it takes it. */
export class DocumentFeed implements vscode.Disposable {
  private readonly fed = new Set<string>();
  private readonly pacer: EditPacer;
  private readonly subscription: vscode.Disposable;

  public constructor(
    private readonly isWanted: (file: string) => boolean,
    private readonly send: (message: ToLintWorker) => void,
    private readonly closed: (file: string) => void,
  ) {
    this.pacer = new EditPacer(send);
    this.subscription = vscode.Disposable.from(
      vscode.workspace.onDidOpenTextDocument((document) => this.open(document)),
      vscode.workspace.onDidChangeTextDocument((event) => this.change(event)),
      vscode.workspace.onDidCloseTextDocument((document) => this.close(document)),
    );
  }

  /** Tells everything that is open, as to a linter that knows of nothing. */
  public tellAll(): void {
    this.pacer.clear();
    this.fed.clear();
    for (const document of vscode.workspace.textDocuments) this.open(document);
  }

  /** Opens what is wanted now and was not, and closes the reverse. */
  public sift(): void {
    for (const document of vscode.workspace.textDocuments) {
      const isFed = this.fed.has(pathOf(document));
      if (isFed && !this.isWanted(pathOf(document))) this.close(document);
      if (!isFed) this.open(document);
    }
  }

  public isFed(document: vscode.TextDocument): boolean {
    return this.fed.has(pathOf(document));
  }

  /** Sends the edits of a document without waiting for the linter to be done with earlier ones. */
  public flush(path: string): void {
    this.pacer.flush(path);
  }

  /** The linter has looked at a version of a document. */
  public taken(path: string, version: number): void {
    this.pacer.taken(path, version);
  }

  public dispose(): void {
    this.subscription.dispose();
    this.pacer.clear();
  }

  private open(document: vscode.TextDocument): void {
    const path = pathOf(document);
    if (document.languageId !== 'python' || document.uri.scheme !== 'file' || !this.isWanted(path)) return;
    this.pacer.forget(path);
    this.fed.add(path);
    this.send({ type: 'open', path, version: document.version, text: document.getText() });
  }

  private change({ document, contentChanges }: vscode.TextDocumentChangeEvent): void {
    const path = pathOf(document);
    if (contentChanges.length === 0 || !this.fed.has(path)) return;
    // Offsets are those before the event; from the last in the document to the first, none moves the place of the next.
    const changes = [...contentChanges]
      .sort((left, right) => right.rangeOffset - left.rangeOffset)
      .map(({ rangeOffset, rangeLength, text }) => ({ offset: rangeOffset, length: rangeLength, text }));
    this.pacer.edited(path, document.version, changes);
  }

  private close(document: vscode.TextDocument): void {
    const path = pathOf(document);
    this.pacer.forget(path);
    if (!this.fed.delete(path)) return;
    this.send({ type: 'close', path });
    this.closed(path);
  }
}

function pathOf(document: vscode.TextDocument): string {
  return slashed(document.uri.fsPath);
}
