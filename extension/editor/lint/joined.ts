import * as vscode from 'vscode';
import { harmlessMs, type HarmlessLines } from '../../lint/evidence/harmless';
import type { Finding } from '../../lint/findings';
import type { Sessions } from '../../model';
import type { Anchors } from '../anchors';
import type { LinesView, PlacedLine } from '../lines';
import { harmlessNow } from './harmless';
import { joinMeasured, type Held, type Join, type Measurement } from './join';
import { slashed, type Predictions } from './predictions';

/** How long findings are gathered before they are joined, in ms: a whole workspace comes at once. */
const GATHER_MS = 10;

/** How long measurements wait for the linter to have looked at an edit, in ms. */
const PATIENCE_MS = 1000;

const NOTHING: Join = { measured: new Map(), said: new Set() };

/**
 * Keeps findings and measurements joined while both change. As a view of the measured lines it leaves out what a
 * finding on the same line says already.
 */
export class Joined implements LinesView, vscode.Disposable {
  private readonly linesChanged = new vscode.EventEmitter<void>();
  private readonly findingsChanged = new vscode.EventEmitter<readonly string[]>();
  private readonly subscriptions: { dispose(): unknown }[];
  private join = NOTHING;
  private harmless: HarmlessLines = new Map();
  private rest: ReadonlyMap<string, readonly PlacedLine[]>;
  private readonly waiting = new Set<string>();
  private timer: NodeJS.Timeout | undefined;
  private gathering: NodeJS.Timeout | undefined;

  /** The measured lines that no finding speaks of may be others than before. */
  public readonly onDidChange = this.linesChanged.event;
  /** The findings of these files, or what was measured of them, may be others than before. */
  public readonly onDidChangeFindings = this.findingsChanged.event;

  public constructor(
    private readonly sessions: Sessions,
    private readonly lines: LinesView,
    private readonly anchors: Anchors,
    private readonly predictions: Predictions,
  ) {
    this.rest = lines.all;
    this.subscriptions = [
      this.linesChanged,
      this.findingsChanged,
      lines.onDidChange(() => this.refreshWhenLooked()),
      new vscode.Disposable(
        predictions.subscribe((files) => {
          for (const file of files) this.waiting.add(file);
          // What is found in a document that is open is what someone waits for.
          if (files.some((file) => (predictions.get(file)?.version ?? null) !== null)) this.refresh(false);
          else this.gathering ??= setTimeout(() => this.refresh(false), GATHER_MS);
        }),
      ),
    ];
  }

  public get all(): ReadonlyMap<string, readonly PlacedLine[]> {
    return this.rest;
  }

  /** What was measured of a finding. */
  public measurement(finding: Finding): Measurement | undefined {
    return this.join.measured.get(finding);
  }

  /** The holds that would have been measured, in ms, where what a finding foresees was executed and none was; else null. */
  public harmlessMs(finding: Finding): number | null {
    return harmlessMs(finding, this.harmless);
  }

  public dispose(): void {
    clearTimeout(this.timer);
    clearTimeout(this.gathering);
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  /** Findings lag behind an edit: what is joined stays so until the linter has looked, which it says itself. */
  private refreshWhenLooked(): void {
    if (!this.isBehind()) {
      this.refresh(true);
      return;
    }
    this.timer ??= setTimeout(() => this.refresh(true), PATIENCE_MS);
  }

  private isBehind(): boolean {
    return vscode.workspace.textDocuments.some((document) => {
      const version = this.predictions.get(document.uri.fsPath)?.version ?? null;
      return version !== null && version < document.version;
    });
  }

  private refresh(areLinesNew: boolean): void {
    clearTimeout(this.timer);
    clearTimeout(this.gathering);
    const wereLinesWaiting = this.timer !== undefined;
    this.timer = this.gathering = undefined;
    const before = this.join;
    const holds = new Map<object, Held>();
    for (const [file, placed] of this.lines.all) for (const line of placed) this.gather(file, line, holds);
    this.join = holds.size === 0 ? NOTHING : joinMeasured(this.predictions, [...holds.values()]);
    this.rest = this.join.said.size === 0 ? this.lines.all : this.unsaid(holds);
    const changed = new Set([...this.waiting, ...this.refreshHarmless()]);
    this.waiting.clear();
    for (const [finding, measurement] of this.join.measured) {
      if (!same(before.measured.get(finding), measurement)) changed.add(finding.file);
    }
    for (const finding of before.measured.keys()) if (!this.join.measured.has(finding)) changed.add(finding.file);
    if (changed.size > 0) this.findingsChanged.fire([...changed]);
    const isAnySaid = before.said.size > 0 || this.join.said.size > 0;
    if (areLinesNew || wereLinesWaiting || isAnySaid) this.linesChanged.fire();
  }

  /** @returns the files of which a finding is harmless now and was not, or the other way round. */
  private refreshHarmless(): string[] {
    const before = this.harmless;
    this.harmless = harmlessNow(this.sessions.processes, (process, file, line) => {
      const now = this.anchors.locateSame(process, file, line);
      return now === null ? null : { file: slashed(vscode.Uri.file(file).fsPath), line: now + 1 };
    });
    if (before.size === 0 && this.harmless.size === 0) return [];
    const isOther = (finding: Finding): boolean => harmlessMs(finding, before) !== harmlessMs(finding, this.harmless);
    return this.predictions.files().filter((file) => this.predictions.get(file)?.findings.some(isOther) === true);
  }

  /** Adds the holds of a line, each under the block it was made from. */
  private gather(file: string, { measured, line }: PlacedLine, holds: Map<object, Held>): void {
    const stackOf = (sites: readonly { file: string; line: number; user: boolean }[]): Held['stack'] =>
      sites.flatMap((site) => {
        const now = site.user ? this.anchors.locate(measured.process, site.file, site.line) : null;
        return now === null ? [] : [{ file: slashed(vscode.Uri.file(site.file).fsPath), line: now + 1 }];
      });
    for (const block of measured.blocks) {
      const { callee, cause, count, maxNs, victims } = block;
      const stack = stackOf(block.stack);
      holds.set(block, { file, line: line + 1, callee, cause, count, maxNs, victims, isOpen: false, stack });
    }
    const { open } = measured;
    if (open) {
      const { callee, cause, victims } = open;
      const stack = stackOf(open.stack);
      holds.set(open, { file, line: line + 1, callee, cause, count: 0, maxNs: 0, victims, isOpen: true, stack });
    }
  }

  private unsaid(holds: ReadonlyMap<object, Held>): Map<string, PlacedLine[]> {
    const isSaid = (block: object): boolean => {
      const held = holds.get(block);
      return held !== undefined && this.join.said.has(held);
    };
    const rest = new Map<string, PlacedLine[]>();
    for (const [file, placed] of this.lines.all) {
      const left = placed.flatMap(({ measured, line }): PlacedLine[] => {
        const blocks = measured.blocks.filter((block) => !isSaid(block));
        const open = measured.open && isSaid(measured.open) ? null : measured.open;
        if (blocks.length === 0 && open === null && measured.findings.length === 0) return [];
        return [{ measured: { ...measured, blocks, open }, line }];
      });
      if (left.length > 0) rest.set(file, left);
    }
    return rest;
  }
}

function same(left: Measurement | undefined, right: Measurement): boolean {
  return (
    left !== undefined &&
    left.count === right.count &&
    left.maxNs === right.maxNs &&
    left.victims === right.victims &&
    left.isOpen === right.isOpen
  );
}
