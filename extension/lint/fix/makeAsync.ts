import type { Analysis } from '../analyze.js';
import type { Edit, Finding } from '../findings.js';
import type { Edge } from '../graph/callgraph.js';
import type { FileEntry, FunctionEntry } from '../resolve/values.js';
import { descendants, offsetAt } from '../syntax/node.js';
import type { SyntaxFile, SyntaxNode } from '../syntax/node.js';
import type { PythonParser } from '../syntax/parser.js';
import { applyEdits, overlap, toEdits } from './edits.js';
import type { Change } from './edits.js';
import { fixFor } from './fixes.js';
import { callAt, needsParentheses } from './locate.js';
import { occurrencesOf } from './occurrences.js';

/** What has to change, by file, or why it cannot, in one sentence. */
export type AsyncPlan = { edits: ReadonlyMap<string, readonly Edit[]> } | { refusal: string };

/** What making functions asynchronous may ask of the workspace. */
export interface AsyncContext {
  analysis: Pick<Analysis, 'graph' | 'evaluator'>;
  files: readonly FileEntry[];
  parser: PythonParser;
  oldestPython: number;
  /** The text of a file as it was analysed; undefined when it is another by now. */
  textOf: (path: string) => string | undefined;
  /** A path as a person wants to read it. */
  displayed: (path: string) => string;
}

/** Why something cannot be done; the message is one sentence. */
class Refusal extends Error {}

/** Classes that call none of the methods of those that derive from them. */
const QUIET_BASES = new Set(['object', 'abc.ABC', 'typing.Generic', 'typing.Protocol', 'typing_extensions.Protocol']);
/** Decorators that leave a function as it is. */
const QUIET_DECORATORS = new Set(['/builtins.staticmethod', '/builtins.classmethod']);

/**
 * Turns the functions between a coroutine and a call that blocks into coroutine functions, awaits them wherever they are called, and
 * replaces the call that blocks. Refuses where a caller cannot await or cannot be seen.
 */
export function makeAsync(finding: Finding, context: AsyncContext): AsyncPlan {
  try {
    return { edits: new Maker(finding, context).edits() };
  } catch (error) {
    if (error instanceof Refusal) return { refusal: error.message };
    throw error;
  }
}

class Maker {
  private readonly trees = new Map<string, SyntaxFile>();
  private readonly changes = new Map<string, Change[]>();
  /** The functions to change, from the one the coroutine calls to the one that blocks. */
  private readonly made: ReadonlySet<FunctionEntry>;

  constructor(
    private readonly finding: Finding,
    private readonly context: AsyncContext,
  ) {
    this.made = new Set(finding.chain.slice(1).map((link) => this.functionOf(link.file, link.function, link.line)));
  }

  edits(): ReadonlyMap<string, readonly Edit[]> {
    if (this.made.size === 0) throw new Refusal('The call blocks by itself: no function of yours is in between.');
    for (const entry of this.made) {
      this.checkDefinition(entry);
      this.define(entry);
      for (const edge of this.context.analysis.graph.callers.get(entry) ?? []) this.await(edge);
      this.checkOccurrences(entry);
    }
    const result = new Map<string, readonly Edit[]>();
    for (const [path, changes] of this.changes) {
      const file = this.tree(path);
      result.set(path, toEdits(file, changes));
    }
    this.unblock(result);
    return result;
  }

  private functionOf(path: string, name: string, line: number): FunctionEntry {
    const found = this.context.files
      .find((file) => file.path === path)
      ?.functions.find(
        ({ summary }) => summary.qualifiedName === name && summary.calls.some((call) => call.line === line),
      );
    if (found === undefined)
      throw new Refusal(`${name}() is no longer where it was: wait for the linter and try again.`);
    return found;
  }

  private tree(path: string): SyntaxFile {
    let tree = this.trees.get(path);
    if (tree === undefined) {
      const text = this.context.textOf(path);
      if (text === undefined)
        throw new Refusal(`${this.context.displayed(path)} has changed: wait for the linter and try again.`);
      this.trees.set(path, (tree = this.context.parser.parse(text)));
      if (tree.hasError) throw new Refusal(`${this.context.displayed(path)} has a syntax error: correct it first.`);
    }
    return tree;
  }

  private change(path: string, change: Change): void {
    const known = this.changes.get(path);
    if (known === undefined) this.changes.set(path, [change]);
    else if (!known.some((other) => other.start === change.start && other.text === change.text)) known.push(change);
  }

  private place(path: string, line: number): string {
    return `${this.context.displayed(path)}:${line}`;
  }

  // --- the functions ---------------------------------------------------------------------------------------------------

  private checkDefinition(entry: FunctionEntry): void {
    const { summary, file } = entry;
    const name = `${summary.qualifiedName}()`;
    if (summary.isLambda || summary.isAsync) throw new Refusal(`${name} is a lambda, which cannot be async.`);
    if (summary.isGenerator)
      throw new Refusal(`${name} is a generator: those who iterate it would have to change too.`);
    if (/^__.*__$/.test(summary.name))
      throw new Refusal(`${name} is called by Python itself, which does not await it.`);
    if (summary.decorators.some((decorator) => !QUIET_DECORATORS.has(decorator)))
      throw new Refusal(`${name} is decorated, and the decorator may not expect a coroutine function.`);
    const owner = file.classes[summary.owner];
    if (owner === undefined) return;
    const { graph, evaluator } = this.context.analysis;
    const { classes, externals } = evaluator.linearization(owner);
    const others = [...classes.slice(1), ...graph.implementations.subclassesOf(owner)];
    const other = others.find((each) => Object.hasOwn(each.summary.members, summary.name));
    if (other !== undefined) throw new Refusal(`${name} is overridden or overrides: ${other.summary.name} has it too.`);
    const outside = externals.find((each) => !QUIET_BASES.has(each));
    if (outside !== undefined)
      throw new Refusal(`${name} may be called by ${outside}, which ${owner.summary.name} derives from.`);
  }

  private definitionOf(entry: FunctionEntry): SyntaxNode {
    const { file, summary } = entry;
    const tree = this.tree(file.path);
    const start = offsetAt(tree.lineStarts, summary.line, summary.column);
    for (const node of descendants(tree.root, (inner) => inner.start <= start && inner.end >= start))
      if (node.type === 'function_definition' && node.children[0]?.start === start) return node;
    throw new Refusal(`${summary.qualifiedName}() is no longer where it was: wait for the linter and try again.`);
  }

  private define(entry: FunctionEntry): void {
    const { start } = this.definitionOf(entry);
    this.change(entry.file.path, { start, end: start, text: 'async ' });
  }

  // --- their callers ---------------------------------------------------------------------------------------------------

  private await({ caller, callee, call, possible }: Edge): void {
    const { summary, file } = caller;
    const at = this.place(file.path, call.line);
    const name = `${callee.summary.name}()`;
    if (possible) throw new Refusal(`Which method is called in ${at} cannot be seen.`);
    if (!summary.isAsync && !this.made.has(caller)) {
      const who = summary.name === '<module>' ? 'the module itself' : `${summary.qualifiedName}()`;
      throw new Refusal(`${name} is also called by ${who} in ${at}, which is not async.`);
    }
    const node = callAt(this.tree(file.path), call);
    if (node === undefined) throw new Refusal(`How ${name} is called in ${at} cannot be seen.`);
    if (node.parent?.type === 'await') throw new Refusal(`What ${name} returns is awaited already in ${at}.`);
    if (runsIn(node) !== this.definitionOf(caller))
      throw new Refusal(
        `${name} is called in ${at} where nothing can be awaited: in a lambda, a generator expression or a decorator.`,
      );
    const wrapped = needsParentheses(node);
    this.change(file.path, { start: node.start, end: node.start, text: wrapped ? '(await ' : 'await ' });
    if (wrapped) this.change(file.path, { start: node.end, end: node.end, text: ')' });
  }

  /** Every place that names the function must be one of the calls that are known. */
  private checkOccurrences(entry: FunctionEntry): void {
    const { name } = entry.summary;
    const word = new RegExp(`\\b${name}\\b`);
    const calls = new Set(
      (this.context.analysis.graph.callers.get(entry) ?? []).map(
        ({ caller, call }) => `${caller.file.path}:${call.line}:${call.endColumn}`,
      ),
    );
    for (const file of this.context.files) {
      const text = this.context.textOf(file.path);
      if (text !== undefined && !word.test(text)) continue;
      const tree = this.tree(file.path);
      for (const { kind, line, endColumn } of occurrencesOf(tree, name, entry.summary.owner >= 0)) {
        if (
          kind === 'call' &&
          (calls.has(`${file.path}:${line}:${endColumn}`) || this.isOther(entry, file, line, endColumn))
        )
          continue;
        if (kind === 'value' && entry.summary.owner < 0 && this.isElsewhere(entry, file)) continue;
        const at = this.place(file.path, line);
        throw new Refusal(
          kind === 'call'
            ? `Whether ${at} calls ${name}() cannot be seen.`
            : `${name}() is used as a value or under another name in ${at}, and may be called there without await.`,
        );
      }
    }
  }

  /** Whether a call is of something else of the same name. */
  private isOther(entry: FunctionEntry, file: FileEntry, line: number, endColumn: number): boolean {
    const calls = file.functions.flatMap(({ summary }) => summary.calls);
    const call = calls.find((each) => each.line === line && each.endColumn === endColumn);
    const targets = call === undefined ? [] : this.context.analysis.evaluator.evaluate(call.target, file);
    if (targets.length === 0) return call === undefined && entry.summary.owner < 0 && this.isElsewhere(entry, file);
    return targets.every(
      (target) => target.kind !== 'parameter' && !(target.kind === 'function' && target.function === entry),
    );
  }

  /** Whether a file neither defines a module-level function nor imports it by name. */
  private isElsewhere(entry: FunctionEntry, file: FileEntry): boolean {
    const { name } = entry.summary;
    return (
      file !== entry.file &&
      file.summary.stars.length === 0 &&
      !file.summary.imports.some(({ names }) => names.includes(name))
    );
  }

  // --- the call that blocks --------------------------------------------------------------------------------------------

  /** Adds the fix of the call at the end of the chain, found in the text as the edits leave it. */
  private unblock(edits: Map<string, readonly Edit[]>): void {
    const last = this.finding.chain.at(-1);
    const entry = [...this.made].at(-1);
    const leaf = this.context.analysis.graph.leaves.find(
      ({ caller, call, name }) => caller === entry && call.line === last?.line && name === this.finding.subject,
    );
    if (leaf === undefined || entry === undefined) throw new Refusal('The call that blocks is no longer where it was.');
    const { path } = entry.file;
    const before = this.tree(path);
    const own = edits.get(path) ?? [];
    const text = applyEdits(before.source, before.lineStarts, own);
    const after = this.context.parser.parse(text);
    const shifted = own
      .filter((edit) => edit.line === leaf.call.line && edit.column < leaf.call.endColumn)
      .reduce((sum, edit) => sum + edit.text.length, 0);
    const place = {
      line: leaf.call.line,
      column: leaf.call.column + shifted,
      endColumn: leaf.call.endColumn + shifted,
    };
    const direct: Finding = { ...this.finding, ...place, file: path, endLine: place.line, chain: [] };
    const fix = fixFor(after, direct, this.context.oldestPython);
    if (fix === null)
      throw new Refusal(
        `For ${leaf.name} in ${this.place(path, leaf.call.line)} no replacement is known: change it first.`,
      );
    const whole = applyEdits(text, after.lineStarts, fix.edits);
    if (
      fix.edits.some((edit) => own.some((other) => overlap(edit, other))) ||
      this.context.parser.parse(whole).hasError
    )
      throw new Refusal(
        `${leaf.name} in ${this.place(path, leaf.call.line)} cannot be replaced automatically: change it first.`,
      );
    edits.set(path, [difference(before, whole)]);
  }
}

/** The function whose body runs an expression itself: with no lambda, generator expression, class body or default value in between. */
function runsIn(node: SyntaxNode): SyntaxNode | undefined {
  for (let child: SyntaxNode = node, parent = node.parent; parent !== null; child = parent, parent = parent.parent) {
    if (['lambda', 'generator_expression', 'class_definition', 'decorator', 'parameters'].includes(parent.type))
      return undefined;
    if (parent.type === 'function_definition') return child.type === 'block' ? parent : undefined;
  }
  return undefined;
}

/** The one edit that makes a text another. */
function difference(before: SyntaxFile, after: string): Edit {
  const { source } = before;
  let start = 0;
  while (start < source.length && source[start] === after[start]) start++;
  let end = 0;
  while (end < Math.min(source.length, after.length) - start && source.at(-1 - end) === after.at(-1 - end)) end++;
  const [edit] = toEdits(before, [{ start, end: source.length - end, text: after.slice(start, after.length - end) }]);
  if (edit === undefined) throw new Error('no edit');
  return edit;
}
