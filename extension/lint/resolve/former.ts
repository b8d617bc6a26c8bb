import type { ClassEntry, FileEntry, FunctionEntry } from './values.js';

/**
 * What the functions and classes of edited files were when the whole workspace was last analysed: found by their dotted path,
 * so that what other files said of them still counts while they are typed in.
 */
export class Former {
  private readonly functions = new WeakMap<FunctionEntry, FunctionEntry>();
  private readonly classes = new WeakMap<ClassEntry, ClassEntry>();

  /** Pairs a new summary of a file with the one it replaces. Of names defined several times each goes with its like. */
  note(file: FileEntry, before: FileEntry): void {
    pair(file.functions, before.functions, this.functions);
    pair(file.classes, before.classes, this.classes);
  }

  /** The function as it was, or itself when it is new or was not edited. */
  function(entry: FunctionEntry): FunctionEntry {
    return this.functions.get(entry) ?? entry;
  }

  /** The class as it was, or itself. */
  class(entry: ClassEntry): ClassEntry {
    return this.classes.get(entry) ?? entry;
  }
}

function pair<T extends FunctionEntry | ClassEntry>(
  now: readonly T[],
  before: readonly T[],
  into: WeakMap<T, T>,
): void {
  const named = new Map<string, T[]>();
  for (const entry of before) {
    const { qualifiedName } = entry.summary;
    const list = named.get(qualifiedName);
    if (list === undefined) named.set(qualifiedName, [entry]);
    else list.push(entry);
  }
  for (const entry of now) {
    const former = named.get(entry.summary.qualifiedName)?.shift();
    if (former !== undefined) into.set(entry, former);
  }
}
