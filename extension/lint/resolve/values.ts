import type { ClassSummary, FileSummary, FunctionSummary } from '../summary/types.js';

/** A file known to the workspace. */
export interface FileEntry {
  /** Absolute, with `/` as separator. */
  readonly path: string;
  readonly summary: FileSummary;
  readonly functions: readonly FunctionEntry[];
  readonly classes: readonly ClassEntry[];
}

/** A function of a file; `<module>` included. */
export interface FunctionEntry {
  readonly file: FileEntry;
  readonly index: number;
  readonly summary: FunctionSummary;
}

/** A class of a file. */
export interface ClassEntry {
  readonly file: FileEntry;
  readonly index: number;
  readonly summary: ClassSummary;
}

/** What a reference stands for. An empty list of values means unknown. */
export type Value =
  | { kind: 'module'; file: FileEntry }
  | { kind: 'namespace'; name: string; directory: string }
  | { kind: 'class'; class: ClassEntry }
  | { kind: 'instance'; class: ClassEntry }
  | { kind: 'super'; class: ClassEntry }
  | { kind: 'function'; function: FunctionEntry; receiver: ClassEntry | undefined }
  | { kind: 'coroutine'; function: FunctionEntry }
  /** A container, iterator or generator, or the not yet entered result of a `@contextmanager` function. */
  | {
      kind: 'container';
      items: readonly Value[];
      /** Of a tuple: what each position holds. */
      parts?: readonly (readonly Value[])[];
      /** The generator function whose call this is. */
      generator?: FunctionEntry;
    }
  /** Something of a module outside the workspace: by dotted name, or what calling that name gives. */
  | { kind: 'external'; name: string; isInstance: boolean }
  | { kind: 'parameter'; function: FunctionEntry; name: string };

/** Wraps a summary with entries that know where they come from. */
export function fileEntry(path: string, summary: FileSummary): FileEntry {
  const functions: FunctionEntry[] = [];
  const classes: ClassEntry[] = [];
  const file: FileEntry = { path, summary, functions, classes };
  summary.functions.forEach((each, index) => functions.push({ file, index, summary: each }));
  summary.classes.forEach((each, index) => classes.push({ file, index, summary: each }));
  return file;
}
