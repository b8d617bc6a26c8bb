import { childOfType, descendants, isAsync, positionAt, unparenthesized } from '../syntax/node.js';
import type { SyntaxFile, SyntaxNode } from '../syntax/node.js';
import { referenceOf } from './references.js';
import type { ReferenceContext } from './references.js';
import { UNKNOWN } from './scope.js';
import type { Fact, FunctionSummary, Reference } from './types.js';

const DEFINITIONS = new Set(['function_definition', 'class_definition', 'lambda', 'decorated_definition']);

/** The statement shapes of one function body that rules look for. */
export function structuralFacts(
  node: SyntaxNode,
  file: SyntaxFile,
  summary: FunctionSummary,
  context: ReferenceContext,
): Fact[] {
  const facts: Fact[] = [];
  const block = childOfType(node, 'block');
  if (block === undefined) return facts;
  const dictionary = summary.parameters.find((parameter) => parameter.kind === 'dictionary')?.name;
  const add = (kind: Fact['kind'], at: SyntaxNode, references: readonly Reference[]): void => {
    const start = positionAt(file.lineStarts, at.start);
    const end = positionAt(file.lineStarts, at.end);
    const lineEnd = file.lineStarts[start.line] ?? file.source.length + 1;
    const endColumn =
      end.line === start.line
        ? end.column
        : Math.max(lineEnd - (file.lineStarts[start.line - 1] ?? 0), start.column + 1);
    facts.push({ kind, line: start.line, column: start.column, endColumn, endLine: start.line, references });
  };
  for (const current of descendants(block, (inner) => !DEFINITIONS.has(inner.type))) {
    switch (current.type) {
      case 'while_statement':
        if (summary.isAsync) sleepLoop(current, file, context, add);
        break;
      case 'for_statement':
        if (summary.isAsync) forLoop(current, file, context, add);
        break;
      case 'list_comprehension':
        if (summary.isAsync) comprehension(current, file, context, add);
        break;
      case 'try_statement':
        if (summary.isAsync) caughtCancellation(current, context, file, add);
        break;
      case 'yield':
        if (
          !summary.isAsync &&
          /^yield\s+from\b/.test(file.source.slice(current.start, current.start + 16)) &&
          current.children[0] !== undefined
        ) {
          add('yield-from', current, [referenceOf(current.children[0], context)]);
        }
        break;
      case 'list_splat':
        if (
          dictionary !== undefined &&
          current.parent?.type === 'argument_list' &&
          textOfChild(current, file) === dictionary
        ) {
          const callee = current.parent.parent?.children[0];
          add('keywords-as-positional', current, [
            callee === undefined ? UNKNOWN : referenceOf(callee, context),
            dictionary,
          ]);
        }
        break;
      default:
    }
  }
  return facts;
}

type Add = (kind: Fact['kind'], at: SyntaxNode, references: readonly Reference[]) => void;

function textOfChild(node: SyntaxNode, file: SyntaxFile): string {
  const child = node.children[0];
  return child === undefined ? '' : file.source.slice(child.start, child.end);
}

/** The call of `await f(…)` when that is the whole statement. */
function awaitedStatement(statement: SyntaxNode | undefined): SyntaxNode | undefined {
  const expression = statement?.type === 'expression_statement' ? statement.children[0] : undefined;
  if (expression === undefined || expression.type !== 'await' || expression.children[0] === undefined) return undefined;
  const inner = unparenthesized(expression.children[0]);
  return inner.type === 'call' ? inner : undefined;
}

function sleepLoop(node: SyntaxNode, file: SyntaxFile, context: ReferenceContext, add: Add): void {
  const [condition, body] = node.children;
  if (condition === undefined || body?.type !== 'block' || body.children.length !== 1) return;
  const call = awaitedStatement(body.children[0]);
  const callee = call?.children[0];
  if (call === undefined || callee === undefined) return;
  const argument = call.children[1]?.children[0];
  const asksElsewhere = [...descendants(condition)].some(
    (inner) => inner.type === 'await' || (inner.type === 'call' && !looksOnly(inner, file)),
  );
  add('sleep-loop', node, [
    referenceOf(callee, context),
    argument === undefined ? UNKNOWN : referenceOf(argument, context),
    file.source.slice(condition.start, condition.end),
    asksElsewhere ? 'call' : 'plain',
  ]);
}

/** A call that only looks at the state of this program: `done()`, `is_set()`, `len(…)`. */
function looksOnly(call: SyntaxNode, file: SyntaxFile): boolean {
  const callee = call.children[0];
  if (callee === undefined) return false;
  return /(^|\.)(is_set|done|cancelled|empty|full|qsize|locked|issubset|issuperset|len|any|all|isinstance|bool|get)$/.test(
    file.source.slice(callee.start, callee.end),
  );
}

function forLoop(node: SyntaxNode, file: SyntaxFile, context: ReferenceContext, add: Add): void {
  const [target, iterable, body] = node.children;
  if (target === undefined || iterable === undefined || body?.type !== 'block') return;
  if (isAsync(file.source, node)) {
    const inner = unparenthesized(iterable);
    const leaves = [
      ...descendants(
        body,
        (child) => !DEFINITIONS.has(child.type) && child.type !== 'for_statement' && child.type !== 'while_statement',
      ),
    ].some((child) => child.type === 'break_statement' || child.type === 'return_statement');
    if (inner.type === 'call' && leaves) add('async-generator-left', inner, [referenceOf(inner, context)]);
    return;
  }
  if (body.children.length !== 1) return;
  const statement = body.children[0];
  const call = appendedAwait(statement, file);
  const callee = call?.children[0];
  if (call === undefined || callee === undefined || target.type !== 'identifier') return;
  const name = file.source.slice(target.start, target.end);
  const arguments_ = call.children[1];
  const usesItem =
    arguments_ !== undefined &&
    [...descendants(arguments_)].some(
      (child) => child.type === 'identifier' && file.source.slice(child.start, child.end) === name,
    );
  if (usesItem) add('sequential-loop-await', call, [referenceOf(callee, context)]);
}

/** `[await f(item) for item in items]`. */
function comprehension(node: SyntaxNode, file: SyntaxFile, context: ReferenceContext, add: Add): void {
  const [body, clause] = node.children;
  if (body?.type !== 'await' || body.children[0] === undefined || clause === undefined || isAsync(file.source, clause))
    return;
  const call = unparenthesized(body.children[0]);
  const callee = call.type === 'call' ? call.children[0] : undefined;
  if (callee !== undefined) add('sequential-loop-await', call, [referenceOf(callee, context)]);
}

/** The call in `results.append(await f(item))`. */
function appendedAwait(statement: SyntaxNode | undefined, file: SyntaxFile): SyntaxNode | undefined {
  const call = statement?.type === 'expression_statement' ? statement.children[0] : undefined;
  if (call?.type !== 'call') return undefined;
  const [callee, list] = call.children;
  if (callee === undefined || !file.source.slice(callee.start, callee.end).endsWith('.append')) return undefined;
  const awaited = list?.children[0];
  if (awaited?.type !== 'await' || awaited.children[0] === undefined) return undefined;
  const inner = unparenthesized(awaited.children[0]);
  return inner.type === 'call' ? inner : undefined;
}

function caughtCancellation(node: SyntaxNode, context: ReferenceContext, file: SyntaxFile, add: Add): void {
  const body = node.children[0];
  if (body === undefined) return;
  const awaits = [...descendants(body, (inner) => !DEFINITIONS.has(inner.type))].filter(
    (inner) => inner.type === 'await',
  );
  const waits =
    awaits.length > 0 ||
    [...descendants(body, (inner) => !DEFINITIONS.has(inner.type))].some(
      (inner) => /^(for|with)_statement$/.test(inner.type) && isAsync(file.source, inner),
    );
  if (!waits) return;
  const awaitsAnother = awaits.length > 0 && awaits.every((inner) => isAnother(inner, file));
  for (const clause of node.children) {
    if (clause.type !== 'except_clause') continue;
    const block = childOfType(clause, 'block');
    const leaves =
      block !== undefined &&
      [...descendants(block, (inner) => !DEFINITIONS.has(inner.type))].some(
        (inner) => inner.type === 'raise_statement' || isExit(inner, file),
      );
    let value = clause.children[0];
    if (value?.type === 'as_pattern') value = value.children[0];
    const bare = value === undefined || value.type === 'block';
    const types =
      bare || value === undefined ? ['/builtins.BaseException'] : exceptionTypes(unparenthesized(value), context);
    if (types.some((type) => type.endsWith('.CancelledError')) && (leaves || types.length === 1) && leaves) return;
    if (leaves) continue;
    const end = block?.start ?? clause.end;
    const header: SyntaxNode = { ...clause, end: clause.start + file.source.slice(clause.start, end).trimEnd().length };
    add('cancellation-caught', header, [awaitsAnother ? 'another' : 'own', ...types]);
  }
}

/** Awaiting a plain name or attribute: another task, whose cancellation may well be expected. */
function isAnother(node: SyntaxNode, file: SyntaxFile): boolean {
  const value = node.children[0] === undefined ? undefined : unparenthesized(node.children[0]);
  if (value === undefined) return false;
  if (value.type === 'identifier' || value.type === 'attribute' || value.type === 'subscript') return true;
  return (
    value.type === 'call' &&
    /^(asyncio\.)?(gather|wait|wait_for|shield)\b/.test(file.source.slice(value.start, value.end))
  );
}

function isExit(node: SyntaxNode, file: SyntaxFile): boolean {
  return (
    node.type === 'call' && /^(sys\.exit|os\._exit|exit|quit)\(/.test(file.source.slice(node.start, node.start + 10))
  );
}

function exceptionTypes(value: SyntaxNode, context: ReferenceContext): Reference[] {
  return (value.type === 'tuple' ? value.children : [value]).map((type) => referenceOf(type, context));
}
