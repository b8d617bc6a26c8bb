/** What one task did lately, from the slices of its lane and, at `trace`, its single steps. */
import type { TaskRow } from '../model';
import type { Slice, TaskHistory, TaskMoment } from '../protocol/webview-messages';
import { MAX_MOMENTS } from '../protocol/webview-messages';

/** A step of the task, in nanoseconds. */
export interface Run {
  readonly fromNs: number;
  readonly toNs: number;
  /** From when on it could have run; 0 when that is not known. */
  readonly readyNs: number;
}

/** A creation and the first that is seen of a task are one report apart at most. */
const AT_ONCE_NS = 1e9;

/**
 * Puts a task's history together.
 * @param slices of the task's lane, in any order.
 * @param runs in their order.
 */
export function historyOf(task: TaskRow, slices: readonly Slice[], runs: readonly Run[]): TaskHistory {
  const moments = slices.flatMap((slice) => momentOf(slice, runs));
  for (const { fromNs, toNs, readyNs } of runs) {
    if (readyNs > 0 && readyNs < fromNs) {
      moments.push({ kind: 'ready', label: '', fromNs: readyNs, toNs: fromNs });
    }
    moments.push({ kind: 'running', label: '', fromNs, toNs });
  }
  moments.sort((a, b) => b.fromNs - a.fromNs);
  const sent = moments.slice(0, MAX_MOMENTS);
  const fromNs = sent.at(-1)?.fromNs ?? task.sinceNs;
  const isWhole = sent.length === moments.length && fromNs <= task.createdNs + AT_ONCE_NS;
  return { moments: sent, fromNs: isWhole ? null : fromNs, exact: runs.length > 0 };
}

/** What samples saw and steps do not tell: a wait, which was over at the latest when the task could run again. */
function momentOf({ kind, label, fromNs, toNs }: Slice, runs: readonly Run[]): TaskMoment[] {
  // Those are for other lanes.
  if (kind === 'block' || kind === 'idle' || kind === 'stopped' || kind === 'queued') return [];
  const [first] = runs;
  if ((kind === 'running' || kind === 'ready') && first !== undefined && fromNs >= first.readyNs) return [];
  const next = runs.find((run) => run.fromNs >= fromNs);
  const nextNs = next === undefined ? Infinity : Math.max(fromNs, next.readyNs > 0 ? next.readyNs : next.fromNs);
  const endNs = Math.min(toNs ?? Infinity, nextNs);
  return [{ kind, label: label === kind ? '' : label, fromNs, toNs: endNs === Infinity ? null : endNs }];
}
