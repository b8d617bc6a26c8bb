import type { Edit } from '../findings.js';
import { offsetAt, positionAt } from '../syntax/node.js';
import type { SyntaxFile, SyntaxNode } from '../syntax/node.js';

/** A replacement by offsets, before it becomes an {@link Edit}. */
export interface Change {
  start: number;
  end: number;
  text: string;
}

/** Turns offsets into lines and columns. */
export function toEdits(file: SyntaxFile, changes: readonly Change[]): Edit[] {
  return changes.map((change) => {
    const start = positionAt(file.lineStarts, change.start);
    const end = positionAt(file.lineStarts, change.end);
    return { line: start.line, column: start.column, endLine: end.line, endColumn: end.column, text: change.text };
  });
}

/** Applies edits that do not overlap to a text. */
export function applyEdits(source: string, lineStarts: readonly number[], edits: readonly Edit[]): string {
  const changes = edits.map((edit, index) => ({
    start: offsetAt(lineStarts, edit.line, edit.column),
    end: offsetAt(lineStarts, edit.endLine, edit.endColumn),
    text: edit.text,
    index,
  }));
  changes.sort((left, right) => right.start - left.start || right.index - left.index);
  let result = source;
  for (const change of changes) result = result.slice(0, change.start) + change.text + result.slice(change.end);
  return result;
}

/** Whether two edits touch the same text. Two insertions at one place do not. */
export function overlap(left: Edit, right: Edit): boolean {
  const before = (edit: Edit, other: Edit): boolean =>
    edit.endLine < other.line || (edit.endLine === other.line && edit.endColumn <= other.column);
  return !before(left, right) && !before(right, left);
}

/** The line break the file uses. */
export function lineBreak(source: string): string {
  return source.includes('\r\n') ? '\r\n' : '\n';
}

/** The white space a node's line begins with. */
export function indentation(file: SyntaxFile, node: SyntaxNode): string {
  const { line } = positionAt(file.lineStarts, node.start);
  const start = file.lineStarts[line - 1] ?? 0;
  return /^[ \t]*/.exec(file.source.slice(start, node.start))?.[0] ?? '';
}

/** Whether nothing but white space stands before a node in its line and nothing but a comment after it. */
export function isAloneOnItsLines(file: SyntaxFile, node: SyntaxNode): boolean {
  const first = positionAt(file.lineStarts, node.start).line;
  const last = positionAt(file.lineStarts, node.end).line;
  const before = file.source.slice(file.lineStarts[first - 1] ?? 0, node.start);
  const after = file.source.slice(node.end, file.lineStarts[last] ?? file.source.length);
  return /^[ \t]*$/.test(before) && /^[ \t]*(#.*)?\r?\n?$/.test(after);
}

/** Where a new import or module-level name goes: after the docstring and `__future__` imports, or after all imports. */
function insertionPoint(file: SyntaxFile, afterImports: boolean): number {
  let point = file.source.startsWith('#!') ? (file.lineStarts[1] ?? file.source.length) : 0;
  for (const statement of file.root.children) {
    const isDocstring = statement.type === 'expression_statement' && statement.children[0]?.type === 'string';
    const isImport = statement.type === 'import_statement' || statement.type === 'import_from_statement';
    if (!isDocstring && statement.type !== 'future_import_statement' && !(afterImports && isImport)) {
      if (!afterImports) break;
      if (statement.type === 'comment') continue;
      break;
    }
    const line = positionAt(file.lineStarts, statement.end).line;
    point = file.lineStarts[line] ?? file.source.length;
  }
  return point;
}

/** The change that imports a module, or undefined when the file has it under its own name. */
export function importChange(file: SyntaxFile, module: string): Change | undefined {
  const pattern = new RegExp(`^import (?:[\\w., ]+, *)?${module}\\b(?! as|\\.)`, 'm');
  if (pattern.test(file.source)) return undefined;
  const point = insertionPoint(file, false);
  return { start: point, end: point, text: `${endedLine(file, point)}import ${module}${lineBreak(file.source)}` };
}

/** The change that defines a module-level name after the imports. */
export function definitionChange(file: SyntaxFile, text: string): Change {
  const point = insertionPoint(file, true);
  const newline = lineBreak(file.source);
  return { start: point, end: point, text: `${endedLine(file, point)}${newline}${text}${newline}` };
}

/** A line break first where the file ends without one. */
function endedLine(file: SyntaxFile, point: number): string {
  return point > 0 && !/[\r\n]/.test(file.source[point - 1] ?? '') ? lineBreak(file.source) : '';
}
