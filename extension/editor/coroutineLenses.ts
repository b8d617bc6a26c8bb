import * as vscode from 'vscode';
import { COMMAND, SECTION, SETTING } from '../identifiers';
import { durationText, type Sessions, type Translate } from '../model';
import type { Site } from '../protocol/generated/types';
import type { Anchors } from './anchors';
import { coroutineAround, coroutineBelow, coroutineText, countTasks, together, type Alive } from './coroutines';
import type { Lines } from './lines';
import type { MeasuredLine } from './measuredLines';

/**
 * How often is looked whether anything else is to be said, in ms. While it is told of changes more often than it takes to
 * ask for lenses, VS Code begins anew each time, and shows none.
 */
const PERIOD_MS = 1000;

/** The longest that tasks are counted at a stretch, in ms. */
const SLICE_MS = 4;

const LANGUAGE = 'python';

const translate: Translate = (message, ...args) => vscode.l10n.t(message, ...args);

/** The tasks of a coroutine, and where its first line (from 1) was when its process started. */
interface Counted {
  readonly process: string;
  readonly file: string;
  readonly line: number;
  readonly alive: Alive;
}

/** Says above each coroutine of the files on the screen how many tasks run it, on what they wait, and its longest hold. */
export class CoroutineLenses implements vscode.CodeLensProvider, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  private readonly subscriptions: { dispose(): unknown }[];
  private counted: readonly Counted[] = [];
  private said = '';
  private timer: NodeJS.Timeout | undefined;
  private isCounting = false;
  private isDisposed = false;

  /** What the lenses say may be different. */
  public readonly onDidChangeCodeLenses = this.changed.event;

  public constructor(
    private readonly sessions: Sessions,
    private readonly lines: Lines,
    private readonly anchors: Anchors,
  ) {
    this.subscriptions = [
      this.changed,
      vscode.languages.registerCodeLensProvider({ language: LANGUAGE, scheme: 'file' }, this),
      lines.onDidChange(() => this.schedule()),
      vscode.window.onDidChangeVisibleTextEditors(() => this.schedule()),
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (!event.affectsConfiguration(`${SECTION}.${SETTING.lineMarks}`)) return;
        this.changed.fire();
        this.schedule();
      }),
      { dispose: sessions.subscribe(() => this.schedule()) },
    ];
  }

  public provideCodeLenses(document: vscode.TextDocument): vscode.CodeLens[] {
    if (!isWanted()) return [];
    const file = document.uri.fsPath;
    const text = document.getText().split(/\r?\n/u);
    const alive = this.aliveIn(file, text);
    const longest = this.longestIn(file, text);
    return [...new Set([...alive.keys(), ...longest.keys()])].map((line) => {
      const title = coroutineText(alive.get(line), longest.get(line), translate);
      const command = { title, command: COMMAND.openPanel, arguments: [alive.has(line) ? 'tasks' : 'blocks'] };
      return new vscode.CodeLens(new vscode.Range(line, 0, line, 0), command);
    });
  }

  public dispose(): void {
    this.isDisposed = true;
    clearTimeout(this.timer);
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  /** By the line of the `async def`, over all processes that run; over those that ended where none does. */
  private aliveIn(file: string, text: readonly string[]): Map<number, Alive> {
    const found = new Map<number, Alive>();
    for (const counted of this.counted) {
      if (vscode.Uri.file(counted.file).fsPath !== file) continue;
      const now = this.anchors.locate(counted.process, counted.file, counted.line);
      const line = now === null ? null : coroutineBelow(text, now);
      if (line !== null) found.set(line, together(found.get(line), counted.alive));
    }
    return found;
  }

  /** The longest hold that the coroutine of each line was in, in nanoseconds. */
  private longestIn(file: string, text: readonly string[]): Map<number, number> {
    const found = new Map<number, number>();
    // The same frames are in many stacks.
    const known = new Map<string, number | null>();
    for (const { measured } of [...this.lines.all.values()].flat()) {
      for (const { maxNs, stack } of measured.blocks) {
        for (const site of stack) {
          const name = `${measured.process} ${site.line} ${site.function} ${site.file}`;
          let line = known.get(name);
          if (line === undefined) known.set(name, (line = this.coroutineOf(measured.process, site, file, text)));
          if (line !== null) found.set(line, Math.max(maxNs, found.get(line) ?? 0));
        }
      }
    }
    return found;
  }

  /** The line of the `async def` in a file that a frame of a process is in now; null when it is in none there. */
  private coroutineOf(process: string, site: Site, file: string, text: readonly string[]): number | null {
    if (!site.user || vscode.Uri.file(site.file).fsPath !== file) return null;
    const line = this.anchors.locate(process, site.file, site.line);
    return line === null ? null : coroutineAround(text, line, site.function.split('.').at(-1) ?? '');
  }

  private schedule(): void {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      // Whatever has changed since it began is counted the next time.
      if (this.isCounting) this.schedule();
      else void this.count().finally(() => (this.isCounting = false));
    }, PERIOD_MS);
  }

  private async count(): Promise<void> {
    this.isCounting = true;
    const visible = new Set(
      vscode.window.visibleTextEditors
        .filter(({ document }) => document.languageId === LANGUAGE)
        .map(({ document }) => document.uri.fsPath),
    );
    const counted: Counted[] = [];
    let began = performance.now();
    for (const process of isWanted() && visible.size > 0 ? this.sessions.processes : []) {
      const steps = countTasks(process, (file, line, alive) => {
        if (!visible.has(vscode.Uri.file(file).fsPath)) return false;
        counted.push({ process: process.key, file, line, alive });
        return true;
      });
      while (steps.next().done !== true) {
        if (performance.now() - began < SLICE_MS) continue;
        await new Promise((resolve) => setImmediate(resolve));
        began = performance.now();
      }
    }
    const said = JSON.stringify([
      counted.map(({ alive, ...place }) => [place, coroutineText(alive, undefined, translate)]),
      [...this.lines.all].map(([file, placed]) => [
        file,
        placed.map(({ measured, line }) => [line, longestOf(measured)]),
      ]),
    ]);
    if (said === this.said || this.isDisposed) return;
    this.said = said;
    this.counted = counted;
    this.changed.fire();
  }
}

function longestOf({ blocks }: MeasuredLine): string {
  return durationText(Math.max(0, ...blocks.map(({ maxNs }) => maxNs)));
}

function isWanted(): boolean {
  return vscode.workspace.getConfiguration(SECTION).get<boolean>(SETTING.lineMarks, true);
}
