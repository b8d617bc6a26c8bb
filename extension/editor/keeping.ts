import { readFile } from 'node:fs/promises';
import * as vscode from 'vscode';
import { commandLine, type Sessions } from '../model';
import type { Memory } from '../mutes';
import type { Anchors } from './anchors';
import { KEPT, KeptMeasurements } from './keptMeasurements';
import type { Lines } from './lines';

/** How long measurements are gathered before they are kept, in ms. */
const GATHER_MS = 1000;

/** Shows in a new window what an earlier one of the workspace measured, and keeps what this one measures. */
export class Keeping implements vscode.Disposable {
  private readonly kept: KeptMeasurements;
  private readonly subscription: vscode.Disposable;
  private timer: NodeJS.Timeout | undefined;
  private isLoaded = false;

  public constructor(
    memory: Memory,
    private readonly sessions: Sessions,
    private readonly lines: Lines,
    private readonly anchors: Anchors,
    private readonly log: vscode.LogOutputChannel,
  ) {
    this.kept = new KeptMeasurements(memory, linesOf);
    this.subscription = lines.onDidChange(() => {
      if (this.isLoaded) this.timer ??= setTimeout(() => this.save(), GATHER_MS);
    });
    this.load().catch((error: unknown) => this.log.warn(`Kept measurements are not shown: ${String(error)}`));
  }

  public dispose(): void {
    clearTimeout(this.timer);
    this.subscription.dispose();
  }

  private async load(): Promise<void> {
    const kept = await this.kept.load();
    this.anchors.forget(KEPT);
    this.isLoaded = true;
    if (kept.length > 0) this.lines.adopt(kept);
  }

  private save(): void {
    this.timer = undefined;
    const measured = [...this.lines.all.values()].flatMap((placed) => placed.map((line) => line.measured));
    this.kept
      .save(measured, {
        program: (process) => {
          const model = this.sessions.processes.find(({ key }) => key === process);
          return model ? commandLine(model.hello) : null;
        },
        place: (process, { file, line }) => {
          const now = this.anchors.locateSame(process, file, line);
          return now === null ? null : now + 1;
        },
      })
      .catch((error: unknown) => this.log.warn(`Measurements are not kept: ${String(error)}`));
  }
}

async function linesOf(file: string): Promise<readonly string[] | null> {
  const { fsPath } = vscode.Uri.file(file);
  const text = await readFile(fsPath, 'utf8').catch(() => null);
  const open = vscode.workspace.textDocuments.find(({ uri }) => uri.scheme === 'file' && uri.fsPath === fsPath);
  return (open?.getText() ?? text)?.split(/\r?\n/u) ?? null;
}
