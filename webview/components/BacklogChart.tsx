/** How full an executor was over the last minute: busy workers, and on top of them the jobs that waited. */
import type { JSX } from 'preact';
import { STRETCH_NS, STRETCHES } from '../../extension/model/backlogs';
import type { BacklogView, ExecutorView } from '../../extension/model/queries';
import { exactNowNs, nowNs } from '../clock';
import { backlogs } from '../store';
import { count, t } from '../texts';
import { colour } from '../theme';
import { ChartTable } from './parts';
import { useCanvas } from './useCanvas';

const AXIS_WIDTH = 34;
const TABLE_ROWS = 6;
const SECONDS = (STRETCHES * STRETCH_NS) / 1e9;

/** A stretch of the minute; null before the executor was there. */
type Fill = { readonly busy: number; readonly queued: number } | null;

/** The chart and the table that says the same. */
export function BacklogChart(props: { readonly executor: ExecutorView; readonly name: string }): JSX.Element {
  const { executor, name } = props;
  const backlog = backlogs.value.find((each) => each.executor === executor.id);
  const canvas = useCanvas((context, width, height) => {
    drawFills(context, width, height, fillsUntil(backlog, executor, exactNowNs()), executor.maxWorkers);
  }, STRETCH_NS / 1e6);
  const fills = fillsUntil(backlog, executor, nowNs.value);
  const part = STRETCHES / TABLE_ROWS;
  return (
    <figure class="backlog-chart" title={t('backlog.title', SECONDS, executor.maxWorkers)}>
      <canvas ref={canvas} aria-hidden="true" />
      <ChartTable
        caption={t('backlog.caption', name, SECONDS / TABLE_ROWS)}
        heads={[t('lag.from'), t('backlog.busy'), t('backlog.queued')]}
        rows={Array.from({ length: TABLE_ROWS }, (_, row) => {
          const known = fills.slice(row * part, (row + 1) * part).filter((fill) => fill !== null);
          const most = (of: 'busy' | 'queued'): string =>
            known.length === 0 ? '–' : count(Math.max(...known.map((fill) => fill[of])));
          return [t('lag.ago', SECONDS - (row * SECONDS) / TABLE_ROWS), most('busy'), most('queued')];
        })}
      />
    </figure>
  );
}

/** The minute before `untilNs`, oldest stretch first. What was told last goes on. */
function fillsUntil(backlog: BacklogView | undefined, now: ExecutorView, untilNs: number): readonly Fill[] {
  const end = Math.max(Math.floor(untilNs / STRETCH_NS), backlog?.last ?? 0);
  return Array.from({ length: STRETCHES }, (_, index): Fill => {
    const stretch = end - STRETCHES + 1 + index;
    if (backlog === undefined) return null;
    if (stretch > backlog.last) return { busy: now.busy, queued: now.queued };
    const at = backlog.busy.length - 1 - (backlog.last - stretch);
    const [busy, queued] = [backlog.busy[at], backlog.queued[at]];
    return busy === undefined || queued === undefined ? null : { busy, queued };
  });
}

/** Paints bars, joined to one shape, with a rule where all workers are busy. */
function drawFills(
  context: CanvasRenderingContext2D,
  width: number,
  height: number,
  fills: readonly Fill[],
  workers: number,
): void {
  const plot = Math.max(1, width - AXIS_WIDTH);
  const top = Math.max(1, workers, ...fills.map((fill) => (fill === null ? 0 : fill.busy + fill.queued)));
  const y = (jobs: number): number => Math.round(height - (jobs / top) * (height - 7));
  const x = (index: number): number => Math.round((index / fills.length) * plot);
  fills.forEach((fill, index) => {
    if (fill === null) return;
    const bar = (from: number, to: number, tone: string): void => {
      context.fillStyle = tone;
      context.fillRect(x(index), y(to), x(index + 1) - x(index), y(from) - y(to));
    };
    bar(0, fill.busy, colour('--loopscope-running'));
    bar(fill.busy, fill.busy + fill.queued, colour('--loopscope-ready'));
  });
  context.strokeStyle = colour('--loopscope-dim');
  context.fillStyle = colour('--loopscope-dim');
  context.font = `11px ${colour('--vscode-font-family')}`;
  context.textAlign = 'right';
  context.textBaseline = 'middle';
  context.setLineDash([4, 4]);
  context.beginPath();
  context.moveTo(0, y(workers) + 0.5);
  context.lineTo(plot, y(workers) + 0.5);
  context.stroke();
  context.setLineDash([]);
  context.fillText(count(workers), width, Math.min(height - 6, Math.max(6, y(workers))));
  if (y(workers) - y(top) > 12) context.fillText(count(top), width, Math.max(6, y(top)));
}
