import { positionAt } from '../syntax/node.js';
import type { SyntaxFile, SyntaxNode } from '../syntax/node.js';
import { Binder } from './binder.js';
import { propertyNames } from './definitions.js';
import { referenceOf } from './references.js';
import { extended, UNKNOWN } from './scope.js';
import { CallFlag } from './types.js';
import type { CallSummary, Reference } from './types.js';

/** Built-in functions a rule or the catalogue may name; calls of all others are not kept. */
const KEPT_BUILTINS = new Set([
  'open',
  'input',
  'breakpoint',
  '__import__',
  'sorted',
  'sum',
  'map',
  'filter',
  'max',
  'min',
  'exec',
  'eval',
  'getattr',
  'next',
]);
const ITERATING = new Set(['list', 'tuple', 'set', 'dict', 'sorted', 'sum', 'any', 'all', 'min', 'max', 'next', 'frozenset', 'enumerate', 'zip', 'map', 'filter', 'join', 'extend', 'deque', 'Counter']); // prettier-ignore
/** Methods that put their last argument into the container they are called on. */
const ADDING = new Set(['append', 'appendleft', 'add', 'insert']);
const NO_ARGUMENTS: readonly string[] = [];
const INHERITED = CallFlag.inLoop | CallFlag.inTry | CallFlag.guarded;

export interface ExtractOptions {
  /** Keep calls whose target cannot be followed too; for comparing the extractor with another parser. */
  everyCall?: boolean;
}

/** Turns the calls of a function body into summaries. */
export abstract class CallRecorder extends Binder {
  protected readonly properties: ReadonlySet<string>;
  protected inherited = 0;

  constructor(
    file: SyntaxFile,
    protected readonly options: ExtractOptions,
  ) {
    super(file);
    this.properties = propertyNames(file);
  }

  /** Walks a node. */
  protected abstract visit(node: SyntaxNode, flags: number): void;

  protected visitAll(nodes: readonly SyntaxNode[], flags = 0): void {
    for (const node of nodes) this.visit(node, flags);
  }

  /** Walks with a flag that every call inside gets. */
  protected inside(flag: number, walk: () => void): void {
    const before = this.inherited;
    this.inherited |= flag;
    walk();
    this.inherited = before;
  }

  protected attribute(node: SyntaxNode, flags: number): void {
    const [object, name] = node.children;
    if (object !== undefined && object.type !== 'identifier') this.visit(object, 0);
    if (name === undefined || this.scope.kind !== 'function') return;
    if (!this.properties.has(this.source.slice(name.start, name.end))) return;
    this.record(node, referenceOf(node, this), NO_ARGUMENTS, CallFlag.implicit | (flags & CallFlag.awaited), node);
  }

  protected call(node: SyntaxNode, flags: number): void {
    const [callee, list] = node.children;
    if (callee === undefined) return;
    const target = referenceOf(callee, this);
    const name = callee.type === 'attribute' ? callee.children[1] : callee;
    const nameText = name === undefined ? '' : this.source.slice(name.start, name.end);
    if (callee.type === 'attribute') {
      if (callee.children[0] !== undefined) this.visit(callee.children[0], 0);
    } else if (callee.type !== 'identifier') this.visit(callee, 0);
    const childFlags = CallFlag.passed | (ITERATING.has(nameText) ? CallFlag.iterated : 0);
    const guarded = nameText === 'wait_for' ? CallFlag.guarded : 0;
    this.inside(guarded, () => {
      if (list?.type === 'generator_expression') this.visit(list, 0);
      else for (const argument of list?.children ?? []) this.argument(argument, childFlags);
    });
    this.record(callee, target, this.argumentsOf(list, target), flags, node);
    const added = list?.children.at(-1);
    if (callee.type === 'attribute' && callee.children[0] !== undefined && added !== undefined && ADDING.has(nameText))
      this.bindElement(callee.children[0], referenceOf(added, this));
  }

  protected argument(node: SyntaxNode, flags: number): void {
    if (node.type === 'keyword_argument') {
      if (node.children[1] !== undefined) this.visit(node.children[1], flags);
    } else if (node.type === 'list_splat') this.visitAll(node.children, CallFlag.iterated);
    else if (node.type === 'dictionary_splat') this.visitAll(node.children, CallFlag.passed);
    else this.visit(node, flags);
  }

  protected argumentsOf(list: SyntaxNode | undefined, target: Reference): readonly string[] {
    if (list === undefined || list.children.length === 0 || (target === UNKNOWN && this.options.everyCall !== true))
      return NO_ARGUMENTS;
    if (list.type === 'generator_expression') return [referenceOf(list, this)];
    return list.children.map((argument) => {
      const [first, second] = argument.children;
      if (argument.type === 'keyword_argument' && first !== undefined && second !== undefined) {
        return `${this.source.slice(first.start, first.end)}=${referenceOf(second, this)}`;
      }
      if (argument.type === 'list_splat') return `*${first === undefined ? UNKNOWN : referenceOf(first, this)}`;
      if (argument.type === 'dictionary_splat') return `**${first === undefined ? UNKNOWN : referenceOf(first, this)}`;
      return referenceOf(argument, this);
    });
  }

  /** Adds a call to the current function, unless nothing could ever be said about its target. */
  protected record(
    callee: SyntaxNode,
    target: Reference,
    args: readonly string[],
    flags: number,
    whole: SyntaxNode,
  ): CallSummary | undefined {
    const root = target.startsWith('/builtins.') ? (/^\/builtins\.(\w+)/.exec(target)?.[1] ?? '') : undefined;
    const useless =
      target === UNKNOWN ||
      target.startsWith("'") ||
      target.startsWith('#') ||
      (root !== undefined && !KEPT_BUILTINS.has(root));
    if (useless && this.options.everyCall !== true) return undefined;
    const name = callee.type === 'attribute' ? (callee.children[1] ?? callee) : callee;
    let start = positionAt(this.file.lineStarts, callee.start);
    const nameStart = positionAt(this.file.lineStarts, name.start);
    const end = positionAt(this.file.lineStarts, name.end);
    if (start.line !== nameStart.line) start = nameStart;
    const call: CallSummary = {
      target,
      arguments: args,
      line: start.line,
      column: start.column,
      endColumn: end.line === start.line ? end.column : start.column + 1,
      endLine: positionAt(this.file.lineStarts, whole.end).line,
      flags: flags | (this.inherited & INHERITED),
    };
    this.current.calls.push(call);
    return call;
  }

  protected implicitContext(
    value: SyntaxNode,
    reference: Reference,
    methods: readonly string[],
    statement: SyntaxNode,
  ): CallSummary[] {
    const made: CallSummary[] = [];
    for (const method of methods) {
      const call = this.record(
        value,
        extended(reference, `.${method}`),
        NO_ARGUMENTS,
        CallFlag.implicit | CallFlag.entered,
        method === '__aenter__' ? statement : value,
      );
      if (call !== undefined) made.push(call);
    }
    return made;
  }
}
