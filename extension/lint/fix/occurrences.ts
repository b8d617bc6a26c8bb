import { descendants, positionAt, textOf } from '../syntax/node.js';
import type { SyntaxFile, SyntaxNode } from '../syntax/node.js';

/** A place that names a function. Lines and columns count from 1. */
export interface Occurrence {
  /** `value`: it is not called there, or gets another name, so that nobody knows when it is. */
  kind: 'call' | 'value';
  line: number;
  endColumn: number;
}

/**
 * The places that may name a function, other than its definition, imports and `__all__`.
 * @param isMethod whether it is one, which only attributes and its own class body name
 */
export function occurrencesOf(file: SyntaxFile, name: string, isMethod: boolean): Occurrence[] {
  const found: Occurrence[] = [];
  for (const node of descendants(file.root)) {
    const kind = node.type === 'identifier' ? kindOf(file, node, name, isMethod) : kindOfString(file, node, name);
    if (kind === undefined) continue;
    const { line, column } = positionAt(file.lineStarts, node.end);
    found.push({ kind, line, endColumn: column });
  }
  return found;
}

function kindOf(file: SyntaxFile, node: SyntaxNode, name: string, isMethod: boolean): Occurrence['kind'] | undefined {
  const { parent } = node;
  if (parent === null || textOf(file.source, node) !== name) return undefined;
  if (parent.type === 'function_definition' || parent.type === 'class_definition') return undefined;
  if (parent.type === 'keyword_argument' && parent.children[0] === node) return undefined;
  if (parent.type === 'dotted_name') return parent.parent?.type === 'aliased_import' ? 'value' : undefined;
  if (parent.type === 'attribute' && parent.children[1] === node)
    return parent.parent?.type === 'call' && parent.parent.children[0] === parent ? 'call' : 'value';
  if (isMethod && parent.parent?.type !== 'class_definition' && !isInClassBody(node)) return undefined;
  return parent.type === 'call' && parent.children[0] === node ? 'call' : 'value';
}

/** Whether an expression is evaluated in a class body, where methods are plain names. */
function isInClassBody(node: SyntaxNode): boolean {
  for (let current = node.parent; current !== null; current = current.parent) {
    if (current.type === 'function_definition' || current.type === 'lambda') return false;
    if (current.type === 'class_definition') return true;
  }
  return false;
}

/** A name in a string may be looked up at run time; in `__all__` it is only exported. */
function kindOfString(file: SyntaxFile, node: SyntaxNode, name: string): Occurrence['kind'] | undefined {
  if (node.type !== 'string' || node.end - node.start > name.length + 4) return undefined;
  if (textOf(file.source, node).replace(/^\w*["']|["']$/g, '') !== name) return undefined;
  for (let current = node.parent; current !== null; current = current.parent) {
    const [target] = current.children;
    if (/assignment$/.test(current.type) && target !== undefined && textOf(file.source, target) === '__all__')
      return undefined;
  }
  return 'value';
}
