/** Time from left to right: the loop above its tasks above its executors' workers. */
import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Lane, Slice } from '../../extension/protocol/webview-messages';
import { exactNowNs } from '../clock';
import { duration } from '../format';
import { openSite, selectedTask } from '../store';
import { t } from '../texts';
import type { Step } from '../stepHistory';
import { timelineHistory } from '../timelineHistory';
import type { Span } from '../timelineScale';
import { FIRST_SPAN, pan, zoom } from '../timelineScale';
import { Icon } from './parts';
import { AXIS_HEIGHT, LANE_HEIGHT, paintTimeline } from './timelinePaint';
import { Legend, Summary } from './TimelineSummary';
import { outcomeText } from './EndedJobs';
import { useCanvas } from './useCanvas';

/** A line of the timeline: a lane, or the heading of those below it. */
export type Row = { readonly type: 'lane'; readonly lane: Lane } | { readonly type: 'group'; readonly label: string };

interface Selection {
  readonly fromNs: number;
  readonly toNs: number;
}

/** The timeline moves fast enough for each of thirty frames a second to differ. */
const FRAME_MS = 33;
/** Less than this many pixels is a click, not a drag. */
const DRAG_PIXELS = 4;

function rowsOf(lanes: readonly Lane[]): readonly Row[] {
  const rows: Row[] = [];
  let group = '';
  for (const lane of lanes) {
    if (lane.group !== group) {
      group = lane.group;
      rows.push({
        type: 'group',
        label: group === 'loops' ? t('timeline.loops') : group === 'tasks' ? t('timeline.tasks') : group,
      });
    }
    rows.push({ type: 'lane', lane });
  }
  return rows;
}

/** The timeline view. */
export function TimelineView(): JSX.Element {
  timelineHistory.follow();
  const [span, setSpan] = useState<Span>(FIRST_SPAN);
  const [selection, setSelection] = useState<Selection | null>(null);
  const drag = useRef<{ readonly x: number; readonly ns: number } | null>(null);
  const rows = rowsOf(timelineHistory.lanes);
  const range = (): Selection => {
    const toNs = span.endNs ?? exactNowNs();
    return { fromNs: toNs - span.widthNs, toNs };
  };
  const chosen = selectedTask.value === null ? null : `t${String(selectedTask.value)}`;
  const canvas = useCanvas(
    (context, width, height) => {
      paintTimeline(context, width, height, { rows, ...range(), selection, chosen });
    },
    span.endNs === null ? FRAME_MS : null,
  );

  const nsAt = (event: MouseEvent): number => {
    const { fromNs, toNs } = range();
    return fromNs + (event.offsetX / Math.max(1, canvas.current?.clientWidth ?? 1)) * (toNs - fromNs);
  };
  const sliceAt = (event: MouseEvent): Slice | null => {
    const row = rows[Math.floor(event.offsetY / LANE_HEIGHT)];
    if (row?.type !== 'lane') return null;
    const { fromNs, toNs } = range();
    const slack = ((toNs - fromNs) / Math.max(1, canvas.current?.clientWidth ?? 1)) * 2;
    const ns = nsAt(event);
    for (const slice of timelineHistory.between(ns - slack, ns + slack)) if (slice.lane === row.lane.id) return slice;
    return null;
  };
  const stepAt = (event: MouseEvent): Step | null => {
    const row = rows[Math.floor(event.offsetY / LANE_HEIGHT)];
    if (row?.type !== 'lane') return null;
    const { fromNs, toNs } = range();
    const slack = ((toNs - fromNs) / Math.max(1, canvas.current?.clientWidth ?? 1)) * 2;
    const ns = nsAt(event);
    for (const step of timelineHistory.steps.between(ns - slack, ns + slack))
      if (step.lane === row.lane.id) return step;
    return null;
  };
  useWheel(canvas, (event) => {
    const share = event.offsetX / Math.max(1, canvas.current?.clientWidth ?? 1);
    if (event.ctrlKey || event.metaKey) setSpan((old) => zoom(old, 1.0025 ** event.deltaY, share, exactNowNs()));
    else if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
      const distance = event.deltaX === 0 ? event.deltaY : event.deltaX;
      setSpan((old) => pan(old, distance / 1000, exactNowNs()));
    } else return false;
    return true;
  });

  /** Selects the middle of what is shown, or widens what is selected to one side. */
  const widen = (side: -1 | 1): void => {
    const { fromNs, toNs } = range();
    const step = (toNs - fromNs) / 20;
    setSpan((old) => (old.endNs === null ? { ...old, endNs: toNs } : old));
    setSelection((old) => {
      if (old === null) return { fromNs: (fromNs + toNs) / 2 - step, toNs: (fromNs + toNs) / 2 + step };
      return side < 0
        ? { fromNs: Math.max(fromNs, old.fromNs - step), toNs: old.toNs }
        : { fromNs: old.fromNs, toNs: Math.min(toNs, old.toNs + step) };
    });
  };

  const onKeyDown = (event: KeyboardEvent): void => {
    const actions: Readonly<Record<string, () => void>> = {
      ArrowLeft: () => (event.shiftKey ? widen(-1) : setSpan(pan(span, -0.1, exactNowNs()))),
      ArrowRight: () => (event.shiftKey ? widen(1) : setSpan(pan(span, 0.1, exactNowNs()))),
      '+': () => setSpan(zoom(span, 0.7, 0.5, exactNowNs())),
      '=': () => setSpan(zoom(span, 0.7, 0.5, exactNowNs())),
      '-': () => setSpan(zoom(span, 1 / 0.7, 0.5, exactNowNs())),
      End: () => setSpan({ ...span, endNs: null }),
      Escape: () => setSelection(null),
    };
    const action = actions[event.key];
    if (action === undefined) return;
    event.preventDefault();
    action();
  };

  return (
    <div class="timeline">
      <div class="toolbar">
        <button
          type="button"
          class="icon-button"
          aria-pressed={span.endNs === null}
          aria-label={t('timeline.follow')}
          title={t('timeline.follow')}
          onClick={() => setSpan({ ...span, endNs: span.endNs === null ? exactNowNs() : null })}
        >
          <Icon name={span.endNs === null ? 'debug-pause' : 'play'} />
        </button>
        <button
          type="button"
          class="icon-button"
          aria-label={t('timeline.zoomIn')}
          title={t('timeline.zoomIn')}
          onClick={() => setSpan(zoom(span, 0.5, 0.5, exactNowNs()))}
        >
          <Icon name="zoom-in" />
        </button>
        <button
          type="button"
          class="icon-button"
          aria-label={t('timeline.zoomOut')}
          title={t('timeline.zoomOut')}
          onClick={() => setSpan(zoom(span, 2, 0.5, exactNowNs()))}
        >
          <Icon name="zoom-out" />
        </button>
        <span class="dim">{duration(span.widthNs).replace('.0', '')}</span>
        <span class="note">
          {[
            ...(timelineHistory.exact ? [] : [t('timeline.sampled')]),
            ...(timelineHistory.steps.dropped > 0 ? [t('timeline.dropped', timelineHistory.steps.dropped)] : []),
            ...(timelineHistory.omitted > 0 ? [t('timeline.omitted', timelineHistory.omitted)] : []),
          ].join(' ')}
        </span>
      </div>
      <div class="timeline-body">
        <LaneNames rows={rows} chosen={chosen} />
        <div class="timeline-plot" style={{ height: `${String(rows.length * LANE_HEIGHT + AXIS_HEIGHT)}px` }}>
          <canvas
            ref={canvas}
            tabIndex={0}
            role="application"
            aria-label={`${t('timeline.title')}. ${t('timeline.help')}`}
            onKeyDown={onKeyDown}
            onPointerDown={(event) => {
              drag.current = { x: event.offsetX, ns: nsAt(event) };
              event.currentTarget.setPointerCapture(event.pointerId);
            }}
            onPointerMove={(event) => {
              const start = drag.current;
              if (start !== null && Math.abs(event.offsetX - start.x) >= DRAG_PIXELS) {
                const ns = nsAt(event);
                setSpan((old) => (old.endNs === null ? { ...old, endNs: exactNowNs() } : old));
                setSelection({ fromNs: Math.min(start.ns, ns), toNs: Math.max(start.ns, ns) });
              } else if (start === null) event.currentTarget.title = describe(stepAt(event), sliceAt(event));
            }}
            onPointerUp={(event) => {
              const start = drag.current;
              drag.current = null;
              if (start === null || Math.abs(event.offsetX - start.x) >= DRAG_PIXELS) return;
              setSelection(null);
              const site = sliceAt(event)?.site;
              if (site !== null && site !== undefined) openSite(site.id);
            }}
          />
        </div>
      </div>
      <div>
        <Summary lanes={timelineHistory.lanes} range={selection ?? range()} selected={selection !== null} />
        <Legend />
      </div>
    </div>
  );
}

function describe(step: Step | null, slice: Slice | null): string {
  if (step !== null) {
    const { fromNs, toNs, readyNs } = step;
    const words = [t('state.running'), duration(toNs - fromNs)];
    return (readyNs < fromNs ? [...words, t('timeline.afterDelay', duration(fromNs - readyNs))] : words).join(' · ');
  }
  if (slice === null) return '';
  const until = slice.toNs ?? exactNowNs();
  const words = [slice.label, duration(until - slice.fromNs)];
  return (slice.outcome === undefined ? words : [...words, outcomeText(slice.outcome)]).join(' · ');
}

function LaneNames({ rows, chosen }: { readonly rows: readonly Row[]; readonly chosen: string | null }): JSX.Element {
  return (
    <ul class="lane-names">
      {rows.map((row, index) =>
        row.type === 'group' ? (
          <li key={`g${String(index)}`} class="lane-group">
            {row.label}
          </li>
        ) : (
          <li key={row.lane.id} class={row.lane.id === chosen ? 'chosen' : ''}>
            {row.lane.task === null ? (
              <span class="ellipsis">{row.lane.label}</span>
            ) : (
              <button
                type="button"
                class="link"
                title={row.lane.label}
                onClick={() => {
                  selectedTask.value = row.lane.task;
                }}
              >
                {row.lane.label}
              </button>
            )}
          </li>
        ),
      )}
    </ul>
  );
}

/** Listens to the wheel without the passive default, so that zooming does not scroll. `handle` says whether it was used. */
function useWheel(
  canvas: { readonly current: HTMLCanvasElement | null },
  handle: (event: WheelEvent) => boolean,
): void {
  const latest = useRef(handle);
  latest.current = handle;
  useEffect(() => {
    const element = canvas.current;
    if (element === null) return undefined;
    const onWheel = (event: WheelEvent): void => {
      if (latest.current(event)) event.preventDefault();
    };
    element.addEventListener('wheel', onWheel, { passive: false });
    return () => element.removeEventListener('wheel', onWheel);
  }, [canvas]);
}
