/** Where the edges of the graph are drawn: from node to node, around those that they do not belong to. */
import type { WaitGraph } from '../extension/protocol/webview-messages';
import { NODE_HEIGHT, NODE_WIDTH, type GraphLayout, type PlacedNode } from './graphLayout';

/** How far a way stays from the nodes it goes around, in CSS pixels: two of them fit between two lines of nodes. */
const CLEARANCE = 6;
/** A way makes so long a detour, in CSS pixels, rather than cross an edge of a cycle. */
const CROSSING = 300;
const CORNER_RADIUS = 12;
/** In a larger graph edges are drawn as if there were no other nodes: ways around them all take too long to find. */
const MAX_NODES = 40;
/** Straight pieces by which a curve is tested. */
const CURVE_PIECES = 12;

interface Point {
  readonly x: number;
  readonly y: number;
}

interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

type Line = readonly [Point, Point];
type Edge = WaitGraph['edges'][number];

/** The path of each edge whose nodes are drawn, as SVG writes it. */
export function routeEdges(graph: WaitGraph, layout: GraphLayout): ReadonlyMap<Edge, string> {
  const placed = graph.edges.flatMap((edge) => {
    const [from, to] = [layout.nodes.get(edge.from), layout.nodes.get(edge.to)];
    return from === undefined || to === undefined ? [] : [{ edge, from, to }];
  });
  const cycle = placed.filter(({ edge }) => edge.inCycle).map(({ from, to }): Line => [centre(from), centre(to)]);
  const boxes = [...layout.nodes.values()].map((node) => ({ node, box: around(node, CLEARANCE) }));
  return new Map(
    placed.map(({ edge, from, to }) => {
      // Nothing stands between neighbours of a ring.
      const isDirect = edge.inCycle || boxes.length > MAX_NODES;
      const others = isDirect ? [] : boxes.filter(({ node }) => node !== from && node !== to).map(({ box }) => box);
      return [edge, pathBetween(from, to, edge.inCycle, others, cycle)];
    }),
  );
}

/** A curve from side to side, or straight between the borders where the target is not to the right; past the others. */
function pathBetween(
  from: PlacedNode,
  to: PlacedNode,
  isStraight: boolean,
  others: readonly Box[],
  cycle: readonly Line[],
): string {
  const curve = isStraight || to.x < from.x + NODE_WIDTH ? null : curveBetween(from, to);
  const [start, end] = curve === null ? [centre(from), centre(to)] : [curve[0], curve[3]];
  const direct = linesOf(curve === null ? [start, end] : alongCurve(curve));
  const isHidden = direct.some((line) => others.some((box) => touches(line, box)));
  const way = isHidden ? wayAround(start, end, others, cycle) : null;
  if (curve === null) return roundedPath(betweenBorders(way ?? [start, end]));
  return way === null ? curvePath(curve) : roundedPath(way);
}

function centre(node: PlacedNode): Point {
  return { x: node.x + NODE_WIDTH / 2, y: node.y + NODE_HEIGHT / 2 };
}

function around({ x, y }: PlacedNode, by: number): Box {
  return { left: x - by, top: y - by, right: x + NODE_WIDTH + by, bottom: y + NODE_HEIGHT + by };
}

/** From the right side of a node to the left side of another: two ends and what bends the curve between them. */
function curveBetween(from: PlacedNode, to: PlacedNode): readonly [Point, Point, Point, Point] {
  const start = { x: from.x + NODE_WIDTH, y: centre(from).y };
  const end = { x: to.x, y: centre(to).y };
  const bend = Math.max(24, (end.x - start.x) / 2);
  return [start, { x: start.x + bend, y: start.y }, { x: end.x - bend, y: end.y }, end];
}

function alongCurve([a, b, c, d]: readonly [Point, Point, Point, Point]): Point[] {
  return Array.from({ length: CURVE_PIECES + 1 }, (_, index) => {
    const t = index / CURVE_PIECES;
    const at = (of: 'x' | 'y'): number =>
      (1 - t) ** 3 * a[of] + 3 * t * (1 - t) ** 2 * b[of] + 3 * t ** 2 * (1 - t) * c[of] + t ** 3 * d[of];
    return { x: at('x'), y: at('y') };
  });
}

function linesOf(points: readonly Point[]): Line[] {
  return points.slice(1).map((point, index) => [points[index] ?? point, point]);
}

/** Whether a line goes through a box: they overlap in both directions, and the box is not all on one side of the line. */
function touches([a, b]: Line, { left, top, right, bottom }: Box): boolean {
  if (Math.max(a.x, b.x) < left || Math.min(a.x, b.x) > right) return false;
  if (Math.max(a.y, b.y) < top || Math.min(a.y, b.y) > bottom) return false;
  const [dx, dy] = [b.x - a.x, b.y - a.y];
  const above = dx * (top - a.y);
  const below = dx * (bottom - a.y);
  const before = dy * (left - a.x);
  const behind = dy * (right - a.x);
  const least = Math.min(above, below) - Math.max(before, behind);
  const most = Math.max(above, below) - Math.min(before, behind);
  return least <= 0 && most >= 0;
}

function crosses([a, b]: Line, [c, d]: Line): boolean {
  const side = (p: Point, q: Point, r: Point): number => (q.x - p.x) * (r.y - p.y) - (q.y - p.y) * (r.x - p.x);
  return side(a, b, c) * side(a, b, d) < 0 && side(c, d, a) * side(c, d, b) < 0;
}

/** The shortest way past boxes, from corner to corner of them; null when there is none. */
function wayAround(start: Point, end: Point, boxes: readonly Box[], cycle: readonly Line[]): readonly Point[] | null {
  const points = [start, end, ...boxes.flatMap(cornersOf)];
  const length = points.map((_, index) => (index === 0 ? 0 : Infinity));
  const before = new Map<number, number>();
  const left = new Set(points.keys());
  const ahead = (index: number): number => (length[index] ?? Infinity) + distance(points[index] ?? end, end);
  while (left.size > 0) {
    const here = [...left].reduce((best, index) => (ahead(index) < ahead(best) ? index : best));
    const from = points[here];
    if (from === undefined || length[here] === Infinity) return null;
    if (here === 1) return wayTo(1, before).map((index) => points[index] ?? end);
    left.delete(here);
    for (const next of left) {
      const to = points[next] ?? end;
      const least = (length[here] ?? 0) + distance(from, to);
      if (least >= (length[next] ?? 0) || boxes.some((box) => touches([from, to], box))) continue;
      const total = least + CROSSING * cycle.filter((line) => crosses([from, to], line)).length;
      if (total >= (length[next] ?? 0)) continue;
      length[next] = total;
      before.set(next, here);
    }
  }
  return null;
}

/** A pixel outside, where a way may turn. */
function cornersOf({ left, top, right, bottom }: Box): Point[] {
  return [left - 1, right + 1].flatMap((x) => [top - 1, bottom + 1].map((y) => ({ x, y })));
}

function wayTo(last: number, before: ReadonlyMap<number, number>): readonly number[] {
  const way = [last];
  for (let at = before.get(last); at !== undefined; at = before.get(at)) way.unshift(at);
  return way;
}

function distance(a: Point, b: Point): number {
  return Math.hypot(b.x - a.x, b.y - a.y);
}

/** A way from centre to centre, as far as it lies outside of the nodes. */
function betweenBorders(way: readonly Point[]): readonly Point[] {
  const [start, end] = [way[0], way.at(-1)];
  const [second, beforeLast] = [way[1], way.at(-2)];
  if (start === undefined || end === undefined || second === undefined || beforeLast === undefined) return way;
  return [onBorder(start, second), ...way.slice(1, -1), onBorder(end, beforeLast)];
}

/** Where the line from the centre of a node to another point leaves the node. */
function onBorder(middle: Point, other: Point): Point {
  const [dx, dy] = [other.x - middle.x, other.y - middle.y];
  const scale = Math.min(NODE_WIDTH / 2 / Math.max(1e-6, Math.abs(dx)), NODE_HEIGHT / 2 / Math.max(1e-6, Math.abs(dy)));
  return { x: middle.x + dx * scale, y: middle.y + dy * scale };
}

function curvePath([a, b, c, d]: readonly [Point, Point, Point, Point]): string {
  return `M${written(a)}C${written(b)} ${written(c)} ${written(d)}`;
}

/** A path along points that takes its turns in small curves. */
function roundedPath(points: readonly Point[]): string {
  return points
    .map((point, index) => {
      const [from, to] = [points[index - 1], points[index + 1]];
      if (from === undefined) return `M${written(point)}`;
      if (to === undefined) return `L${written(point)}`;
      return `L${written(towards(point, from))}Q${written(point)} ${written(towards(point, to))}`;
    })
    .join('');
}

/** The place at {@link CORNER_RADIUS} from a turn, or half way to the next. */
function towards(point: Point, other: Point): Point {
  const share = Math.min(CORNER_RADIUS / Math.max(1e-6, distance(point, other)), 0.5);
  return { x: point.x + (other.x - point.x) * share, y: point.y + (other.y - point.y) * share };
}

function written({ x, y }: Point): string {
  return `${String(x)} ${String(y)}`;
}
