import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { isAbsolute, join } from 'node:path';
import { Language, Parser } from 'web-tree-sitter';
import type { Tree, TreeCursor } from 'web-tree-sitter';
import { lineStartsOf } from './node.js';
import type { MutableNode, SyntaxFile } from './node.js';
import { Reuse } from './reuse.js';

/** Types never entered: they hold nothing a rule reads, and most nodes of a file are of these. */
const LEAVES = new Set([
  'identifier', 'integer', 'float', 'true', 'false', 'none', 'ellipsis', 'comment', 'string_content', 'string_start',
  'string_end', 'escape_sequence', 'pass_statement', 'break_statement', 'continue_statement', 'wildcard_import',
  'import_prefix', 'type_conversion', 'line_continuation', 'keyword_separator', 'positional_separator',
]); // prettier-ignore

/** Children that are left out of the plain tree. */
const DROPPED = new Set([
  'comment',
  'line_continuation',
  'string_start',
  'string_content',
  'string_end',
  'escape_sequence',
]);

const NO_CHILDREN: MutableNode[] = [];

/** Parses Python source. One instance per thread; not re-entrant. */
export class PythonParser {
  private constructor(
    private readonly parser: Parser,
    private readonly typeNames: readonly string[],
    private readonly named: Uint8Array,
    private readonly leaf: Uint8Array,
    private readonly dropped: Uint8Array,
    private readonly commentId: number,
    private readonly stringId: number,
  ) {}

  /**
   * Loads the WebAssembly parser and grammar.
   * @throws Error naming the folders searched when a `.wasm` file is missing.
   */
  static async create(): Promise<PythonParser> {
    const runtime = await readFile(locateWasm('web-tree-sitter', 'web-tree-sitter.wasm'));
    // The typings of the emscripten module ask for the whole module object; only the binary is given.
    await Parser.init({ wasmBinary: runtime });
    const language = await Language.load(
      new Uint8Array(await readFile(locateWasm('tree-sitter-python', 'tree-sitter-python.wasm'))),
    );
    const parser = new Parser();
    parser.setLanguage(language);
    const count = language.nodeTypeCount;
    const typeNames: string[] = [];
    const named = new Uint8Array(count);
    const leaf = new Uint8Array(count);
    const dropped = new Uint8Array(count);
    for (let id = 0; id < count; id++) {
      const name = language.nodeTypeForId(id) ?? '';
      typeNames.push(name);
      named[id] = language.nodeTypeIsNamed(id) ? 1 : 0;
      leaf[id] = LEAVES.has(name) ? 1 : 0;
      dropped[id] = DROPPED.has(name) ? 1 : 0;
    }
    const idOf = (name: string): number =>
      typeNames.findIndex((candidate, id) => candidate === name && named[id] === 1);
    return new PythonParser(parser, typeNames, named, leaf, dropped, idOf('comment'), idOf('string'));
  }

  /** Parses `source` and returns its plain tree. Never throws on bad Python: broken parts become `ERROR` nodes. */
  parse(source: string): SyntaxFile {
    const tree = this.parseTree(source, null);
    try {
      return this.plain(source, tree);
    } finally {
      tree.delete();
    }
  }

  /** Parses into a tree-sitter tree, re-using `old` (already told of the edits). The caller deletes the tree. */
  parseTree(source: string, old: Tree | null): Tree {
    const tree = this.parser.parse(source, old);
    if (tree === null) throw new Error('The Python parser returned no tree: its language is not set.');
    return tree;
  }

  /**
   * The plain tree of a tree-sitter tree. After an edit, `before` says what the plain tree was and which tree it was made of, told of
   * the edit: what the edit left alone is moved over from there, and the old plain tree is not to be used any more.
   */
  plain(source: string, tree: Tree, before?: { file: SyntaxFile; tree: Tree }): SyntaxFile {
    const comments: { start: number; end: number }[] = [];
    const cursor = tree.walk();
    const root: MutableNode = { type: 'module', start: 0, end: source.length, parent: null, children: [] };
    const hasError = tree.rootNode.hasError;
    const reuse = before && new Reuse(before.file, source, before.tree.getChangedRanges(tree), comments);
    try {
      this.fill(cursor, root, source, comments, reuse);
    } finally {
      cursor.delete();
    }
    return { source, root: root, comments, lineStarts: lineStartsOf(source), hasError };
  }

  private fill(
    cursor: TreeCursor,
    root: MutableNode,
    source: string,
    comments: { start: number; end: number }[],
    reuse: Reuse | undefined,
  ): void {
    const { typeNames, named, leaf, dropped, commentId, stringId } = this;
    let parent = root;
    if (!cursor.gotoFirstChild()) return;
    for (;;) {
      const id = cursor.nodeTypeId;
      let entered = false;
      if (id === commentId) {
        comments.push({ start: cursor.startIndex, end: cursor.endIndex });
      } else if (id >= named.length || named[id] === 1) {
        const kept = reuse?.take(parent, typeNames[id] ?? 'ERROR', cursor.startIndex, cursor.endIndex);
        if (kept !== undefined) {
          kept.parent = parent;
          if (parent.children === NO_CHILDREN) parent.children = [kept];
          else parent.children.push(kept);
        } else if (dropped[id] !== 1) {
          const node: MutableNode = {
            type: typeNames[id] ?? 'ERROR',
            start: cursor.startIndex,
            end: cursor.endIndex,
            parent,
            children: NO_CHILDREN,
          };
          if (parent.children === NO_CHILDREN) parent.children = [node];
          else parent.children.push(node);
          if (leaf[id] !== 1 && !(id === stringId && !isFormatted(source, node.start)) && cursor.gotoFirstChild()) {
            reuse?.enter(parent, node);
            parent = node;
            entered = true;
          }
        }
      }
      if (entered) continue;
      while (!cursor.gotoNextSibling()) {
        if (parent.parent === null) return;
        cursor.gotoParent();
        parent = parent.parent;
      }
    }
  }
}

/** Whether the string literal at `start` is an f-string or t-string, the only ones with expressions inside. */
function isFormatted(source: string, start: number): boolean {
  for (let index = start; index < start + 2; index++) {
    const character = source.charCodeAt(index) | 32;
    if (character === 102 || character === 116) return true;
  }
  return false;
}

/** Beside the bundle first, then in `node_modules` when run unbundled. */
function locateWasm(packageName: string, fileName: string): string {
  const here = moduleFolder();
  const beside = join(here, fileName);
  if (existsSync(beside)) return beside;
  const require = createRequire(join(here, 'package.json'));
  for (const from of require.resolve.paths(packageName) ?? []) {
    const candidate = join(from, packageName, fileName);
    if (existsSync(candidate)) return candidate;
  }
  throw new Error(
    `${fileName} was found neither in ${here} nor in a node_modules folder above it: reinstall Loopscope.`,
  );
}

/** The folder this code was loaded from, or the working folder where a loader hides it. */
export function moduleFolder(): string {
  return typeof __dirname === 'string' && isAbsolute(__dirname) ? __dirname : process.cwd();
}
