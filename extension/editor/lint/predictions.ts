import type { Finding } from '../../lint/findings';

/** What the linter says of a file. */
export interface FileFindings {
  /** Version of the open document that was looked at; null when the file on disk was. */
  readonly version: number | null;
  readonly findings: readonly Finding[];
}

/** A path as the linter writes it. */
export function slashed(path: string): string {
  return path.replaceAll('\\', '/');
}

/** The findings of the linter, by file. Paths are given and kept with `/`. */
export class Predictions {
  private readonly known = new Map<string, FileFindings>();
  private readonly listeners = new Set<(files: readonly string[]) => void>();
  private leaves: Map<string, Finding[]> | undefined;

  /** Tells of files whose findings were replaced. Returns what ends that. */
  public subscribe(listener: (files: readonly string[]) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  public get(file: string): FileFindings | undefined {
    return this.known.get(slashed(file));
  }

  /** Paths of the files that are known, with `/`. */
  public files(): string[] {
    return [...this.known.keys()];
  }

  public set(file: string, found: FileFindings): void {
    const path = slashed(file);
    if (found.findings.length === 0 && found.version === null) {
      if (!this.known.delete(path)) return;
    } else this.known.set(path, found);
    this.leaves = undefined;
    this.tell([path]);
  }

  public clear(): void {
    const files = [...this.known.keys()];
    this.known.clear();
    this.leaves = undefined;
    this.tell(files);
  }

  /** The blocking calls that are predicted to end at a line (from 1), in whichever file they are reported. */
  public endingAt(file: string, line: number): readonly Finding[] {
    this.leaves ??= this.indexed();
    return this.leaves.get(`${line} ${slashed(file)}`) ?? [];
  }

  private indexed(): Map<string, Finding[]> {
    const leaves = new Map<string, Finding[]>();
    for (const { findings } of this.known.values()) {
      for (const finding of findings) {
        if (!finding.rule.startsWith('blocking-')) continue;
        const leaf = finding.chain.at(-1) ?? finding;
        const name = `${leaf.line} ${leaf.file}`;
        const known = leaves.get(name);
        if (known === undefined) leaves.set(name, [finding]);
        else known.push(finding);
      }
    }
    return leaves;
  }

  private tell(files: readonly string[]): void {
    for (const listener of this.listeners) listener(files);
  }
}
