import type { Range } from 'web-tree-sitter';
import type { MutableNode, SyntaxFile } from './node.js';

/**
 * Moves the parts of a plain tree that an edit left alone into the next one. Looking at every node of a tree-sitter tree costs more
 * than all else that an edit costs; so only the nodes on the way to what changed are looked at, and their neighbours are moved whole.
 */
export class Reuse {
  /** What may have changed, in the new text. Nodes that touch it are looked at again. */
  private readonly start: number;
  private readonly end: number;
  /** How far everything behind it moved. */
  private readonly shift: number;
  /** The node of the old tree that stands for one of the new, on the way to what changed. */
  private readonly former = new Map<MutableNode, MutableNode>();
  /** How many children of an old node are used up. */
  private readonly used = new Map<MutableNode, number>();
  private readonly root: MutableNode;

  /**
   * @param before the plain tree before the edit
   * @param changed where the trees differ in structure, as tree-sitter says
   * @param comments those of the new tree, to which the ones inside of moved nodes are added
   */
  constructor(
    private readonly before: SyntaxFile,
    source: string,
    changed: readonly Range[],
    private readonly comments: { start: number; end: number }[],
  ) {
    const old = before.source;
    const shorter = Math.min(old.length, source.length);
    let prefix = 0;
    while (prefix < shorter && old.charCodeAt(prefix) === source.charCodeAt(prefix)) prefix++;
    let suffix = 0;
    while (
      suffix < shorter - prefix &&
      old.charCodeAt(old.length - suffix - 1) === source.charCodeAt(source.length - suffix - 1)
    )
      suffix++;
    this.start = Math.min(prefix, ...changed.map((range) => range.startIndex));
    this.end = Math.max(source.length - suffix, ...changed.map((range) => range.endIndex));
    this.shift = source.length - old.length;
    this.root = before.root as MutableNode;
  }

  /** The old node that is this child of `parent` in the new tree, moved to its place; undefined when it may have changed. */
  take(parent: MutableNode, type: string, start: number, end: number): MutableNode | undefined {
    const isBefore = end < this.start;
    if (!isBefore && start <= this.end) return undefined;
    const shift = isBefore ? 0 : this.shift;
    const old = this.formerOf(parent);
    const node = old === undefined ? undefined : this.child(old, start - shift);
    if (old === undefined || node?.type !== type || node.end !== end - shift) return undefined;
    this.used.set(old, (this.used.get(old) ?? 0) + 1);
    this.addComments(node, shift);
    if (shift !== 0) move(node, shift);
    return node;
  }

  /** The walk goes into a node that may have changed. */
  enter(parent: MutableNode, node: MutableNode): void {
    const old = this.formerOf(parent);
    if (old === undefined || node.start >= this.start) return;
    const same = this.child(old, node.start);
    if (same?.type === node.type) this.former.set(node, same);
  }

  private formerOf(node: MutableNode): MutableNode | undefined {
    return node.parent === null ? this.root : this.former.get(node);
  }

  /** The child of an old node that starts at an offset. What is passed over is not asked for again. */
  private child(old: MutableNode, start: number): MutableNode | undefined {
    let index = this.used.get(old) ?? 0;
    let child = old.children[index];
    while (child !== undefined && child.start < start) child = old.children[++index];
    this.used.set(old, index);
    return child?.start === start ? child : undefined;
  }

  /** The comments inside of a moved node. */
  private addComments({ start, end }: MutableNode, shift: number): void {
    const { comments } = this.before;
    let low = 0;
    let high = comments.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((comments[middle]?.start ?? 0) < start) low = middle + 1;
      else high = middle;
    }
    for (let comment = comments[low]; comment !== undefined && comment.start < end; comment = comments[++low])
      this.comments.push({ start: comment.start + shift, end: comment.end + shift });
  }
}

function move(root: MutableNode, shift: number): void {
  const stack = [root];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    node.start += shift;
    node.end += shift;
    for (const child of node.children) stack.push(child);
  }
}
