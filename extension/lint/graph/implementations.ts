import type { Evaluator } from '../resolve/evaluator.js';
import type { ClassEntry, FunctionEntry } from '../resolve/values.js';

/** Where a method may be any of more implementations than this, hardly any one is the one that runs. */
const MOST_IMPLEMENTATIONS = 12;
const PROTOCOLS = new Set(['typing.Protocol', 'typing_extensions.Protocol']);
const NOBODY: readonly FunctionEntry[] = [];

/** The classes of a workspace by what they derive from, and what of theirs may run where a base class or a protocol is called. */
export class Implementations {
  private readonly subclasses = new Map<ClassEntry, ClassEntry[]>();
  private readonly withMethod = new Map<string, ClassEntry[]>();
  private readonly fitting = new WeakMap<ClassEntry, readonly ClassEntry[]>();

  /** @param outer the classes of the whole workspace, when these are of a single edited file */
  constructor(
    private readonly evaluator: Evaluator,
    private readonly outer?: Implementations,
  ) {}

  addSubclass(entry: ClassEntry): void {
    for (const base of this.evaluator.linearization(entry).classes)
      if (base !== entry) push(this.subclasses, base, entry);
    for (const [name, reference] of Object.entries(entry.summary.members))
      if (reference.startsWith('&')) push(this.withMethod, name, entry);
  }

  /** The method of a class or its bases, as a function. */
  method(entry: ClassEntry, name: string): FunctionEntry | undefined {
    for (const each of this.evaluator.linearization(entry).classes) {
      const members = each.summary.members;
      const reference = Object.hasOwn(members, name) ? members[name] : undefined;
      const index = reference === undefined ? undefined : /^&(\d+)$/.exec(reference)?.[1];
      if (index !== undefined) return each.file.functions[Number(index)];
      if (reference !== undefined) return undefined;
    }
    return undefined;
  }

  /**
   * What may run in the place of a method that does nothing.
   * @param isOwn whether the class calls its own method, in which case many implementations say nothing
   */
  of(method: FunctionEntry, receiver: ClassEntry, isOwn: boolean): readonly FunctionEntry[] {
    const { summary } = method;
    const isAbstract =
      summary.isAbstract || summary.decorators.some((decorator) => decorator.includes('abstractmethod'));
    if (!isAbstract) return NOBODY;
    const subclasses = this.subclassesOf(receiver);
    const implementing = subclasses.filter((subclass) => Object.hasOwn(subclass.summary.members, summary.name));
    if (isOwn && implementing.length > MOST_IMPLEMENTATIONS) return NOBODY;
    const fitting = this.isProtocol(receiver) ? this.fittingProtocol(receiver) : [];
    return this.methods([...implementing, ...fitting], summary.name).filter((each) => each !== method);
  }

  /** What may run where a class calls a method on itself that neither it nor its bases have. */
  mixedIn(owner: ClassEntry, name: string): readonly FunctionEntry[] {
    const { classes, externals } = this.evaluator.linearization(owner);
    const has = ({ summary }: ClassEntry): boolean =>
      Object.hasOwn(summary.members, name) || Object.hasOwn(summary.attributes, name);
    if (externals.some((each) => each !== 'abc.ABC' && each !== 'object') || classes.some(has)) return NOBODY;
    const subclasses = this.subclassesOf(owner);
    return subclasses.length > MOST_IMPLEMENTATIONS ? NOBODY : this.methods(subclasses, name);
  }

  private methods(classes: readonly ClassEntry[], name: string): readonly FunctionEntry[] {
    return [...new Set(classes.flatMap((each) => this.method(each, name) ?? []))];
  }

  /** Everything that derives from a class. */
  subclassesOf(entry: ClassEntry): readonly ClassEntry[] {
    return this.subclasses.get(entry) ?? this.outer?.subclassesOf(this.evaluator.former.class(entry)) ?? [];
  }

  private isProtocol(entry: ClassEntry): boolean {
    return entry.summary.bases.some((base) =>
      this.evaluator.evaluate(base, entry.file).some((value) => value.kind === 'external' && PROTOCOLS.has(value.name)),
    );
  }

  /** Classes that have every method of a protocol, with the same parameters; none where too many do. */
  private fittingProtocol(protocol: ClassEntry): readonly ClassEntry[] {
    if (this.outer !== undefined) return this.outer.fittingProtocol(this.evaluator.former.class(protocol));
    let fitting = this.fitting.get(protocol);
    if (fitting === undefined) {
      fitting = this.findFitting(protocol);
      this.fitting.set(protocol, fitting);
    }
    return fitting;
  }

  private findFitting(protocol: ClassEntry): readonly ClassEntry[] {
    const { members } = protocol.summary;
    const asked = Object.entries(members).flatMap(([name, reference]) =>
      /^&\d+$/.test(reference) ? [{ name, method: protocol.file.functions[Number(reference.slice(1))] }] : [],
    );
    const [first] = asked;
    if (first === undefined) return [];
    const fitting = (this.withMethod.get(first.name) ?? []).filter(
      (entry) =>
        entry !== protocol &&
        !this.isProtocol(entry) &&
        asked.every(({ name, method }) => method !== undefined && isLike(method, this.method(entry, name))),
    );
    return fitting.length > MOST_IMPLEMENTATIONS ? [] : fitting;
  }
}

/** Whether a method can stand for another: the same kind of function with the same parameters. */
function isLike(asked: FunctionEntry, found: FunctionEntry | undefined): boolean {
  if (found === undefined || found.summary.isAsync !== asked.summary.isAsync) return false;
  const names = found.summary.parameters.map(({ name }) => name);
  return asked.summary.parameters.every(({ name }, index) => names[index] === name);
}

function push(lists: Map<unknown, ClassEntry[]>, key: unknown, entry: ClassEntry): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [entry]);
  else list.push(entry);
}
