/** Arrows of the chosen lane: from an await to what it waits for, and back when that woke it. */
import type { Slice } from '../../extension/protocol/webview-messages';
import { timelineHistory } from '../timelineHistory';
import { colour } from '../theme';
import { LANE_HEIGHT, type Scene } from './timelinePaint';

/** Wake-ups closer together than this many pixels are one arrow. */
const APART = 8;
const HEAD = 7;

/** Draws the arrows that begin or end in `chosen`. */
export function paintArrows(
  context: CanvasRenderingContext2D,
  chosen: string,
  slices: readonly Slice[],
  { fromNs, toNs }: Scene,
  tops: ReadonlyMap<string, number>,
  x: (ns: number) => number,
): void {
  const middle = (lane: string | null): number | null => {
    const top = lane === null ? undefined : tops.get(lane);
    return top === undefined ? null : top + LANE_HEIGHT / 2;
  };
  const draw = (from: string | null, to: string | null, ns: number): void => {
    const start = middle(from);
    const end = middle(to);
    if (start !== null && end !== null && start !== end) paintArrow(context, x(ns), start, end);
  };
  context.strokeStyle = colour('--vscode-textLink-foreground');
  context.fillStyle = context.strokeStyle;
  context.lineWidth = 1.4;
  for (const slice of slices) {
    if (slice.target === null || (slice.lane !== chosen && slice.target !== chosen)) continue;
    draw(slice.lane, slice.target, Math.max(slice.fromNs, fromNs));
    if (slice.toNs !== null && slice.toNs <= toNs) draw(slice.target, slice.lane, slice.toNs);
  }
  let last = -Infinity;
  for (const { lane, wokenBy, readyNs } of timelineHistory.steps.between(fromNs, toNs)) {
    if (wokenBy === null || readyNs < fromNs || (lane !== chosen && wokenBy !== chosen)) continue;
    if (x(readyNs) - last < APART) continue;
    last = x(readyNs);
    draw(wokenBy, lane, readyNs);
  }
}

function paintArrow(context: CanvasRenderingContext2D, at: number, start: number, end: number): void {
  const down = Math.sign(end - start);
  const tip = end - down * 5;
  const bend = Math.min(24, Math.abs(end - start) / 3);
  context.beginPath();
  context.moveTo(at, start);
  context.bezierCurveTo(
    at + bend,
    start + (down * bend) / 2,
    at + bend,
    tip - (down * bend) / 2,
    at,
    tip - down * HEAD,
  );
  context.stroke();
  context.beginPath();
  context.arc(at, start, 2.2, 0, 2 * Math.PI);
  context.fill();
  context.beginPath();
  context.moveTo(at, tip);
  context.lineTo(at - 4, tip - down * HEAD);
  context.lineTo(at + 4, tip - down * HEAD);
  context.fill();
}
