import { keyword, positional } from '../summary/arguments.js';
import type { Catalogue } from '../catalogue/catalogue.js';
import type { BlockingEntry } from '../catalogue/types.js';
import type { Evaluator } from '../resolve/evaluator.js';
import { Parameters } from '../resolve/parameters.js';
import type { ClassEntry, FileEntry, FunctionEntry, Value } from '../resolve/values.js';
import { CallFlag } from '../summary/types.js';
import type { CallSummary } from '../summary/types.js';
import { Implementations } from './implementations.js';

const LOOP_RUNNERS = new Set([
  'asyncio.run', 'asyncio.Runner.run', 'asyncio.AbstractEventLoop.run_until_complete', 'asyncio.AbstractEventLoop.run_forever', 'uvloop.run',
]); // prettier-ignore

const FILES_BETWEEN_YIELDS = 20;
const CALLS_BETWEEN_YIELDS = 2000;
/** What is found through a parameter may tell of another parameter; deeper than this it hardly does. */
const PARAMETER_ROUNDS = 2;

/** A call that runs another function of the workspace at once, on the same thread. */
export interface Edge {
  caller: FunctionEntry;
  callee: FunctionEntry;
  call: CallSummary;
  /** The callee is one of several implementations that may run. */
  possible: boolean;
}

/** A call of something known to block. */
export interface Leaf {
  caller: FunctionEntry;
  call: CallSummary;
  entry: BlockingEntry;
  /** The name as resolved, which for a `*` entry is more than the entry's. */
  name: string;
}

/** A call with what it may reach. */
export interface ResolvedCall {
  call: CallSummary;
  targets: readonly Value[];
}

/** Who calls whom, and where something blocks. */
export class CallGraph {
  readonly callers = new Map<FunctionEntry, Edge[]>();
  readonly callees = new Map<FunctionEntry, FunctionEntry[]>();
  readonly leaves: Leaf[] = [];
  /** Calls that start a loop, which fails where one is running. */
  readonly runners: Leaf[] = [];
  /** Sync functions the loop itself calls: callbacks, protocol methods. */
  readonly callbacks = new Set<FunctionEntry>();
  /** Functions that run in another thread, with the call that sends them there. */
  readonly threaded = new Map<FunctionEntry, CallSummary>();
  readonly implementations: Implementations;
  /** Names some class of these files defines as a property. */
  private readonly properties = new Set<string>();
  private readonly calledParameters = new Map<FunctionEntry, Set<string>>();
  private readonly higherOrder: { caller: FunctionEntry; call: CallSummary; callee: FunctionEntry; bound: boolean }[] =
    [];
  private readonly parameters: Parameters;
  /** Calls nothing was found for yet. */
  private unresolved: { entry: FunctionEntry; call: CallSummary }[] = [];

  /** @param outer the graph of the whole workspace, when this one is of a single edited file */
  constructor(
    private readonly evaluator: Evaluator,
    private readonly catalogue: Catalogue,
    private readonly outer?: CallGraph,
  ) {
    this.parameters = new Parameters(evaluator.former);
    this.implementations = new Implementations(evaluator, outer?.implementations);
  }

  /** Adds files; yields now and then, so that a long build can be interrupted. */
  *build(files: readonly FileEntry[]): Generator<void, void> {
    let done = 0;
    for (const file of files) {
      for (const entry of file.classes) this.implementations.addSubclass(entry);
      for (const entry of file.functions)
        if (entry.summary.decorators.some((decorator) => decorator.includes('property')))
          this.properties.add(entry.summary.name);
    }
    if (this.outer === undefined) {
      for (const file of files) {
        for (const each of file.summary.attributes) this.evaluator.assign(each, file);
        for (const each of file.classes) this.evaluator.overriding.add(each);
      }
      this.evaluator.forgetUnknown(files);
    }
    for (const file of files) {
      for (const entry of file.functions) this.addFunction(entry);
      if (++done % FILES_BETWEEN_YIELDS === 0) yield;
    }
    if (this.outer === undefined) yield* this.resolveParameters(files);
    this.unresolved = [];
    for (const each of this.higherOrder) this.addHigherOrder(each);
  }

  /** Once all callers are known, so are many parameters, and with them further calls. */
  private *resolveParameters(files: readonly FileEntry[]): Generator<void, void> {
    for (let round = 0; round < PARAMETER_ROUNDS; round++) {
      this.evaluator.learn(this.parameters, files);
      const { unresolved } = this;
      this.unresolved = [];
      let done = 0;
      for (const { entry, call } of unresolved) {
        this.addTargets(entry, call);
        if (++done % CALLS_BETWEEN_YIELDS === 0) yield;
      }
      if (this.unresolved.length === unresolved.length) return;
    }
  }

  /** What the target of a call may be. */
  targets(entry: FunctionEntry, call: CallSummary): readonly Value[] {
    return this.evaluator.evaluate(call.target, entry.file);
  }

  private addFunction(entry: FunctionEntry): void {
    if (this.isProtocolMethod(entry)) this.callbacks.add(entry);
    for (const call of entry.summary.calls) this.addTargets(entry, call);
    for (const read of entry.summary.reads) this.addPropertyRead(entry, read);
  }

  private addTargets(entry: FunctionEntry, call: CallSummary): void {
    const targets = this.targets(entry, call);
    if (targets.every((target) => target.kind === 'parameter')) this.unresolved.push({ entry, call });
    if (targets.length === 0) this.addMixedIn(entry, call);
    for (const target of targets) this.addCall(entry, call, target);
  }

  private isProtocolMethod(entry: FunctionEntry): boolean {
    const owner = entry.file.classes[entry.summary.owner];
    if (owner === undefined || entry.summary.isAsync) return false;
    return this.evaluator
      .linearization(owner)
      .externals.some((name) => this.catalogue.isProtocolMethod(name, entry.summary.name));
  }

  private addCall(caller: FunctionEntry, call: CallSummary, target: Value): void {
    switch (target.kind) {
      case 'external':
        this.addExternal(caller, call, target.isInstance ? `${target.name}.__call__` : target.name);
        return;
      case 'function':
        this.addFunctionCall(caller, call, target.function, target.receiver);
        return;
      case 'class':
        this.addConstructor(caller, call, target.class);
        return;
      case 'instance':
        for (const value of this.evaluator.member([target], '__call__')) {
          if (value.kind === 'function') this.addFunctionCall(caller, call, value.function, target.class);
        }
        return;
      case 'parameter':
        if (target.function === caller) this.calledParametersOf(caller).add(target.name);
        return;
      case 'container':
      case 'module':
      case 'namespace':
      case 'super':
      case 'coroutine':
    }
  }

  private calledParametersOf(entry: FunctionEntry): Set<string> {
    let names = this.calledParameters.get(entry);
    if (names === undefined) this.calledParameters.set(entry, (names = new Set<string>()));
    return names;
  }

  private addExternal(caller: FunctionEntry, call: CallSummary, name: string): void {
    const entry = this.catalogue.entry(name);
    const awaited = (call.flags & CallFlag.awaited) !== 0;
    if (entry !== undefined && !awaited && this.catalogue.blocks(entry, call))
      this.leaves.push({ caller, call, entry, name });
    if (LOOP_RUNNERS.has(name) && !this.asksForLoop(caller)) {
      this.runners.push({ caller, call, entry: { name, kind: 'lock', severity: 'error' }, name });
    }
    const taker = this.catalogue.taker(name);
    if (taker === undefined) return;
    const reference =
      (taker.keyword === undefined ? undefined : keyword(call.arguments, taker.keyword)) ??
      (taker.position === undefined ? undefined : positional(call.arguments, taker.position));
    if (reference === undefined || reference === '?') return;
    for (const value of this.evaluator.evaluate(reference, caller.file)) {
      if (value.kind === 'function') {
        if (taker.runs === 'thread') this.threaded.set(value.function, call);
        else if (taker.runs === 'loop' && !value.function.summary.isAsync) this.callbacks.add(value.function);
        else if (taker.runs === 'place' && (call.flags & CallFlag.iterated) !== 0)
          this.addFunctionCall(caller, call, value.function, value.receiver);
      } else if (
        value.kind === 'external' &&
        taker.runs === 'place' &&
        ((call.flags & CallFlag.iterated) !== 0 || taker.keyword !== undefined)
      ) {
        const inner = this.catalogue.entry(value.name);
        if (inner !== undefined) this.leaves.push({ caller, call, entry: inner, name: value.name });
      }
    }
  }

  /** Reading a property runs its getter; the reference of the call already went through it, so look one step back. */
  private addPropertyRead(caller: FunctionEntry, call: CallSummary): void {
    const dot = call.target.lastIndexOf('.');
    if (!this.isProperty(call.target.slice(dot + 1))) return;
    for (const owner of this.evaluator.evaluate(call.target.slice(0, dot), caller.file)) {
      if (owner.kind !== 'instance') continue;
      const getter = this.implementations.method(owner.class, call.target.slice(dot + 1));
      if (getter !== undefined && this.evaluator.effect(getter) === 'property')
        this.addEdge(caller, call, getter, false);
    }
  }

  private isProperty(name: string): boolean {
    return this.properties.has(name) || this.outer?.isProperty(name) === true;
  }

  private addConstructor(caller: FunctionEntry, call: CallSummary, entry: ClassEntry): void {
    let found = false;
    for (const name of ['__new__', '__init__', '__post_init__']) {
      const method = this.implementations.method(entry, name);
      if (method === undefined) continue;
      found = true;
      this.addEdge(caller, call, method, false);
      this.parameters.add(method, { caller, call, bound: true });
      this.higherOrder.push({ caller, call, callee: method, bound: true });
    }
    if (found) return;
    for (const external of this.evaluator.linearization(entry).externals) this.addExternal(caller, call, external);
  }

  private addFunctionCall(
    caller: FunctionEntry,
    call: CallSummary,
    callee: FunctionEntry,
    receiver: ClassEntry | undefined,
  ): void {
    const effect = this.evaluator.effect(callee);
    const { summary } = callee;
    this.parameters.add(callee, { caller, call, bound: receiver !== undefined || summary.owner >= 0 });
    if (effect === 'opaque' || effect === 'offloads') return;
    if (summary.isAsync) {
      this.addOverrides(caller, call, callee, receiver);
      return;
    }
    for (const wrapper of this.evaluator.wrappers(callee)) this.addEdge(caller, call, wrapper, false);
    const awaited = (call.flags & CallFlag.awaited) !== 0;
    // Awaiting what a plain function returns only works where that is awaitable; else the type was guessed wrong.
    if (awaited && (effect === 'foreign' || !this.returnsAwaitable(callee))) return;
    if (summary.isGenerator) {
      const runs = effect === 'context' ? CallFlag.entered : CallFlag.iterated;
      if ((call.flags & runs) === 0) return;
    }
    this.addEdge(caller, call, callee, false);
    this.higherOrder.push({ caller, call, callee, bound: receiver !== undefined || summary.owner >= 0 });
    this.addOverrides(caller, call, callee, receiver);
  }

  private returnsAwaitable(entry: FunctionEntry): boolean {
    return this.evaluator
      .returned(entry)
      .some(
        (value) =>
          value.kind === 'coroutine' ||
          (value.kind === 'external' && this.catalogue.derives(value.name, 'asyncio.Future')),
      );
  }

  /** A method that does nothing stands for its implementations, each of which may be the one that runs. */
  private addOverrides(
    caller: FunctionEntry,
    call: CallSummary,
    callee: FunctionEntry,
    receiver: ClassEntry | undefined,
  ): void {
    if (receiver === undefined) return;
    for (const each of this.implementations.of(callee, receiver, call.target.startsWith('$')))
      this.addPossible(caller, call, each);
  }

  private addPossible(caller: FunctionEntry, call: CallSummary, callee: FunctionEntry): void {
    if (callee.summary.isAsync || callee.summary.isGenerator) return;
    if ((call.flags & CallFlag.awaited) !== 0 && !this.returnsAwaitable(callee)) return;
    if (this.evaluator.effect(callee) === 'keeps') this.addEdge(caller, call, callee, true);
  }

  /** A mixin calls methods that the classes it is mixed into have. */
  private addMixedIn(caller: FunctionEntry, call: CallSummary): void {
    const [, index, name] = /^\$(\d+)\.(\w+)$/.exec(call.target) ?? [];
    const owner = index === undefined ? undefined : caller.file.classes[Number(index)];
    if (owner === undefined || name === undefined) return;
    for (const each of this.implementations.mixedIn(owner, name)) this.addPossible(caller, call, each);
  }

  /** A function that calls its parameter calls whatever is passed for it. */
  private addHigherOrder(each: {
    caller: FunctionEntry;
    call: CallSummary;
    callee: FunctionEntry;
    bound: boolean;
  }): void {
    const names =
      this.calledParameters.get(each.callee) ??
      this.outer?.calledParameters.get(this.evaluator.former.function(each.callee));
    if (names === undefined) return;
    const parameters = each.callee.summary.parameters;
    for (const name of names) {
      const position =
        parameters.findIndex((parameter) => parameter.name === name) -
        (each.bound && each.callee.summary.owner >= 0 ? 1 : 0);
      const reference =
        keyword(each.call.arguments, name) ?? (position < 0 ? undefined : positional(each.call.arguments, position));
      if (reference === undefined || reference === '?') continue;
      for (const value of this.evaluator.evaluate(reference, each.caller.file)) {
        if (value.kind === 'function' && !value.function.summary.isAsync && !value.function.summary.isGenerator) {
          if (this.evaluator.effect(value.function) === 'keeps')
            this.addEdge(each.caller, each.call, value.function, false);
        } else if (value.kind === 'external' && !value.isInstance) {
          const entry = this.catalogue.entry(value.name);
          if (entry !== undefined) this.leaves.push({ caller: each.caller, call: each.call, entry, name: value.name });
        }
      }
    }
  }

  private addEdge(caller: FunctionEntry, call: CallSummary, callee: FunctionEntry, possible: boolean): void {
    const edge: Edge = { caller, callee, call, possible };
    const known = this.callers.get(callee);
    if (known === undefined) this.callers.set(callee, [edge]);
    else known.push(edge);
    const callees = this.callees.get(caller);
    if (callees === undefined) this.callees.set(caller, [callee]);
    else callees.push(callee);
  }

  /** Everything a set of functions runs on its own thread, itself included. */
  reachableFrom(start: Iterable<FunctionEntry>): Set<FunctionEntry> {
    const seen = new Set(start);
    for (const entry of seen) for (const callee of this.callees.get(entry) ?? []) seen.add(callee);
    return seen;
  }

  /** A function that looks whether a loop runs before it starts one knows what it does. */
  private asksForLoop(caller: FunctionEntry): boolean {
    return caller.summary.calls.some((call) => /get_running_loop$|is_running$|current_task$/.test(call.target));
  }
}
