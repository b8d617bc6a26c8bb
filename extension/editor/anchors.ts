import * as vscode from 'vscode';
import type { Sessions } from '../model';
import { KEPT } from './keptMeasurements';
import { LineMap } from './lineMap';

/** Programs and files whose lines are followed; more than a person edits between two runs. */
const MAX_MAPS = 500;

/** Follows the lines of the files of running and ended programs while people edit them. */
export class Anchors implements vscode.Disposable {
  private readonly maps = new Map<string, LineMap>();
  private readonly lineCounts = new Map<string, number>();
  private readonly subscriptions: vscode.Disposable[];

  public constructor(private readonly sessions: Sessions) {
    this.subscriptions = [
      vscode.workspace.onDidChangeTextDocument((event) => this.follow(event)),
      vscode.workspace.onDidOpenTextDocument((document) =>
        this.lineCounts.set(document.uri.fsPath, document.lineCount),
      ),
      vscode.workspace.onDidCloseTextDocument((document) => this.lineCounts.delete(document.uri.fsPath)),
      new vscode.Disposable(
        sessions.subscribe((event) => {
          if (event.kind === 'removed') this.forget(event.key);
        }),
      ),
    ];
    for (const document of vscode.workspace.textDocuments) this.lineCounts.set(document.uri.fsPath, document.lineCount);
  }

  /** Where a line (from 1) that a process was started with is now (from 0); null when it was deleted. */
  public locate(process: string, file: string, line: number): number | null {
    const map = this.maps.get(nameOf(process, file));
    return map ? map.get(line - 1) : line - 1;
  }

  /** Like {@link locate}, but null also when the text of the line may be another than the process was started with. */
  public locateSame(process: string, file: string, line: number): number | null {
    return this.maps.get(nameOf(process, file))?.isSame(line - 1) === false ? null : this.locate(process, file, line);
  }

  /** Which line (from 1) of a process is at a line (from 0) now, with the same text; null when there is none. */
  public origin(process: string, file: string, line: number): number | null {
    const map = this.maps.get(nameOf(process, file));
    const origin = map ? map.origin(line) : line;
    return origin === null ? null : origin + 1;
  }

  /** From now on the lines of a process are those of the files as they are. */
  public forget(process: string): void {
    for (const name of this.maps.keys()) if (name.startsWith(`${process} `)) this.maps.delete(name);
  }

  public dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  private follow({ document, contentChanges }: vscode.TextDocumentChangeEvent): void {
    if (document.uri.scheme !== 'file' || contentChanges.length === 0) return;
    const file = document.uri.fsPath;
    const before = this.lineCounts.get(file) ?? document.lineCount;
    this.lineCounts.set(file, document.lineCount);
    // Positions are those before the event, and the changes come from the last in the document to the first or not:
    // sorted so, none moves the place of one that follows.
    const changes = [...contentChanges].sort((left, right) => right.rangeOffset - left.rangeOffset);
    for (const process of [KEPT, ...this.sessions.processes.map(({ key }) => key)]) {
      const name = nameOf(process, file);
      let map = this.maps.get(name);
      if (!map) {
        if (this.maps.size >= MAX_MAPS) return;
        map = new LineMap(before);
        this.maps.set(name, map);
      }
      for (const { range, text } of changes) {
        map.apply({
          startLine: range.start.line,
          startCharacter: range.start.character,
          endLine: range.end.line,
          newLines: text.split('\n').length - 1,
        });
      }
    }
  }
}

function nameOf(process: string, file: string): string {
  return `${process} ${file}`;
}
