import type { TypeCatalogue } from '../catalogue/types.js';
import { ReferenceReader } from './reader.js';
import { CallFlag } from '../summary/types.js';
import type { AttributeSummary } from '../summary/types.js';
import { AssignedAttributes } from './assigned.js';
import { effectOf, wrappersOf } from './decorators.js';
import type { DecoratorEffect } from './decorators.js';
import { Former } from './former.js';
import { joined } from './join.js';
import type { ModuleIndex } from './modules.js';
import { OverridingAttributes } from './overriding.js';
import type { Parameters } from './parameters.js';
import type { ClassEntry, FileEntry, FunctionEntry, Value } from './values.js';

const NOTHING: readonly Value[] = [];
const NOBODY: readonly FunctionEntry[] = [];
const DEEPEST = 40;
/** Cyclic definitions are evaluated again and again up to this often; then what was found so far counts. */
const MOST_STEPS = 500;

/** Evaluates references (see `summary/types.ts`) against a workspace. Results are remembered; make a new one after an edit. */
export class Evaluator {
  private readonly memory = new WeakMap<FileEntry, Map<string, readonly Value[] | number>>();
  private readonly linearizations = new WeakMap<ClassEntry, { classes: ClassEntry[]; externals: string[] }>();
  private readonly effects = new WeakMap<FunctionEntry, DecoratorEffect>();
  readonly former = new Former();
  private readonly assigned = new AssignedAttributes(8);
  readonly overriding = new OverridingAttributes(this);
  private readonly wrapping = new WeakMap<FunctionEntry, readonly FunctionEntry[]>();
  /** What callers pass; undefined until all calls are known. */
  private parameters: Parameters | undefined;
  private depth = 0;
  /** The depth of the outermost evaluation that the current one ran into, if any. */
  private incompleteFrom = Number.POSITIVE_INFINITY;
  private steps = 0;

  constructor(
    readonly modules: ModuleIndex,
    readonly types: TypeCatalogue,
  ) {}

  /** What a reference written in `file` stands for. */
  evaluate(reference: string, file: FileEntry): readonly Value[] {
    let known = this.memory.get(file);
    if (known === undefined) this.memory.set(file, (known = new Map<string, readonly Value[] | number>()));
    const existing = known.get(reference);
    if (typeof existing === 'number') {
      // Being evaluated further up: what is found on the way here is not the whole answer and must not be remembered.
      this.incompleteFrom = Math.min(this.incompleteFrom, existing);
      return NOTHING;
    }
    if (existing !== undefined) return existing;
    if (this.depth > DEEPEST) {
      this.incompleteFrom = 0;
      return NOTHING;
    }
    if (this.depth === 0) this.steps = 0;
    const depth = ++this.depth;
    known.set(reference, depth);
    const values = new ReferenceReader(reference, file, this).read();
    this.depth--;
    if (this.incompleteFrom < depth && ++this.steps < MOST_STEPS) known.delete(reference);
    else known.set(reference, values);
    if (this.incompleteFrom >= depth || depth === 1) this.incompleteFrom = Number.POSITIVE_INFINITY;
    return values;
  }

  /** Notes an attribute that is set from outside the methods of its object. */
  assign({ object, name, value }: AttributeSummary, file: FileEntry): void {
    for (const each of this.evaluate(object, file)) {
      const owner =
        each.kind === 'instance' || each.kind === 'class'
          ? this.former.class(each.class)
          : each.kind === 'external' && this.types.isOpen(each.name)
            ? each.name
            : undefined;
      if (owner !== undefined) this.assigned.add(owner, name, { reference: value, file });
    }
  }

  /** What was evaluated without success may be known once more of the workspace is. */
  forgetUnknown(files: Iterable<FileEntry>): void {
    for (const file of files) {
      const known = this.memory.get(file);
      if (known === undefined) continue;
      for (const [reference, values] of known)
        if (typeof values === 'number' || values.length === 0) known.delete(reference);
    }
  }

  /** From now on parameters stand for what callers pass. Forgets what was evaluated in `files` without knowing that. */
  learn(parameters: Parameters, files: Iterable<FileEntry>): void {
    this.parameters = parameters;
    for (const file of files) {
      const known = this.memory.get(file);
      if (known === undefined) continue;
      for (const [reference, values] of known) {
        if (typeof values === 'number' || values.length === 0 || values.some((value) => value.kind === 'parameter'))
          known.delete(reference);
      }
    }
  }

  /** A parameter, and what it is known to stand for. */
  parameter(entry: FunctionEntry, name: string): readonly Value[] {
    const itself: Value = { kind: 'parameter', function: entry, name };
    if (this.parameters === undefined) return [itself];
    const passed = this.parameters.values(entry, name, this);
    // What a plain function is given to call runs for the caller that gave it, and for no other.
    const { isAsync, name: owner } = entry.summary;
    const kept = isAsync || owner === '__init__' ? passed : passed.filter((value) => !isCallable(value));
    return [itself, ...kept];
  }

  /** What the decorators of a function make of it. */
  effect(entry: FunctionEntry): DecoratorEffect {
    let effect = this.effects.get(entry);
    if (effect === undefined) {
      this.effects.set(entry, 'keeps');
      effect = effectOf(entry, this);
      this.effects.set(entry, effect);
    }
    return effect;
  }

  /** The functions of decorators of the workspace that run in the place of a function. */
  wrappers(entry: FunctionEntry): readonly FunctionEntry[] {
    let wrappers = this.wrapping.get(entry);
    if (wrappers === undefined) {
      this.wrapping.set(entry, NOBODY);
      wrappers = entry.summary.decorators.length === 0 ? NOBODY : wrappersOf(entry, this);
      this.wrapping.set(entry, wrappers);
    }
    return wrappers;
  }

  /** A class, then its bases in the order Python looks, and the names of bases outside the workspace. */
  linearization(entry: ClassEntry): { classes: ClassEntry[]; externals: string[] } {
    const known = this.linearizations.get(entry);
    if (known !== undefined) return known;
    const result = { classes: [entry], externals: [] as string[] };
    this.linearizations.set(entry, result);
    for (const base of entry.summary.bases) {
      for (const value of this.evaluate(base, entry.file)) {
        if (value.kind === 'external') result.externals.push(value.name);
        if (value.kind !== 'class' || value.class === entry) continue;
        const inner = this.linearization(value.class);
        for (const each of inner.classes) if (!result.classes.includes(each)) result.classes.push(each);
        for (const each of inner.externals) if (!result.externals.includes(each)) result.externals.push(each);
      }
    }
    return result;
  }

  member(values: readonly Value[], name: string): readonly Value[] {
    return joined(values.map((value) => this.memberOf(value, name)));
  }

  private memberOf(value: Value, name: string): readonly Value[] {
    switch (value.kind) {
      case 'module':
        return this.moduleMember(value.file, name);
      case 'namespace': {
        const submodule = this.modules.submodule(value, name);
        if (submodule !== undefined) return [submodule];
        return value.name === '' ? NOTHING : [{ kind: 'external', name: `${value.name}.${name}`, isInstance: false }];
      }
      case 'class':
      case 'instance':
        if (name === '__class__') return [{ kind: 'class', class: value.class }];
        if (name === '__next__') return this.iterating(value.class);
        return this.classMember(value.class, name, value.kind === 'instance', 0);
      case 'super':
        return this.classMember(value.class, name, true, 1);
      case 'external':
        // Going through what a name stands for is taken down as its next step.
        return this.externalMember(value.name, name === '__next__' ? '__iter__' : name);
      case 'container':
        if (name === '__next__' && value.generator !== undefined)
          return [{ kind: 'function', function: value.generator, receiver: undefined }];
        if (['get', 'pop', 'popleft', 'setdefault'].includes(name)) return [{ kind: 'container', items: value.items }];
        return ['values', 'copy'].includes(name) ? [{ kind: 'container', items: [value] }] : NOTHING;
      case 'function':
      case 'coroutine':
      case 'parameter':
        return NOTHING;
    }
  }

  /** A name of a module: its own, a submodule, or one that comes through a star import. */
  moduleMember(file: FileEntry, name: string, seen: readonly FileEntry[] = []): readonly Value[] {
    const own = file.summary.names;
    if (Object.hasOwn(own, name) && own[name] !== undefined) return this.evaluate(own[name], file);
    const submodule = this.modules.submodule({ kind: 'module', file }, name);
    if (submodule !== undefined) return [submodule];
    return this.starMember(file, name, seen);
  }

  /** A name that only a star import of `file` can provide. */
  starMember(file: FileEntry, name: string, seen: readonly FileEntry[] = []): readonly Value[] {
    if (seen.includes(file)) return NOTHING;
    for (const star of file.summary.stars) {
      const found = this.modules.resolve(star, file);
      if (found === null || found.rest.length > 0 || found.value.kind !== 'module') continue;
      const values = this.moduleMember(found.value.file, name, [...seen, file]);
      if (values.length > 0) return values;
    }
    return NOTHING;
  }

  private classMember(entry: ClassEntry, name: string, isInstance: boolean, skip: number): readonly Value[] {
    const { classes, externals } = this.linearization(entry);
    for (const each of classes.slice(skip)) {
      const members = each.summary.members;
      if (Object.hasOwn(members, name) && members[name] !== undefined && members[name] !== '?') {
        const values = this.bound(this.evaluate(members[name], each.file), entry, isInstance);
        if (values.length > 0) return values;
        // `name = None` in the class body stands in for what methods assign.
        break;
      }
    }
    const found: (readonly Value[])[] = [];
    for (const each of classes) {
      const attributes = each.summary.attributes;
      if (Object.hasOwn(attributes, name) && attributes[name] !== undefined)
        found.push(this.evaluate(attributes[name], each.file));
    }
    for (const each of classes)
      for (const { reference, file } of this.assigned.get(this.former.class(each), name))
        found.push(this.evaluate(reference, file));
    if (found.length === 0) found.push(...classes.slice(skip).map((each) => this.overriding.values(each, name)));
    if (found.some((values) => values.length > 0)) return joined(found);
    if (classes.some((each) => Object.hasOwn(each.summary.members, name))) return NOTHING;
    return joined(externals.map((external) => this.externalMember(external, name)));
  }

  /** What runs when an instance is gone through. */
  private iterating(entry: ClassEntry): readonly Value[] {
    const own = this.classMember(entry, '__iter__', true, 0).filter((value) => value.kind === 'function');
    return own.length > 0 ? own : this.classMember(entry, '__next__', true, 0);
  }

  /** Methods taken from a class know their receiver; properties are read at once. */
  private bound(values: readonly Value[], receiver: ClassEntry, isInstance: boolean): readonly Value[] {
    return joined(
      values.map((value) => {
        if (value.kind !== 'function' || value.function.summary.owner < 0) return [value];
        if (isInstance && this.effect(value.function) === 'property') return this.returned(value.function);
        return [{ kind: 'function', function: value.function, receiver }];
      }),
    );
  }

  private externalMember(owner: string, name: string): readonly Value[] {
    const { types } = this;
    const given = this.assigned.get(owner, name);
    if (given.length > 0) return joined(given.map(({ reference, file }) => this.evaluate(reference, file)));
    const dotted = types.canonical(`${owner}.${name}`);
    const typed = types.attribute(dotted);
    return [typed ?? { kind: 'external', name: dotted, isInstance: false }];
  }

  /** What calling these values gives. `first` is the first argument where it decides the result. */
  call(values: readonly Value[], first: readonly Value[]): readonly Value[] {
    return joined(values.map((value) => this.callOf(value, first)));
  }

  private callOf(value: Value, first: readonly Value[]): readonly Value[] {
    switch (value.kind) {
      case 'class':
        return [{ kind: 'instance', class: value.class }];
      case 'function':
        return this.callFunction(value.function, first);
      case 'instance':
        return this.call(this.classMember(value.class, '__call__', true, 0), first);
      case 'external': {
        if (first.length > 0 && this.types.returnsFirst(value.name)) return first;
        if (first.length > 0 && this.types.callsFirst(value.name))
          return [{ kind: 'container', items: this.call(first, NOTHING) }];
        if (first.length > 0 && this.types.injects(value.name)) {
          const given = this.call(first, NOTHING);
          return joined([given.filter((each) => each.kind !== 'coroutine'), this.awaited(given)]);
        }
        const result = this.types.result(value.name, value.isInstance);
        return result === undefined ? NOTHING : [result];
      }
      case 'container':
        return value.items;
      case 'module':
      case 'namespace':
      case 'super':
      case 'coroutine':
      case 'parameter':
        return NOTHING;
    }
  }

  private callFunction(entry: FunctionEntry, first: readonly Value[]): readonly Value[] {
    const effect = this.effect(entry);
    if (effect === 'opaque' || effect === 'offloads') return NOTHING;
    if (first.length > 0 && this.handsOn(entry)) return [{ kind: 'container', items: this.call(first, NOTHING) }];
    if (entry.summary.isGenerator)
      return [{ kind: 'container', items: this.evaluate(entry.summary.yields, entry.file), generator: entry }];
    if (entry.summary.isAsync) return [{ kind: 'coroutine', function: entry }];
    return this.returned(entry);
  }

  /** Whether a function hands its first parameter to an executor, itself or through another one that does. */
  private handsOn({ summary, file }: FunctionEntry, depth = 0): boolean {
    const parameter = summary.parameters[summary.owner >= 0 ? 1 : 0]?.name;
    if (parameter === undefined || depth > 3) return false;
    const reference = new RegExp(`~\\d+:${parameter}\\b`);
    return summary.calls.some(
      (call) =>
        (call.flags & (CallFlag.returned | CallFlag.awaited)) !== 0 &&
        call.arguments.some((argument) => reference.test(argument)) &&
        this.evaluate(call.target, file).some((value) =>
          value.kind === 'external'
            ? this.types.callsFirst(value.name)
            : value.kind === 'function' && this.handsOn(value.function, depth + 1),
        ),
    );
  }

  /** What the body of a function returns. */
  returned(entry: FunctionEntry): readonly Value[] {
    return entry.summary.returns === '?' ? NOTHING : this.evaluate(entry.summary.returns, entry.file);
  }

  awaited(values: readonly Value[]): readonly Value[] {
    return joined(
      values.map((value) => {
        if (value.kind === 'coroutine') return this.returned(value.function);
        // The result of `asyncio.to_thread(f, …)` and its kind holds what `f` returns.
        if (value.kind === 'container') return value.items;
        if (value.kind !== 'external') return NOTHING;
        const result = this.types.awaited(value.name);
        return result === undefined ? NOTHING : [result];
      }),
    );
  }

  /** What a position of a tuple holds; of other containers any element. */
  part(values: readonly Value[], index: number): readonly Value[] {
    return joined(
      values.map((value) =>
        value.kind === 'container' && value.parts !== undefined ? (value.parts[index] ?? NOTHING) : this.items([value]),
      ),
    );
  }

  items(values: readonly Value[]): readonly Value[] {
    return joined(
      values.map((value) => {
        if (value.kind === 'container') return value.items;
        if (value.kind !== 'external') return NOTHING;
        const item = this.types.item(value.name);
        return item === undefined ? NOTHING : [item];
      }),
    );
  }

  /** What `with … as` binds. */
  entered(values: readonly Value[]): readonly Value[] {
    return joined(
      values.map((value): readonly Value[] => {
        if (value.kind === 'container') return value.items;
        if (value.kind === 'external') return [this.types.entered(value.name) ?? value];
        if (value.kind !== 'instance') return NOTHING;
        for (const name of ['__enter__', '__aenter__']) {
          const method = this.classMember(value.class, name, true, 0);
          if (method.some((each) => each.kind === 'function')) {
            const result = joined(
              method.map((each) => (each.kind === 'function' ? this.returned(each.function) : NOTHING)),
            );
            return result.length > 0 ? result : [value];
          }
        }
        return [value];
      }),
    );
  }
}

function isCallable(value: Value): boolean {
  return value.kind === 'function' || value.kind === 'class' || (value.kind === 'external' && !value.isInstance);
}
