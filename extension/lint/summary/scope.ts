import type { Reference } from './types.js';

/** References longer than this are not worth following: they come from generated or deeply chained code. */
const LONGEST_REFERENCE = 160;
/** Alternatives, and containers of them, may be longer together: a factory returns one of many. */
const LONGEST_UNION = 640;

export const UNKNOWN: Reference = '?';

/** Appends a suffix, giving up on the unknown and the absurdly long. */
export function extended(reference: Reference, suffix: string): Reference {
  if (reference === UNKNOWN || reference.startsWith("'") || reference.startsWith('#')) return UNKNOWN;
  const longest = /^[[(]/.test(reference) ? LONGEST_UNION : LONGEST_REFERENCE;
  return reference.length + suffix.length > longest ? UNKNOWN : reference + suffix;
}

/** Either of the given references; unknown and constant ones add nothing. */
export function either(references: readonly Reference[]): Reference {
  const known = new Set<Reference>();
  for (const reference of references) {
    if (reference === UNKNOWN || reference === '#None') continue;
    known.add(reference);
  }
  if (known.size === 0) return UNKNOWN;
  const [first] = known;
  if (known.size === 1 && first !== undefined) return first;
  const union = `(${[...known].join('|')})`;
  return union.length > LONGEST_UNION ? UNKNOWN : union;
}

/** One lexical scope while a file is walked. */
export class Scope {
  private readonly bindings = new Map<string, Reference[]>();
  /** Names in the order they were bound, so that the bindings of a branch can be taken back. */
  private readonly journal: string[] = [];
  /** Names this function declared `global`. */
  readonly globals = new Set<string>();

  constructor(
    readonly kind: 'module' | 'class' | 'function',
    readonly parent: Scope | null,
    readonly functionIndex: number,
    readonly classIndex: number,
  ) {}

  bind(name: string, reference: Reference): void {
    this.journal.push(name);
    const existing = this.bindings.get(name);
    if (existing === undefined) this.bindings.set(name, [reference]);
    else existing.push(reference);
  }

  /** A point to which {@link takeBack} can return. */
  mark(): number {
    return this.journal.length;
  }

  /** Undoes the bindings made since a mark and returns the last value each name had. */
  takeBack(mark: number): Map<string, Reference> {
    const taken = new Map<string, Reference>();
    for (const name of new Set(this.journal.slice(mark))) {
      const value = this.latest(name);
      if (value !== undefined) taken.set(name, value);
    }
    while (this.journal.length > mark) {
      const name = this.journal.pop();
      if (name !== undefined) this.pop(name);
    }
    return taken;
  }

  /** Forgets the latest binding of a name, for comprehension variables. */
  unbind(name: string): void {
    const at = this.journal.lastIndexOf(name);
    if (at >= 0) this.journal.splice(at, 1);
    this.pop(name);
  }

  private pop(name: string): void {
    const existing = this.bindings.get(name);
    existing?.pop();
    if (existing?.length === 0) this.bindings.delete(name);
  }

  /** Every binding of a name in this scope, in the order written. */
  all(name: string): readonly Reference[] | undefined {
    return this.bindings.get(name);
  }

  names(): IterableIterator<string> {
    return this.bindings.keys();
  }

  /**
   * The value a name has at this point of the walk: the latest binding in a function, where None placeholders do not hide
   * the value they stand for.
   */
  latest(name: string): Reference | undefined {
    const existing = this.bindings.get(name);
    if (existing === undefined) return undefined;
    for (let index = existing.length - 1; index >= 0; index--) {
      const reference = existing[index];
      if (reference !== undefined && reference !== '#None') return reference;
    }
    return existing.at(-1);
  }
}
