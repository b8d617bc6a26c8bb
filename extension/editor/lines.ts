import { statSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import * as vscode from 'vscode';
import { commandLine, type Sessions } from '../model';
import type { Mutes } from '../mutes';
import type { Anchors } from './anchors';
import { KEPT } from './keptMeasurements';
import { clearedNow, measuredLines, unmuted, type MeasuredLine } from './measuredLines';

/** The most often marks are drawn again, in ms: a person cannot read faster. */
const PERIOD_MS = 200;

/** What was measured on a line, and where that line is by now. */
export interface PlacedLine {
  readonly measured: MeasuredLine;
  /** Counts from 0. */
  readonly line: number;
}

/** Measured lines of each file, for whoever shows them. */
export interface LinesView {
  /** By the path of the file. */
  readonly all: ReadonlyMap<string, readonly PlacedLine[]>;
  /** The lines may be others than before. */
  readonly onDidChange: vscode.Event<void>;
}

/** The measured lines of each file of this machine, kept up to date for whoever draws them. */
export class Lines implements LinesView, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  private readonly files = new Map<string, boolean>();
  private cleared: ReadonlyMap<string, number> = new Map();
  private placed = new Map<string, PlacedLine[]>();
  private kept: readonly MeasuredLine[] = [];
  private seen = '';
  private timer: NodeJS.Timeout | undefined;
  private readonly subscriptions: { dispose(): unknown }[];

  /** The lines may be others than before. */
  public readonly onDidChange = this.changed.event;

  public constructor(
    private readonly sessions: Sessions,
    private readonly anchors: Anchors,
    private readonly mutes: Mutes,
  ) {
    this.subscriptions = [
      this.changed,
      { dispose: sessions.subscribe(() => this.schedule()) },
      { dispose: mutes.subscribe(() => this.refresh(true)) },
      vscode.workspace.onDidChangeTextDocument(({ document }) => {
        if (this.placed.has(document.uri.fsPath)) this.refresh(true);
      }),
      vscode.workspace.onDidOpenTextDocument(({ uri }) => {
        if (this.placed.has(uri.fsPath)) this.refresh(true);
      }),
    ];
  }

  /** Lines of each file, by its path. */
  public get all(): ReadonlyMap<string, readonly PlacedLine[]> {
    return this.placed;
  }

  /** Shows what an earlier window measured, too, until the same program runs again or the line is measured. */
  public adopt(kept: readonly MeasuredLine[]): void {
    this.kept = kept;
    this.refresh(true);
  }

  /** Forgets what was measured so far; what happens from now on is shown. */
  public clear(): void {
    this.kept = [];
    this.sessions.forgetEnded();
    this.cleared = clearedNow(this.sessions.processes);
    this.refresh(true);
  }

  public dispose(): void {
    clearTimeout(this.timer);
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  private schedule(): void {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.refresh(false);
    }, PERIOD_MS);
  }

  private refresh(always: boolean): void {
    const signature = this.signature();
    if (!always && signature === this.seen) return;
    this.seen = signature;
    const placed = new Map<string, PlacedLine[]>();
    const isMuted = (fingerprint: string): boolean => this.mutes.reasonFor(fingerprint) !== null;
    const now = measuredLines(this.sessions.processes, performance.now(), this.cleared, isMuted);
    const programs = new Set(this.sessions.processes.map(({ hello }) => commandLine(hello)));
    const kept = this.kept.filter(({ program }) => program === undefined || !programs.has(program));
    for (const measured of [...now, ...unmuted(kept, isMuted)]) {
      if (!this.isFileHere(measured.file)) continue;
      const line = this.anchors.locate(measured.process, measured.file, measured.line);
      if (line === null) continue;
      const { fsPath } = vscode.Uri.file(measured.file);
      const others = placed.get(fsPath) ?? [];
      if (measured.process === KEPT && others.some((other) => other.line === line)) continue;
      placed.set(fsPath, [...others, { measured, line }]);
    }
    this.placed = placed;
    this.changed.fire();
  }

  /** Differs whenever the measured lines may. */
  private signature(): string {
    return this.sessions.processes
      .map((process) => {
        const open = [...process.loops()].map((loop) => (process.isEnded ? null : loop.block?.site)).join();
        return `${process.key} ${process.revisions.blocks} ${process.revisions.findings} ${process.revisions.executed} ${open}`;
      })
      .join(';');
  }

  /** The program names what it likes: only a file of this machine is marked, and nothing on a network is asked for. */
  private isFileHere(file: string): boolean {
    let known = this.files.get(file);
    if (known === undefined) {
      const isRemote = file.startsWith('\\\\') || file.startsWith('//');
      known = isAbsolute(file) && !isRemote && statSync(file, { throwIfNoEntry: false })?.isFile() === true;
      this.files.set(file, known);
    }
    return known;
  }
}
