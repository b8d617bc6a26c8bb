/**
 * The plain-object syntax tree the extractor and the rules read.
 *
 * A tree-sitter tree lives in WebAssembly memory and every look at it crosses a boundary. It is therefore walked once, with a
 * cursor, into these objects: only named nodes, comments left aside. Offsets are UTF-16 indices into the source.
 */
export interface SyntaxNode {
  /** The grammar's name for this node, such as `call` or `function_definition`; `ERROR` for what could not be parsed. */
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly parent: SyntaxNode | null;
  readonly children: readonly SyntaxNode[];
}

/** A node while its tree is built, or moved into the next one. */
export interface MutableNode extends SyntaxNode {
  start: number;
  end: number;
  parent: MutableNode | null;
  children: MutableNode[];
}

/** A parsed file: its tree, its comments and what is needed to turn an offset into a line. */
export interface SyntaxFile {
  readonly source: string;
  readonly root: SyntaxNode;
  readonly comments: readonly { start: number; end: number }[];
  /** Offset at which each line starts; index 0 is line 1. */
  readonly lineStarts: readonly number[];
  /** True when the parser had to recover from an error somewhere in the file. */
  readonly hasError: boolean;
}

/** A place in a file; both count from 1, columns in UTF-16 units. */
export interface Position {
  line: number;
  column: number;
}

/** Offsets at which the lines of `source` start. `\r\n`, `\n` and `\r` each end a line, as in Python. */
export function lineStartsOf(source: string): number[] {
  const starts = [0];
  for (let index = 0; index < source.length; index++) {
    const code = source.charCodeAt(index);
    if (code === 10 || (code === 13 && source.charCodeAt(index + 1) !== 10)) starts.push(index + 1);
  }
  return starts;
}

/** The line and column of `offset`, both from 1. */
export function positionAt(lineStarts: readonly number[], offset: number): Position {
  let low = 0;
  let high = lineStarts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((lineStarts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return { line: low + 1, column: offset - (lineStarts[low] ?? 0) + 1 };
}

/** The offset of a line and column counted from 1, kept inside the file. */
export function offsetAt(lineStarts: readonly number[], line: number, column: number): number {
  const start = lineStarts[Math.min(Math.max(line, 1), lineStarts.length) - 1] ?? 0;
  return start + column - 1;
}

/** The source text of a node. */
export function textOf(source: string, node: SyntaxNode): string {
  return source.slice(node.start, node.end);
}

/** The first child of a type, or undefined. */
export function childOfType(node: SyntaxNode, type: string): SyntaxNode | undefined {
  for (const child of node.children) if (child.type === type) return child;
  return undefined;
}

/** Whether a `def`, `for`, `with` or comprehension clause begins with `async`. */
export function isAsync(source: string, node: SyntaxNode): boolean {
  return source.startsWith('async', node.start) && /\s|\\/.test(source.charAt(node.start + 5));
}

/** The expression inside any number of parentheses. */
export function unparenthesized(node: SyntaxNode): SyntaxNode {
  let current = node;
  while (current.type === 'parenthesized_expression' && current.children[0] !== undefined)
    current = current.children[0];
  return current;
}

/** The nearest ancestor of one of the given types, or undefined. */
export function ancestorOfType(node: SyntaxNode, types: ReadonlySet<string>): SyntaxNode | undefined {
  for (let current = node.parent; current !== null; current = current.parent)
    if (types.has(current.type)) return current;
  return undefined;
}

/** Every node below and including `node`, depth first, skipping what `into` refuses to enter. */
export function* descendants(
  node: SyntaxNode,
  into: (node: SyntaxNode) => boolean = () => true,
): Generator<SyntaxNode> {
  const stack: SyntaxNode[] = [node];
  for (let current = stack.pop(); current !== undefined; current = stack.pop()) {
    yield current;
    if (current !== node && !into(current)) continue;
    for (let index = current.children.length - 1; index >= 0; index--) {
      const child = current.children[index];
      if (child !== undefined) stack.push(child);
    }
  }
}
