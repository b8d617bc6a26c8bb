import { childOfType, positionAt } from '../syntax/node.js';
import type { SyntaxFile, SyntaxNode } from '../syntax/node.js';
import type { ImportSummary, Reference } from './types.js';

/** What one import statement brings. */
export interface ImportRecords {
  summary: ImportSummary;
  /** The further modules of `import a, b`. */
  more: ImportSummary[];
  bindings: [string, Reference][];
  star?: string;
}

/** Reads `import …` and `from … import …`. */
export function importRecords(node: SyntaxNode, file: SyntaxFile): ImportRecords {
  const text = (child: SyntaxNode): string => file.source.slice(child.start, child.end).replace(/\s/g, '');
  const { line } = positionAt(file.lineStarts, node.start);
  if (node.type === 'import_statement') {
    const bindings: [string, Reference][] = [];
    const summaries: ImportSummary[] = [];
    for (const child of node.children) {
      const name = child.type === 'aliased_import' ? child.children[0] : child;
      const alias = child.type === 'aliased_import' ? child.children[1] : undefined;
      if (name === undefined) continue;
      const dotted = text(name);
      summaries.push({ module: dotted, names: [], line });
      const head = dotted.split('.')[0] ?? dotted;
      bindings.push(alias === undefined ? [head, `/${head}`] : [text(alias), `/${dotted}`]);
    }
    const [summary = { module: '', names: [], line }, ...more] = summaries;
    return { summary, more, bindings };
  }
  const isFuture = node.type === 'future_import_statement';
  const [first, ...rest] = node.children;
  const module = isFuture ? '__future__' : first === undefined ? '' : text(first);
  const bindings: [string, Reference][] = [];
  const names: string[] = [];
  for (const child of isFuture ? node.children : rest) {
    const name = child.type === 'aliased_import' ? child.children[0] : child;
    const alias = child.type === 'aliased_import' ? child.children[1] : undefined;
    if (child.type === 'wildcard_import' || name === undefined) continue;
    const dotted = text(name);
    names.push(dotted);
    const separator = module.endsWith('.') ? '' : '.';
    bindings.push([alias === undefined ? dotted : text(alias), `/${module}${separator}${dotted}`]);
  }
  const isStar = childOfType(node, 'wildcard_import') !== undefined;
  if (isStar) names.push('*');
  return { summary: { module, names, line }, more: [], bindings, ...(isStar ? { star: module } : {}) };
}
