import { Edit } from 'web-tree-sitter';
import type { Tree } from 'web-tree-sitter';
import type { TextChange } from './messages.js';
import { lineStartsOf, positionAt } from './syntax/node.js';
import type { SyntaxFile } from './syntax/node.js';
import type { PythonParser } from './syntax/parser.js';

/** A document open in an editor. Its tree is kept, so that an edit costs what it changes. */
export class OpenDocument {
  private tree: Tree;
  /** The plain tree of the current text. */
  file: SyntaxFile;

  constructor(
    private readonly parser: PythonParser,
    public text: string,
    public version: number,
  ) {
    this.tree = parser.parseTree(text, null);
    this.file = parser.plain(text, this.tree);
  }

  /** Applies changes in order and parses again. */
  change(changes: readonly TextChange[], version: number): void {
    for (const change of changes) this.edit(change);
    const next = this.parser.parseTree(this.text, this.tree);
    this.file = this.parser.plain(this.text, next, { file: this.file, tree: this.tree });
    this.tree.delete();
    this.tree = next;
    this.version = version;
  }

  private edit({ offset, length, text }: TextChange): void {
    const before = lineStartsOf(this.text);
    const point = (starts: readonly number[], index: number): { row: number; column: number } => {
      const { line, column } = positionAt(starts, index);
      return { row: line - 1, column: column - 1 };
    };
    this.text = this.text.slice(0, offset) + text + this.text.slice(offset + length);
    const after = lineStartsOf(this.text);
    this.tree.edit(
      new Edit({
        startIndex: offset,
        oldEndIndex: offset + length,
        newEndIndex: offset + text.length,
        startPosition: point(before, offset),
        oldEndPosition: point(before, offset + length),
        newEndPosition: point(after, offset + text.length),
      }),
    );
  }

  /** Frees the tree; the document is not to be used afterwards. */
  close(): void {
    this.tree.delete();
  }
}
