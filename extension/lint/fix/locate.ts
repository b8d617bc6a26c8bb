import type { Finding } from '../findings.js';
import { descendants, isAsync, offsetAt } from '../syntax/node.js';
import type { SyntaxFile, SyntaxNode } from '../syntax/node.js';

/** The call a finding is about: the one whose name ends where the finding ends. */
export function callAt(file: SyntaxFile, finding: Pick<Finding, 'line' | 'endColumn'>): SyntaxNode | undefined {
  const end = offsetAt(file.lineStarts, finding.line, finding.endColumn);
  for (const node of descendants(file.root, (inner) => inner.start <= end && inner.end >= end)) {
    if (node.type === 'call' && node.children[0]?.end === end) return node;
  }
  return undefined;
}

/** The smallest node that covers exactly a finding's start, of one of the given types. */
export function nodeAt(
  file: SyntaxFile,
  finding: Pick<Finding, 'line' | 'column'>,
  types: ReadonlySet<string>,
): SyntaxNode | undefined {
  const start = offsetAt(file.lineStarts, finding.line, finding.column);
  let found: SyntaxNode | undefined;
  for (const node of descendants(file.root, (inner) => inner.start <= start && inner.end > start)) {
    if (types.has(node.type) && node.start === start) found = node;
  }
  return found;
}

/** The `async def` whose body runs an expression itself: not a lambda, generator expression or default value in between. */
export function awaitableIn(file: SyntaxFile, node: SyntaxNode): SyntaxNode | undefined {
  for (let child: SyntaxNode = node, parent = node.parent; parent !== null; child = parent, parent = parent.parent) {
    if (
      ['lambda', 'generator_expression', 'class_definition', 'decorator', 'parameters', 'ERROR'].includes(parent.type)
    )
      return undefined;
    if (parent.type === 'function_definition')
      return child.type === 'block' && isAsync(file.source, parent) ? parent : undefined;
  }
  return undefined;
}

/** The statement an expression belongs to. */
export function statementOf(node: SyntaxNode): SyntaxNode {
  let current = node;
  while (current.parent !== null && current.parent.type !== 'block' && current.parent.type !== 'module')
    current = current.parent;
  return current;
}

/** Whether `await x` in the place of this node needs parentheres around it. */
export function needsParentheses(node: SyntaxNode): boolean {
  const parent = node.parent;
  if (parent === null) return false;
  if (parent.type === 'attribute' || parent.type === 'subscript' || parent.type === 'call')
    return parent.children[0] === node;
  if (parent.type === 'binary_operator' || parent.type === 'await') return true;
  return false;
}
