/** What happened in a range of the timeline, added up by task, by line or by cause. */
import type { Lane, Slice } from '../extension/protocol/webview-messages';
import type { Site } from '../extension/protocol/generated/types';
import type { Step } from './stepHistory';

/** What the time of a range is added up by. */
export const SUMMARY_GROUPINGS = ['task', 'line', 'cause'] as const;
export type SummaryGrouping = (typeof SUMMARY_GROUPINGS)[number];

/** What happens in a range. */
export interface Happenings {
  readonly lanes: readonly Lane[];
  readonly slices: Iterable<Slice>;
  /** Exact runs; where there are some, they count instead of the sampled ones. */
  readonly steps: Iterable<Step>;
}

/** A line of the summary. */
export interface SummaryLine {
  readonly key: string;
  readonly kind: Slice['kind'];
  /** What it is called where it was seen; empty when the kind says it all. */
  readonly label: string;
  /** The lane, or how many lanes it is of. */
  readonly lanes: ReadonlySet<string>;
  readonly site: Site | null;
  readonly totalNs: number;
}

const MOST = 40;

/** Time within the range; blocks first, then what took longest. At most {@link MOST} lines. */
export function summarise(
  { lanes, slices, steps }: Happenings,
  by: SummaryGrouping,
  fromNs: number,
  toNs: number,
  nowNs: number,
): readonly SummaryLine[] {
  const names = new Map(lanes.map((lane) => [lane.id, lane.label]));
  const lines = new Map<string, SummaryLine & { lanes: Set<string>; totalNs: number }>();
  const add = (what: Pick<Slice, 'lane' | 'kind' | 'label' | 'site'>, beginNs: number, endNs: number): void => {
    const lane = names.get(what.lane);
    const ns = Math.min(toNs, endNs) - Math.max(fromNs, beginNs);
    if (lane === undefined || ns <= 0) return;
    const { kind, site } = what;
    const label = by === 'task' || kind === 'block' || kind === 'job' ? what.label : '';
    const place = site === null ? '' : String(site.id);
    const key = { task: `${what.lane} ${kind} ${label}`, line: `${place} ${kind} ${label}`, cause: `${kind} ${label}` }[
      by
    ];
    let line = lines.get(key);
    if (line === undefined) {
      line = { key, kind, label, lanes: new Set(), site: by === 'cause' ? null : site, totalNs: 0 };
      lines.set(key, line);
    }
    line.lanes.add(lane);
    line.totalNs += ns;
  };
  const sites = new Map<string, Site>();
  const exact = new Set<string>();
  const runs = [...steps];
  for (const { lane } of runs) exact.add(lane);
  for (const slice of slices) {
    if (slice.site !== null) sites.set(slice.lane, slice.site);
    if (exact.has(slice.lane) && (slice.kind === 'running' || slice.kind === 'ready')) continue;
    add(slice, slice.fromNs, slice.toNs ?? nowNs);
  }
  for (const { lane, fromNs: began, toNs: ended, readyNs } of runs) {
    const what = { lane, label: '', site: sites.get(lane) ?? null };
    add({ ...what, kind: 'running' }, began, ended);
    add({ ...what, kind: 'ready' }, readyNs, began);
  }
  const rank = (line: SummaryLine): number => (line.kind === 'block' ? 1 : 0);
  return [...lines.values()].sort((a, b) => rank(b) - rank(a) || b.totalNs - a.totalNs).slice(0, MOST);
}
