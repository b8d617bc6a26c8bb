import * as vscode from 'vscode';
import type { ToLintWorker } from '../../lint/messages';
import { slashed } from './predictions';

/** How long files on disk must have been left alone before they are looked at, in ms: a checkout writes many at once. */
const QUIET_MS = 300;

/** Tells the linter which Python files on disk changed or vanished, and when its configuration did. */
export class FileFeed implements vscode.Disposable {
  private readonly changed = new Set<string>();
  private readonly deleted = new Set<string>();
  private readonly watchers: vscode.Disposable;
  private timer: NodeJS.Timeout | undefined;

  public constructor(
    private readonly isWanted: (file: string) => boolean,
    private readonly send: (message: ToLintWorker) => void,
    private readonly reconfigure: () => void,
  ) {
    const sources = vscode.workspace.createFileSystemWatcher('**/*.{py,pyi}');
    const configurations = vscode.workspace.createFileSystemWatcher('**/{pyproject.toml,loopscope.json}');
    this.watchers = vscode.Disposable.from(
      sources,
      configurations,
      sources.onDidCreate((uri) => this.note(uri, true)),
      sources.onDidChange((uri) => this.note(uri, true)),
      sources.onDidDelete((uri) => this.note(uri, false)),
      ...[configurations.onDidCreate, configurations.onDidChange, configurations.onDidDelete].map((event) =>
        event(() => this.reconfigure()),
      ),
    );
  }

  public dispose(): void {
    clearTimeout(this.timer);
    this.watchers.dispose();
  }

  private note(uri: vscode.Uri, isThere: boolean): void {
    const path = slashed(uri.fsPath);
    if (!this.isWanted(path)) return;
    (isThere ? this.deleted : this.changed).delete(path);
    (isThere ? this.changed : this.deleted).add(path);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.flush(), QUIET_MS);
  }

  private flush(): void {
    this.send({ type: 'files', changed: [...this.changed], deleted: [...this.deleted] });
    this.changed.clear();
    this.deleted.clear();
  }
}
