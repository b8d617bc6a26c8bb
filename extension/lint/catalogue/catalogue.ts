import type { DecoratorEffect } from '../resolve/decorators.js';
import type { Value } from '../resolve/values.js';
import { keyword, positional } from '../summary/arguments.js';
import type { CallSummary } from '../summary/types.js';
import callables from './callables.json';
import clients from './clients.json';
import cpu from './cpu.json';
import file from './file.json';
import lock from './lock.json';
import network from './network.json';
import path from './path.json';
import process from './process.json';
import sleep from './sleep.json';
import terminal from './terminal.json';
import type { BlockingEntry, BlockingKind, CallableTaker, Severity, TypeCatalogue } from './types.js';
import typeFacts from './types.json';

const SHIPPED = [clients, cpu, file, lock, network, path, process, sleep, terminal];
const RESULTS: Record<string, string> = {
  ...typeFacts.results,
  'boto3.client': 'boto3.client',
  'boto3.resource': 'boto3.resource',
};
const ALIASES: Record<string, string> = typeFacts.aliases;
const BASES: Record<string, string> = typeFacts.bases;
const ATTRIBUTES: Record<string, string> = typeFacts.attributes;
const ANY_ATTRIBUTE: Record<string, string> = typeFacts.anyAttribute;
const ITEMS: Record<string, string> = typeFacts.items;
const ENTERED: Record<string, string> = typeFacts.entered;
const AWAITED: Record<string, string> = typeFacts.awaited;
const DECORATORS: Record<string, string> = callables.decorators;
const FLUENT = new Set(typeFacts.fluent);
const RETURNS_FIRST = new Set(typeFacts.returnsFirst);
const CALLS_FIRST = new Set(typeFacts.callsFirst);
/** Packages that only type the clients of boto3. */
const BOTO_STUB = /^(?:mypy_boto3|types_boto3)_\w+(?:\.client)?\.\w+Client$/;
/** Modules of asynchronous twins, whose classes often have the names of the synchronous ones. */
const ASYNCHRONOUS = /async|aio|trio|tornado|twisted|gevent/;
const OPEN = new Set(typeFacts.open);
const INJECTS = new Set(typeFacts.injects);
const PROTOCOL_CLASSES = new Set(callables.protocols.classes);
const PROTOCOL_METHODS = new Set(callables.protocols.methods);

/** A catalogue entry a workspace adds in its configuration. */
export interface ConfiguredEntry {
  name: string;
  kind?: BlockingKind;
  severity?: Severity | 'off';
  replacement?: string;
}

/** The facts about callables outside the workspace: what blocks, what offloads, what returns what. */
export class Catalogue implements TypeCatalogue {
  private readonly blocking = new Map<string, BlockingEntry>();
  private readonly takers = new Map<string, CallableTaker>();
  private readonly canonicalNames = new Map<string, string>();
  private readonly found = new Map<string, BlockingEntry | null>();

  /** @param added entries of the workspace, which replace shipped ones of the same name */
  constructor(added: readonly ConfiguredEntry[] = [], offloads: readonly string[] = []) {
    for (const group of SHIPPED) {
      for (const entry of group.entries) {
        this.blocking.set(entry.name, { ...(entry as Omit<BlockingEntry, 'kind'>), kind: group.kind as BlockingKind });
      }
    }
    for (const entry of added) {
      this.blocking.set(entry.name, {
        severity: 'warning',
        kind: 'cpu',
        ...this.blocking.get(entry.name),
        ...withoutUndefined(entry),
      });
    }
    for (const taker of callables.takers) this.takers.set(taker.name, taker as CallableTaker);
    for (const name of offloads) this.takers.set(name, { name, position: 0, runs: 'thread' });
  }

  /** How many callables are known to block. */
  get size(): number {
    return this.blocking.size;
  }

  entries(): IterableIterator<BlockingEntry> {
    return this.blocking.values();
  }

  /** The entry for a dotted name, through bases and `*` entries; undefined when it is not known to block. */
  entry(name: string): BlockingEntry | undefined {
    let entry = this.found.get(name);
    if (entry === undefined) {
      entry = this.search(name) ?? this.searchExported(name) ?? null;
      this.found.set(name, entry);
    }
    return entry ?? undefined;
  }

  /** Libraries export their classes from `package`, and define them in `package.some.module`: both names mean the same. */
  private searchExported(name: string): BlockingEntry | undefined {
    const parts = name.split('.');
    const [owner = '', method = ''] = parts.slice(-2);
    const between = parts.slice(1, -2);
    if (between.length === 0 || !/^[A-Z]/.test(owner) || between.some((part) => ASYNCHRONOUS.test(part)))
      return undefined;
    return this.search(`${parts[0] ?? ''}.${owner}.${method}`);
  }

  private search(name: string): BlockingEntry | undefined {
    const exact = this.blocking.get(name);
    if (exact !== undefined) return exact;
    const [owner, last] = split(name);
    for (let current: string | undefined = owner; current !== undefined && current !== ''; current = BASES[current]) {
      const inherited = this.blocking.get(`${current}.${last}`);
      if (inherited !== undefined) return inherited;
      if (/^[A-Z_]|(?:^|_)async(?:_|$)/.test(last)) continue;
      for (let prefix = current, first = last; prefix !== ''; [prefix, first] = split(prefix)) {
        const wild = this.deep(prefix) ?? (prefix === current ? this.blocking.get(`${prefix}.*`) : undefined);
        if (wild !== undefined) return wild.except?.includes(first) === true ? undefined : wild;
      }
    }
    return undefined;
  }

  /** The `**` entry of a class or of what it derives from: `AzureOpenAI` has `chat.completions.create` from `OpenAI`. */
  private deep(owner: string): BlockingEntry | undefined {
    for (let current: string | undefined = owner; current !== undefined; current = BASES[current]) {
      const entry = this.blocking.get(`${current}.**`);
      if (entry !== undefined) return entry;
    }
    return undefined;
  }

  /** Whether a call of a blocking callable can really block, given its constant arguments. */
  blocks(entry: BlockingEntry, call: CallSummary): boolean {
    if (entry.unless?.some((pattern) => matches(pattern, call.arguments)) === true) return false;
    if (entry.needs === undefined) return true;
    return entry.needs.some((argument) => {
      const value =
        typeof argument === 'number' ? positional(call.arguments, argument) : keyword(call.arguments, argument);
      return value !== undefined && !['#0', '#0.0', '#None'].includes(value);
    });
  }

  /** What the named function does with a callable it is given. */
  taker(name: string): CallableTaker | undefined {
    const exact = this.takers.get(name);
    if (exact !== undefined) return exact;
    const [owner, last] = split(name);
    for (let current = BASES[owner]; current !== undefined; current = BASES[current]) {
      const inherited = this.takers.get(`${current}.${last}`);
      if (inherited !== undefined) return inherited;
    }
    return undefined;
  }

  /** Whether a method of a subclass of `className` is called by the loop itself. */
  isProtocolMethod(className: string, method: string): boolean {
    return PROTOCOL_CLASSES.has(className) && PROTOCOL_METHODS.has(method);
  }

  /** Whether `name` is `base` or derives from it, as far as the catalogue knows. */
  derives(name: string, base: string): boolean {
    for (let current: string | undefined = name; current !== undefined; current = BASES[current])
      if (current === base) return true;
    return false;
  }

  // --- types -----------------------------------------------------------------------------------------------------------

  canonical(name: string): string {
    let result = this.canonicalNames.get(name);
    if (result !== undefined) return result;
    result = ALIASES[name] ?? (BOTO_STUB.test(name) ? 'boto3.client' : undefined);
    if (result === undefined) {
      const [owner, last] = split(name);
      result = owner === '' ? name : `${this.canonical(owner)}.${last}`;
      result = ALIASES[result] ?? result;
    }
    this.canonicalNames.set(name, result);
    return result;
  }

  external(name: string): readonly Value[] {
    return [{ kind: 'external', name: this.canonical(name), isInstance: false }];
  }

  attribute(name: string): Value | undefined {
    const known = ATTRIBUTES[name];
    if (known !== undefined) return instance(known);
    const [owner, last] = split(name);
    const any = ANY_ATTRIBUTE[owner];
    return any === undefined ||
      this.blocking.has(name) ||
      /^(list|create|drop|close|command|get|server|admin|start)/.test(last)
      ? undefined
      : instance(any);
  }

  result(name: string, isInstance: boolean): Value | undefined {
    let known = RESULTS[isInstance ? `${name}()` : name];
    const [owner, last] = split(name);
    for (
      let current: string | undefined = owner;
      known === undefined && current !== undefined && current !== '';
      current = BASES[current]
    ) {
      known = RESULTS[`${current}.${last}`];
    }
    if (known !== undefined) {
      return known.startsWith('[]') ? { kind: 'container', items: [instance(known.slice(2))] } : instance(known);
    }
    // What runs the query ends the chain.
    if (FLUENT.has(owner)) return this.blocking.has(name) ? undefined : instance(owner);
    return !isInstance && /^_*[A-Z]/.test(last) ? instance(name) : undefined;
  }

  awaited(name: string): Value | undefined {
    const known = AWAITED[name];
    return known === undefined ? undefined : instance(known);
  }

  item(name: string): Value | undefined {
    const known = ITEMS[name];
    return known === undefined ? undefined : instance(known);
  }

  entered(name: string): Value | undefined {
    const known = ENTERED[name];
    return known === undefined ? undefined : instance(known);
  }

  returnsFirst(name: string): boolean {
    return RETURNS_FIRST.has(name);
  }

  callsFirst(name: string): boolean {
    return CALLS_FIRST.has(name);
  }

  injects(name: string): boolean {
    return INJECTS.has(name);
  }

  isOpen(name: string): boolean {
    return OPEN.has(name);
  }

  decorator(name: string): DecoratorEffect | undefined {
    return DECORATORS[name] as DecoratorEffect | undefined;
  }
}

function instance(name: string): Value {
  return { kind: 'external', name, isInstance: true };
}

function split(name: string): [string, string] {
  const dot = name.lastIndexOf('.');
  return dot < 0 ? ['', name] : [name.slice(0, dot), name.slice(dot + 1)];
}

function withoutUndefined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as T;
}

/** Whether an `unless` pattern fits the arguments of a call. */
function matches(pattern: string, args: readonly string[]): boolean {
  const equals = pattern.indexOf('=');
  const where = pattern.slice(0, equals);
  const what = pattern.slice(equals + 1);
  if (where === '*') return args.some((argument) => argument.endsWith(`.${what}`));
  const value = /^\d+$/.test(where) ? positional(args, Number(where)) : keyword(args, where);
  if (value === undefined) return false;
  if (what === '') return true;
  return value === `#${what}` || (what === '0' && value === '#0.0');
}
