/** Stacks of blocks merged into a tree weighted by time. */
import type { BlockView } from '../extension/model/queries';
import type { Site } from '../extension/protocol/generated/types';

/** A frame, the time held under it, and where it is drawn: shares of the whole, 0 to 1. */
export interface FlameFrame {
  readonly site: Site;
  readonly depth: number;
  readonly from: number;
  readonly width: number;
  readonly totalNs: number;
}

interface Node {
  readonly site: Site;
  totalNs: number;
  readonly children: Map<string, Node>;
}

/** Frames narrower than this share of the whole are left out: nobody could read or hit them. */
const NARROWEST = 0.004;

/** The frames of all stacks, outermost first; each block weighs the time it held the loop. */
export function flameFrames(blocks: readonly BlockView[]): {
  readonly frames: readonly FlameFrame[];
  readonly depth: number;
} {
  const roots = new Map<string, Node>();
  let total = 0;
  for (const block of blocks) {
    if (block.stack.length === 0) continue;
    total += block.totalNs;
    let level = roots;
    for (const site of block.stack) {
      const key = `${site.file}\n${site.function}\n${String(site.line)}`;
      let node = level.get(key);
      if (node === undefined) {
        node = { site, totalNs: 0, children: new Map() };
        level.set(key, node);
      }
      node.totalNs += block.totalNs;
      level = node.children;
    }
  }
  const frames: FlameFrame[] = [];
  let deepest = 0;
  const place = (level: Map<string, Node>, depth: number, start: number): void => {
    let from = start;
    for (const node of [...level.values()].sort((a, b) => b.totalNs - a.totalNs)) {
      const width = node.totalNs / total;
      if (width >= NARROWEST) {
        frames.push({ site: node.site, depth, from, width, totalNs: node.totalNs });
        deepest = Math.max(deepest, depth);
        place(node.children, depth + 1, from);
      }
      from += width;
    }
  };
  if (total > 0) place(roots, 0, 0);
  return { frames, depth: frames.length === 0 ? 0 : deepest + 1 };
}
