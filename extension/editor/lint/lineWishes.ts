import * as vscode from 'vscode';
import type { Sessions } from '../../model';
import { placesOf } from '../../lint/findings';
import { MAX_WATCHED_LINES } from '../../protocol/generated/constants';
import type { Anchors } from '../anchors';
import type { Predictions } from './predictions';

/** How long findings are gathered before programs are asked for their lines, in ms. */
const GATHER_MS = 500;

/** What a process was asked for. */
interface Asked {
  readonly lines: Map<string, Set<number>>;
  count: number;
  isRefused: boolean;
}

/** Asks every program that runs to tell when it executes the lines where a block is foreseen. */
export class LineWishes implements vscode.Disposable {
  private readonly asked = new Map<string, Asked>();
  private readonly leave: (() => void)[];
  private timer: NodeJS.Timeout | undefined;

  public constructor(
    private readonly sessions: Sessions,
    private readonly anchors: Anchors,
    private readonly predictions: Predictions,
    private readonly log: vscode.LogOutputChannel,
  ) {
    this.leave = [
      sessions.subscribe((event) => {
        if (event.kind === 'added') this.ask(event.key);
        if (event.kind === 'ended' || event.kind === 'removed') this.asked.delete(event.key);
      }),
      predictions.subscribe(() => (this.timer ??= setTimeout(() => this.askAll(), GATHER_MS))),
    ];
  }

  public dispose(): void {
    clearTimeout(this.timer);
    for (const leave of this.leave) leave();
  }

  private askAll(): void {
    this.timer = undefined;
    for (const process of this.sessions.processes) if (!process.isEnded) this.ask(process.key);
  }

  private ask(process: string): void {
    let asked = this.asked.get(process);
    if (!asked) this.asked.set(process, (asked = { lines: new Map(), count: 0, isRefused: false }));
    if (asked.isRefused || !this.add(process, asked)) return;
    const files = [...asked.lines].map(([file, lines]) => ({ file, lines: [...lines] }));
    this.sessions.watchLines(process, files).catch((error: unknown) => {
      asked.isRefused = true;
      this.log.info(`Executed lines are not known: ${error instanceof Error ? error.message : String(error)}`);
    });
  }

  /**
   * Adds the lines of what is foreseen now. What was asked for before is kept: findings come and go while people type.
   *
   * @returns whether any was new.
   */
  private add(process: string, asked: Asked): boolean {
    const before = asked.count;
    for (const path of this.predictions.files()) {
      for (const finding of this.predictions.get(path)?.findings ?? []) {
        if (!finding.rule.startsWith('blocking-')) continue;
        for (const place of placesOf(finding)) {
          if (asked.count >= MAX_WATCHED_LINES) return asked.count > before;
          const file = vscode.Uri.file(place.file).fsPath;
          const line = this.anchors.origin(process, file, place.line - 1);
          const lines = asked.lines.get(file) ?? new Set();
          if (line === null || lines.has(line)) continue;
          asked.lines.set(file, lines.add(line));
          asked.count++;
        }
      }
    }
    return asked.count > before;
  }
}
