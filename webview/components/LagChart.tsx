/** Loop lag over the last minute: a moving line on a logarithmic scale, with the threshold. */
import type { JSX } from 'preact';
import { HISTORY_SECONDS } from '../../extension/protocol/webview-messages';
import { exactNowNs, nowNs } from '../clock';
import { duration } from '../format';
import type { LagLine } from '../lagHistory';
import { lagHistory } from '../lagHistory';
import { t } from '../texts';
import { colour } from '../theme';
import { ChartTable } from './parts';
import { useCanvas } from './useCanvas';

const FLOOR_MS = 0.1;
const TABLE_ROWS = 12;
const AXIS_WIDTH = 46;
/** A pixel of the chart is about a tenth of a second: more frames would look the same. */
const FRAME_MS = 80;

/** The chart and the table that says the same. */
export function LagChart(props: {
  readonly loop: number;
  readonly name: string;
  readonly thresholdMs: number;
}): JSX.Element {
  const { loop, name, thresholdMs } = props;
  lagHistory.follow();
  const canvas = useCanvas((context, width, height) => {
    drawLag(context, width, height, lagHistory.line(loop), exactNowNs(), thresholdMs);
  }, FRAME_MS);
  return (
    <figure class="lag-chart">
      <canvas ref={canvas} aria-hidden="true" />
      <LagTable loop={loop} name={name} />
    </figure>
  );
}

function LagTable({ loop, name }: { readonly loop: number; readonly name: string }): JSX.Element {
  const step = HISTORY_SECONDS / TABLE_ROWS;
  const rows = lagHistory.longest(loop, nowNs.value, HISTORY_SECONDS, TABLE_ROWS);
  return (
    <ChartTable
      caption={t('lag.tableCaption', name, step)}
      heads={[t('lag.from'), t('lag.longest')]}
      rows={rows.map((lag, index) => [
        t('lag.ago', HISTORY_SECONDS - index * step),
        lag === null ? t('lag.none') : duration(lag * 1e6),
      ])}
    />
  );
}

/** Paints the chart. Probes are drawn as the longest lag in each pixel column, so that no peak is lost. */
function drawLag(
  context: CanvasRenderingContext2D,
  width: number,
  height: number,
  line: LagLine,
  now: number,
  thresholdMs: number,
): void {
  const plot = Math.max(1, width - AXIS_WIDTH);
  const columns = lagColumns(line, now, Math.floor(plot));
  const top = Math.max(thresholdMs * 5, ...columns) * 1.15;
  const span = Math.log(top / FLOOR_MS);
  const y = (lag: number): number =>
    height - 1 - (Math.max(0, Math.log(Math.max(lag, FLOOR_MS) / FLOOR_MS)) / span) * (height - 4);

  context.font = `11px ${colour('--vscode-font-family')}`;
  context.textBaseline = 'middle';
  drawScale(context, plot, width, height, y, top, thresholdMs);

  paintColumns(context, columns, height, y, colour('--loopscope-running'));
  if (columns.some((lag) => lag > thresholdMs)) {
    context.save();
    context.beginPath();
    context.rect(0, 0, plot, y(thresholdMs));
    context.clip();
    paintColumns(context, columns, height, y, colour('--loopscope-block'));
    context.restore();
  }

  if (line.open !== null && line.open.lagMs > thresholdMs) {
    context.fillStyle = colour('--loopscope-block');
    context.beginPath();
    context.arc(plot - 3, y(line.open.lagMs), 3, 0, 2 * Math.PI);
    context.fill();
  }
}

function lagColumns(line: LagLine, now: number, columns: number): Float64Array {
  const result = new Float64Array(columns).fill(-1);
  const from = now - HISTORY_SECONDS * 1e9;
  const put = (timeNs: number, untilNs: number, lagMs: number): void => {
    const first = Math.max(0, Math.floor(((timeNs - from) / (HISTORY_SECONDS * 1e9)) * columns));
    const last = Math.min(columns - 1, Math.floor(((untilNs - from) / (HISTORY_SECONDS * 1e9)) * columns));
    for (let column = first; column <= last; column++) result[column] = Math.max(result[column] ?? -1, lagMs);
  };
  line.timesNs.forEach((timeNs, index) => {
    const lagMs = line.lagsMs[index] ?? 0;
    // A probe says how things were from when it was due until it ran.
    put(timeNs, timeNs + lagMs * 1e6, lagMs);
  });
  if (line.open !== null) put(line.open.timeNs, now, Math.max(line.open.lagMs, 0));
  let before = -1;
  for (let column = 0; column < columns; column++) {
    const value = result[column] ?? -1;
    if (value < 0 && before >= 0 && column > 0) result[column] = before;
    before = value >= 0 ? value : before;
  }
  return result;
}

function drawScale(
  context: CanvasRenderingContext2D,
  plot: number,
  width: number,
  height: number,
  y: (lag: number) => number,
  top: number,
  thresholdMs: number,
): void {
  context.strokeStyle = colour('--loopscope-rule');
  context.fillStyle = colour('--loopscope-dim');
  context.textAlign = 'right';
  context.lineWidth = 1;
  const thresholdY = y(thresholdMs);
  for (let lag = 1; lag < top; lag *= 10) {
    const at = Math.round(y(lag)) + 0.5;
    // Rules stay behind the line, in high contrast as well.
    context.globalAlpha = 0.45;
    context.beginPath();
    context.moveTo(0, at);
    context.lineTo(plot, at);
    context.stroke();
    context.globalAlpha = 1;
    if (Math.abs(at - thresholdY) > 11 && at > 6 && at < height - 5)
      context.fillText(duration(lag * 1e6).replace('.0', ''), width, at);
  }
  const at = Math.round(thresholdY) + 0.5;
  context.setLineDash([4, 4]);
  context.strokeStyle = colour('--loopscope-block');
  context.beginPath();
  context.moveTo(0, at);
  context.lineTo(plot, at);
  context.stroke();
  context.setLineDash([]);
  context.fillStyle = colour('--loopscope-block-text');
  context.fillText(duration(thresholdMs * 1e6).replace('.0', ''), width, at);
}

/** One pixel wide bars, joined by upright strokes: nothing is slanted, so nothing has to be smoothed. */
function paintColumns(
  context: CanvasRenderingContext2D,
  columns: Float64Array,
  height: number,
  y: (lag: number) => number,
  fill: string,
): void {
  const line = new Path2D();
  const area = new Path2D();
  let before: number | null = null;
  columns.forEach((lag, column) => {
    if (lag < 0) return;
    const top = Math.round(y(lag));
    const from = before === null ? top : Math.min(top, before);
    const until = before === null ? top : Math.max(top, before);
    line.rect(column, from, 1, Math.max(1, until - from));
    area.rect(column, top, 1, height - top);
    before = top;
  });
  context.fillStyle = fill;
  context.globalAlpha = 0.14;
  context.fill(area);
  context.globalAlpha = 1;
  context.fill(line);
}
