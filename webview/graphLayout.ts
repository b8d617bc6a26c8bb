/** Where the nodes of the graph are drawn: cycles as rings at the top, the rest in columns from who waits to what for. */
import type { GraphNode, WaitGraph } from '../extension/protocol/webview-messages';

export const NODE_WIDTH = 190;
export const NODE_HEIGHT = 40;
const COLUMN = NODE_WIDTH + 70;
const LINE = NODE_HEIGHT + 14;
const MARGIN = 16;

/** A node and its upper left corner in CSS pixels. */
export interface PlacedNode {
  readonly node: GraphNode;
  readonly x: number;
  readonly y: number;
}

/** A drawn graph. */
export interface GraphLayout {
  readonly nodes: ReadonlyMap<string, PlacedNode>;
  readonly width: number;
  readonly height: number;
}

/** Places every node. Deterministic: the same graph looks the same. */
export function layOut(graph: WaitGraph): GraphLayout {
  const nodes = new Map<string, PlacedNode>();
  const ringed = inRingOrder(graph);
  const ring = placeRing(ringed, nodes);
  const ranks = rankNodes(graph);
  const filled = new Map<number, number>();
  let width = ring.width;
  let height = ring.height;
  for (const node of graph.nodes) {
    if (node.inCycle) continue;
    const rank = ranks.get(node.id) ?? 0;
    const line = filled.get(rank) ?? 0;
    filled.set(rank, line + 1);
    const x = MARGIN + rank * COLUMN;
    const y = ring.height + MARGIN + line * LINE;
    nodes.set(node.id, { node, x, y });
    width = Math.max(width, x + NODE_WIDTH + MARGIN);
    height = Math.max(height, y + NODE_HEIGHT + MARGIN);
  }
  return { nodes, width, height };
}

/** Nodes on cycles, each followed by what it waits for, so that a cycle is drawn as one. */
function inRingOrder(graph: WaitGraph): readonly GraphNode[] {
  const left = new Map(graph.nodes.filter((node) => node.inCycle).map((node) => [node.id, node]));
  const next = new Map(graph.edges.filter((edge) => edge.inCycle).map((edge) => [edge.from, edge.to]));
  const ordered: GraphNode[] = [];
  for (const first of [...left.values()]) {
    for (let node: GraphNode | undefined = first; node !== undefined && left.delete(node.id);) {
      ordered.push(node);
      const following: string | undefined = next.get(node.id);
      node = following === undefined ? undefined : left.get(following);
    }
  }
  return ordered;
}

function placeRing(ringed: readonly GraphNode[], nodes: Map<string, PlacedNode>): { width: number; height: number } {
  if (ringed.length === 0) return { width: 0, height: 0 };
  const radiusX = Math.max(NODE_WIDTH * 0.8, (ringed.length * NODE_WIDTH) / 5);
  const radiusY = Math.max(NODE_HEIGHT * 1.6, (ringed.length * NODE_HEIGHT) / 4);
  ringed.forEach((node, index) => {
    const angle = (2 * Math.PI * index) / ringed.length - Math.PI / 2;
    nodes.set(node.id, {
      node,
      x: MARGIN + radiusX + radiusX * Math.cos(angle),
      y: MARGIN + radiusY + radiusY * Math.sin(angle),
    });
  });
  return { width: 2 * (MARGIN + radiusX) + NODE_WIDTH, height: 2 * (MARGIN + radiusY) + NODE_HEIGHT };
}

/** The longest way from a node that nobody waits for; edges on cycles do not count. */
function rankNodes(graph: WaitGraph): ReadonlyMap<string, number> {
  const incoming = new Map<string, number>();
  const out = new Map<string, string[]>();
  for (const edge of graph.edges) {
    if (edge.inCycle) continue;
    incoming.set(edge.to, (incoming.get(edge.to) ?? 0) + 1);
    const targets = out.get(edge.from);
    if (targets === undefined) out.set(edge.from, [edge.to]);
    else targets.push(edge.to);
  }
  const ranks = new Map<string, number>();
  const queue = graph.nodes.filter((node) => !incoming.has(node.id)).map((node) => node.id);
  for (const id of queue) ranks.set(id, 0);
  for (let id = queue.shift(); id !== undefined; id = queue.shift()) {
    for (const target of out.get(id) ?? []) {
      ranks.set(target, Math.max(ranks.get(target) ?? 0, (ranks.get(id) ?? 0) + 1));
      const rest = (incoming.get(target) ?? 0) - 1;
      incoming.set(target, rest);
      if (rest === 0) queue.push(target);
    }
  }
  return ranks;
}
