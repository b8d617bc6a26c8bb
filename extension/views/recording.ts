import { rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { COMMAND, CONTEXT } from '../identifiers';
import type { Inspection } from '../inspection';
import type { RecordingWriter } from '../link/recording';
import type { RecordingState } from '../protocol/webview-messages';

/** Records a program to a file, what it sends byte for byte, and registers the commands for it. One at a time. */
export class Recorder implements vscode.Disposable {
  private writing: { readonly writer: RecordingWriter; readonly state: RecordingState } | null = null;
  private isEnding = false;
  private readonly changes = new vscode.EventEmitter<void>();
  private readonly commands: vscode.Disposable;

  /** Fires when a recording begins or ends. */
  public readonly onDidChange = this.changes.event;

  public constructor(
    private readonly inspection: Inspection,
    private readonly log: vscode.LogOutputChannel,
  ) {
    this.commands = vscode.Disposable.from(
      vscode.commands.registerCommand(COMMAND.startRecording, (process?: unknown) =>
        this.telling(this.start(typeof process === 'string' ? process : null)),
      ),
      vscode.commands.registerCommand(COMMAND.stopRecording, () => this.telling(this.stop())),
    );
  }

  /** The recording that is being written; null while there is none. */
  public get current(): RecordingState | null {
    return this.writing?.state ?? null;
  }

  public dispose(): void {
    void this.telling(this.stop());
    this.commands.dispose();
    this.changes.dispose();
  }

  /** Asks for a file and records to it. @param key The process; without it the one that is shown by itself. */
  private async start(key: string | null): Promise<void> {
    const { sessions } = this.inspection;
    const model = key === null ? sessions.current : sessions.get(key);
    const connection = model && this.inspection.connection(model.key);
    if (this.writing !== null || !connection) {
      const sentence =
        this.writing === null
          ? vscode.l10n.t('No program is connected; start one with Loopscope first.')
          : vscode.l10n.t('A recording is being written to {0} already.', this.writing.state.file);
      void vscode.window.showInformationMessage(sentence);
      return;
    }
    const uri = await askForFile();
    if (uri === undefined) return;
    const file = uri.fsPath;
    // The dialog has asked whether a file that is there may go.
    await rm(file, { force: true });
    const { RecordingWriter: Writer } = await import('../link/recording');
    const overview = model.overview(performance.now());
    const writer = new Writer(file, connection);
    const state = { process: model.key, title: overview.title, file, fromNs: overview.nowNs };
    await this.become({ writer, state });
    connection.once('closed', () => {
      if (this.isWriting(writer)) void this.telling(this.stop());
    });
    try {
      await writer.start();
    } catch (error) {
      if (this.isWriting(writer)) await this.become(null);
      await writer.stop().catch(() => undefined);
      throw error;
    }
    this.log.info(`Records process ${connection.hello.process.pid} to ${file}.`);
  }

  private async stop(): Promise<void> {
    const ending = this.writing;
    if (ending === null || this.isEnding) return;
    this.isEnding = true;
    const { file } = ending.state;
    const { bytes, leftOut } = await ending.writer.stop().finally(() => {
      this.isEnding = false;
      return this.become(null);
    });
    this.log.info(`Recorded ${bytes} bytes to ${file}.`);
    const sentence =
      leftOut === 0
        ? vscode.l10n.t('The recording is in {0}.', file)
        : vscode.l10n.t(
            'The recording is in {0}; {1} updates are missing because the disk was too slow.',
            file,
            leftOut,
          );
    const open = vscode.l10n.t('Open Recording');
    void vscode.window.showInformationMessage(sentence, open).then((chosen) => {
      if (chosen === open) void vscode.commands.executeCommand('vscode.open', vscode.Uri.file(file));
    });
  }

  private isWriting(writer: RecordingWriter): boolean {
    return this.writing?.writer === writer;
  }

  private async become(writing: typeof this.writing): Promise<void> {
    this.writing = writing;
    this.changes.fire();
    await vscode.commands.executeCommand('setContext', CONTEXT.recording, writing !== null);
  }

  /** Tells a person in its own words why something could not be done. */
  private telling(done: Promise<void>): Promise<void> {
    return done.catch((error: unknown) => {
      const reason = error instanceof Error ? error.message : String(error);
      this.log.error(reason);
      void vscode.window.showErrorMessage(reason);
    });
  }
}

function askForFile(): Thenable<vscode.Uri | undefined> {
  const [folder] = vscode.workspace.workspaceFolders ?? [];
  const stamp = new Date().toISOString().slice(0, 19).replace(/[:T]/gu, '-');
  return vscode.window.showSaveDialog({
    defaultUri: vscode.Uri.file(join(folder?.uri.fsPath ?? homedir(), `${stamp}.loopscope`)),
    filters: { [vscode.l10n.t('Loopscope recording')]: ['loopscope'] },
  });
}
