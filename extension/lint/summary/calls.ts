import { positionAt } from '../syntax/node.js';
import type { SyntaxFile, SyntaxNode } from '../syntax/node.js';
import { Binder } from './binder.js';
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
/** Attributes of instances; neither names of modules, nor constants, nor what Python itself defines. */
const MAY_BE_PROPERTY = /^(?![/?'#*]|&\d+\.).*\.(?!__)[a-z_]\w*$|^\/.*[)\]].*\.(?!__)[a-z_]\w*$/;
/** What may be an instance of a class of the workspace or a generator. */
const ITERABLE = /^(?!\/builtins\.|[?'#[]).*[)>]$|^[$~(&:]|^\/.*\./;
/** Functions that enter the context they are given. */
const ENTERING = new Set(['enter_context']);
const INHERITED = CallFlag.inLoop | CallFlag.inTry | CallFlag.guarded;

export interface ExtractOptions {
  /** Keep calls whose target cannot be followed too; for comparing the extractor with another parser. */
  everyCall?: boolean;
}

/** Turns the calls of a function body into summaries. */
export abstract class CallRecorder extends Binder {
  protected inherited = 0;

  constructor(
    file: SyntaxFile,
    protected readonly options: ExtractOptions,
  ) {
    super(file);
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
    const target = referenceOf(node, this);
    if (!MAY_BE_PROPERTY.test(target)) return;
    this.current.reads.push(
      this.summaryOf(node, target, NO_ARGUMENTS, CallFlag.implicit | (flags & CallFlag.awaited), node),
    );
  }

  /** Whether a reference is an attribute that methods of this file's own class assign: no property. */
  protected isPlain(target: Reference): boolean {
    const [, index, name] = /^\$(\d+)\.(\w+)$/.exec(target) ?? [];
    const owner = index === undefined ? undefined : this.classes[Number(index)];
    return owner !== undefined && name !== undefined && Object.hasOwn(owner.attributes, name);
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
    const isEntering = ENTERING.has(nameText);
    const childFlags =
      CallFlag.passed | (ITERATING.has(nameText) ? CallFlag.iterated : 0) | (isEntering ? CallFlag.entered : 0);
    const guarded = nameText === 'wait_for' ? CallFlag.guarded : 0;
    this.inside(guarded, () => {
      if (list?.type === 'generator_expression') this.visit(list, 0);
      else for (const argument of list?.children ?? []) this.argument(argument, childFlags);
    });
    this.record(callee, target, this.argumentsOf(list, target), flags, node);
    const first = list?.type === 'argument_list' ? list.children[0] : undefined;
    if (first !== undefined && isEntering)
      this.implicitContext(first, referenceOf(first, this), ['__enter__', '__exit__'], first);
    if (first !== undefined && ITERATING.has(nameText) && callee.type === 'identifier') this.implicitIteration(first);
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
    const call = this.summaryOf(callee, target, args, flags, whole);
    this.current.calls.push(call);
    return call;
  }

  private summaryOf(
    callee: SyntaxNode,
    target: Reference,
    args: readonly string[],
    flags: number,
    whole: SyntaxNode,
  ): CallSummary {
    const name = callee.type === 'attribute' ? (callee.children[1] ?? callee) : callee;
    let start = positionAt(this.file.lineStarts, callee.start);
    const nameStart = positionAt(this.file.lineStarts, name.start);
    const end = positionAt(this.file.lineStarts, name.end);
    if (start.line !== nameStart.line) start = nameStart;
    return {
      target,
      arguments: args,
      line: start.line,
      column: start.column,
      endColumn: end.line === start.line ? end.column : start.column + 1,
      endLine: positionAt(this.file.lineStarts, whole.end).line,
      flags: flags | (this.inherited & INHERITED),
    };
  }

  /** Going through an object runs its `__iter__`, and a generator made before. */
  protected implicitIteration(iterated: SyntaxNode): void {
    const reference = referenceOf(iterated, this);
    if (!ITERABLE.test(reference)) return;
    const method = iterated.type === 'call' ? '__iter__' : '__next__';
    const target = extended(reference, `.${method}`);
    this.record(iterated, target, NO_ARGUMENTS, CallFlag.implicit | CallFlag.iterated, iterated);
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
