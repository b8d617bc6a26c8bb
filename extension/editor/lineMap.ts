/** A change of a document's text: what stood between two positions was replaced. Lines and characters count from 0. */
export interface LineChange {
  readonly startLine: number;
  readonly startCharacter: number;
  readonly endLine: number;
  /** Line breaks in the new text. */
  readonly newLines: number;
}

const GONE = -1;

/** Knows where the lines of a document have moved to since it was made, as people edit. Lines count from 0. */
export class LineMap {
  private readonly current: Int32Array;
  /** Lines, as they were counted in the beginning, whose text may be another by now. */
  private readonly edited = new Set<number>();

  /** @param lineCount Lines the document had before the first change. */
  public constructor(lineCount: number) {
    this.current = Int32Array.from({ length: lineCount }, (_, line) => line);
  }

  /** Follows one change. Several changes of one event are given one by one, from the last in the document to the first. */
  public apply(change: LineChange): void {
    for (let line = 0; line < this.current.length; line++) {
      const at = this.current[line] ?? GONE;
      if (at === GONE) continue;
      if (at >= change.startLine && at <= change.endLine) this.edited.add(line);
      this.current[line] = moved(at, change);
    }
  }

  /** Where a line is now; null when it was deleted. */
  public get(line: number): number | null {
    const at = this.current[line] ?? line;
    return at === GONE ? null : at;
  }

  /** Whether the text of a line, as it was counted in the beginning, is the same since. */
  public isSame(line: number): boolean {
    return !this.edited.has(line);
  }

  /** The line, as it was counted in the beginning, that is here now with the same text; null when there is none. */
  public origin(line: number): number | null {
    const before = this.current.indexOf(line);
    return before === GONE || this.edited.has(before) ? null : before;
  }
}

function moved(line: number, { startLine, startCharacter, endLine, newLines }: LineChange): number {
  if (line < startLine) return line;
  if (line > endLine) return line + newLines - (endLine - startLine);
  if (startLine === endLine) return startCharacter === 0 ? line + newLines : line;
  if (line === endLine) return startLine + newLines;
  // The first line keeps its beginning, unless it was taken whole.
  return line === startLine && startCharacter > 0 ? line : GONE;
}
