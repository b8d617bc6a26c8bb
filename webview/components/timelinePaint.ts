/** Paints the timeline's canvas. */
import type { Slice, SliceKind } from '../../extension/protocol/webview-messages';
import { duration } from '../format';
import type { Step } from '../stepHistory';
import { timelineHistory } from '../timelineHistory';
import { tickNs } from '../timelineScale';
import { colour } from '../theme';
import { isWaitKind, waitColour } from '../waits';
import type { Row } from './TimelineView';
import { paintArrows } from './timelineArrows';

/** Height of a lane in CSS pixels; the style sheet's `.lane-names` says the same. */
export const LANE_HEIGHT = 24;
/** Height of the axis under the lanes. */
export const AXIS_HEIGHT = 22;

/** What to paint. */
export interface Scene {
  readonly rows: readonly Row[];
  readonly fromNs: number;
  readonly toNs: number;
  readonly selection: { readonly fromNs: number; readonly toNs: number } | null;
  /** The lane whose arrows are drawn. */
  readonly chosen: string | null;
}

/** The colour of a slice. */
export function sliceColour(kind: SliceKind): string {
  if (isWaitKind(kind)) return colour(`--loopscope-wait-${waitColour(kind)}`);
  switch (kind) {
    case 'block':
      return colour('--loopscope-block');
    case 'running':
      return colour('--loopscope-running');
    case 'ready':
    case 'queued':
      return colour('--loopscope-ready');
    case 'cancelling':
      return colour('--loopscope-warning');
    case 'waiting':
    case 'finished':
    case 'cancelled':
    case 'failed':
    case 'idle':
    case 'stopped':
      return colour('--loopscope-wait-other');
  }
}

/** Paints everything. */
export function paintTimeline(context: CanvasRenderingContext2D, width: number, height: number, scene: Scene): void {
  const { fromNs, toNs, rows } = scene;
  const x = (ns: number): number => ((ns - fromNs) / (toNs - fromNs)) * width;
  const tops = new Map<string, number>();
  rows.forEach((row, index) => {
    if (row.type === 'lane') tops.set(row.lane.id, index * LANE_HEIGHT);
  });
  const bottom = rows.length * LANE_HEIGHT;
  rows.forEach((row, index) => {
    if (row.type !== 'group') return;
    context.fillStyle = colour('--loopscope-head');
    context.fillRect(0, index * LANE_HEIGHT, width, LANE_HEIGHT);
  });
  paintAxis(context, width, bottom, scene, x);
  const slices = [...timelineHistory.between(fromNs, toNs)];
  for (const slice of slices) if (slice.kind === 'block') paintJam(context, slice, scene, x);
  context.font = `11px ${colour('--vscode-font-family')}`;
  context.textBaseline = 'middle';
  context.textAlign = 'left';
  slices.sort((a, b) => Number(b.kind === 'queued') - Number(a.kind === 'queued'));
  for (const slice of slices) {
    const top = tops.get(slice.lane);
    if (top !== undefined) paintSlice(context, slice, top, x, toNs, width);
  }
  paintSteps(context, timelineHistory.steps.between(fromNs, toNs), tops, x);
  if (scene.chosen !== null) paintArrows(context, scene.chosen, slices, scene, tops, x);
  if (scene.selection !== null) {
    context.fillStyle = colour('--vscode-focusBorder');
    context.globalAlpha = 0.18;
    context.fillRect(x(scene.selection.fromNs), 0, x(scene.selection.toNs) - x(scene.selection.fromNs), height);
    context.globalAlpha = 1;
  }
}

function paintAxis(
  context: CanvasRenderingContext2D,
  width: number,
  bottom: number,
  scene: Scene,
  x: (ns: number) => number,
): void {
  const step = tickNs(scene.toNs - scene.fromNs);
  context.strokeStyle = colour('--loopscope-rule');
  context.fillStyle = colour('--loopscope-dim');
  context.font = `11px ${colour('--vscode-font-family')}`;
  context.textBaseline = 'middle';
  context.textAlign = 'left';
  context.globalAlpha = 0.45;
  for (let at = Math.ceil(scene.fromNs / step) * step; at < scene.toNs; at += step) {
    const line = Math.round(x(at)) + 0.5;
    context.beginPath();
    context.moveTo(line, 0);
    context.lineTo(line, bottom + 5);
    context.stroke();
  }
  context.globalAlpha = 1;
  const places = Math.max(0, -Math.floor(Math.log10(step / 1e9)));
  for (let at = Math.ceil(scene.fromNs / step) * step; at < scene.toNs; at += step) {
    if (at < 0 || x(at) > width - 36) continue;
    const label = `${(at / 1e9).toFixed(places)} s`;
    context.fillText(label, x(at) + 4, bottom + AXIS_HEIGHT / 2 + 2);
    context.fillText(label, x(at) + 4, LANE_HEIGHT / 2);
  }
}

/** A block reaches down into every task lane: none of them could run. */
function paintJam(context: CanvasRenderingContext2D, slice: Slice, scene: Scene, x: (ns: number) => number): void {
  const from = x(slice.fromNs);
  const width = Math.max(1, x(slice.toNs ?? scene.toNs) - from);
  context.fillStyle = colour('--loopscope-block');
  context.globalAlpha = 0.13;
  scene.rows.forEach((row, index) => {
    if (row.type === 'lane' && row.lane.kind === 'task')
      context.fillRect(from, index * LANE_HEIGHT, width, LANE_HEIGHT);
  });
  context.globalAlpha = 1;
}

/** Exact runs over the sampled slices: what waits for its turn thin, what runs thick, no more than one for each pixel. */
function paintSteps(
  context: CanvasRenderingContext2D,
  steps: Iterable<Step>,
  tops: ReadonlyMap<string, number>,
  x: (ns: number) => number,
): void {
  const painted = new Map<string, number>();
  const runs: (readonly [left: number, top: number, width: number])[] = [];
  context.fillStyle = colour('--loopscope-ready');
  for (const { lane, fromNs, toNs, readyNs } of steps) {
    const top = tops.get(lane);
    if (top === undefined) continue;
    const left = x(fromNs);
    const width = Math.max(1, x(toNs) - left);
    const free = painted.get(lane) ?? -Infinity;
    if (left + width <= free) continue;
    painted.set(lane, Math.ceil(left + width));
    const readyLeft = Math.max(free, x(readyNs));
    if (left - readyLeft >= 1) context.fillRect(readyLeft, top + LANE_HEIGHT / 2 - 3, left - readyLeft, 6);
    runs.push([left, top, width]);
  }
  context.fillStyle = colour('--loopscope-running');
  for (const [left, top, width] of runs) context.fillRect(left, top + 4, width, LANE_HEIGHT - 8);
}

function paintSlice(
  context: CanvasRenderingContext2D,
  slice: Slice,
  top: number,
  x: (ns: number) => number,
  nowNs: number,
  width: number,
): void {
  const from = Math.max(-4, x(slice.fromNs));
  const to = Math.min(width, x(slice.toNs ?? nowNs));
  const strong =
    slice.kind === 'block' || slice.kind === 'running' || (slice.kind === 'job' && slice.lane.startsWith('w'));
  const thickness = slice.kind === 'queued' ? 4 : strong ? 16 : 8;
  const extent = Math.max(1.5, to - from - 0.5);
  context.fillStyle = sliceColour(slice.kind);
  context.fillRect(from, top + (LANE_HEIGHT - thickness) / 2, extent, thickness);
  if ((slice.kind === 'block' || slice.lane.startsWith('w')) && slice.kind !== 'queued' && extent > 46) {
    const text =
      slice.kind === 'block' && slice.toNs !== null
        ? `${slice.label} ${duration(slice.toNs - slice.fromNs)}`
        : slice.label;
    context.fillStyle = colour('--loopscope-slice-text');
    context.save();
    context.beginPath();
    context.rect(from, top, extent - 3, LANE_HEIGHT);
    context.clip();
    context.fillText(text, Math.max(2, from) + 4, top + LANE_HEIGHT / 2 + 0.5);
    context.restore();
  }
}
