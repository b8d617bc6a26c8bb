import { childOfType } from '../syntax/node.js';
import type { SyntaxNode } from '../syntax/node.js';
import type { ParameterSummary } from './types.js';

const CONSTANTS = new Set(['none', 'true', 'false', 'integer', 'string']);
const CONTAINERS = new Set(['list', 'dictionary', 'tuple']);

/**
 * Whether a function's body says nothing: a docstring, `...`, `pass`, `raise NotImplementedError`, `del` of its parameters, or the
 * return of a constant or an empty container.
 */
export function definitionShape(node: SyntaxNode, source: string): { isAbstract: boolean } {
  if (node.type !== 'function_definition') return { isAbstract: false };
  const statements = childOfType(node, 'block')?.children ?? [];
  const isAbstract = statements.every((statement) => {
    if (statement.type === 'pass_statement' || statement.type === 'delete_statement') return true;
    if (statement.type === 'raise_statement')
      return source.slice(statement.start, statement.end).includes('NotImplemented');
    const [expression] = statement.children;
    if (statement.type === 'return_statement') return expression === undefined || isConstant(expression);
    return (
      statement.type === 'expression_statement' && (expression?.type === 'string' || expression?.type === 'ellipsis')
    );
  });
  return { isAbstract };
}

function isConstant(expression: SyntaxNode): boolean {
  return CONSTANTS.has(expression.type) || (CONTAINERS.has(expression.type) && expression.children.length === 0);
}

/** The parameter nodes of a lambda. */
export function lambdaParameters(node: SyntaxNode): readonly SyntaxNode[] {
  return childOfType(node, 'lambda_parameters')?.children ?? [];
}

/** The parameters of a function or lambda, in order. */
export function parameterShapes(node: SyntaxNode, source: string): ParameterSummary[] {
  const nodes = node.type === 'lambda' ? lambdaParameters(node) : (childOfType(node, 'parameters')?.children ?? []);
  const shapes: ParameterSummary[] = [];
  let keywordOnly = false;
  for (const child of nodes) {
    let current: SyntaxNode | undefined = child;
    let kind: ParameterSummary['kind'] = keywordOnly ? 'keyword' : 'positional';
    while (current !== undefined && current.type !== 'identifier') {
      if (current.type === 'list_splat_pattern') kind = 'list';
      if (current.type === 'dictionary_splat_pattern') kind = 'dictionary';
      if (current.type === 'keyword_separator') keywordOnly = true;
      current = current.children[0];
    }
    if (current === undefined) continue;
    if (kind === 'list') keywordOnly = true;
    shapes.push({ name: source.slice(current.start, current.end), kind });
  }
  return shapes;
}
