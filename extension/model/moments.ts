import type { Cause, Site, WaitKind } from '../protocol/generated/types';
import { blockFingerprint, findingFingerprint } from './fingerprints';
import type { FindingView, ProcessQueries } from './queries';

/** Tasks alive that one line created. */
export interface TaskCount {
  readonly site: Site | null;
  readonly alive: number;
}

/** Tasks of one coroutine that wait on the same kind of thing. */
export interface WaitCount {
  readonly kind: WaitKind;
  /** What one of them waits on. */
  readonly label: string;
  readonly coroutine: string;
  readonly count: number;
}

/** A place that held a loop. */
export interface HoldCount {
  readonly site: Site | null;
  readonly callee: string | null;
  readonly cause: Cause;
  readonly count: number;
  readonly totalNs: number;
}

/** What counts of a process at one moment, kept so that a later moment or another run can be compared with it. */
export interface Moment {
  /** What it is of: the program or the recording. */
  readonly title: string;
  /** Names the run: moments of one run are compared line by line. */
  readonly run: string;
  /** On the clock of that run, in nanoseconds. */
  readonly atNs: number;
  readonly tasks: readonly TaskCount[];
  readonly waits: ReadonlyMap<string, WaitCount>;
  readonly holds: ReadonlyMap<string, HoldCount>;
  readonly findings: ReadonlyMap<string, FindingView>;
}

/** The same thing at two moments; null at the one where there was none. */
export interface Change<Row> {
  readonly before: Row | null;
  readonly after: Row | null;
}

/** What differs between two moments, what grew most first, at most {@link MAX_CHANGES} of each kind. */
export interface Changes {
  readonly tasks: readonly Change<TaskCount>[];
  readonly waits: readonly Change<WaitCount>[];
  readonly holds: readonly Change<HoldCount>[];
  readonly findings: readonly Change<FindingView>[];
  /** Changes that are left out. */
  readonly omitted: number;
}

/** The most changes of each kind. */
export const MAX_CHANGES = 40;

/** The moment a process is at. `now` is `performance.now()`-like ms of this viewer. */
export function momentOf(process: ProcessQueries, now: number, title?: string): Moment {
  const overview = process.overview(now);
  const sum = <Row extends { readonly count: number }>(rows: Map<string, Row>, key: string, row: Row): void => {
    const known = rows.get(key);
    rows.set(key, known === undefined ? row : { ...known, count: known.count + row.count });
  };
  const holds = new Map<string, HoldCount>();
  for (const block of process.blocks()) {
    const { site, callee, cause, count, totalNs } = block;
    const key = blockFingerprint(block);
    const known = holds.get(key);
    holds.set(key, {
      site: known?.site ?? site,
      callee,
      cause: known?.cause ?? cause,
      count: (known?.count ?? 0) + count,
      totalNs: (known?.totalNs ?? 0) + totalNs,
    });
  }
  const findings = new Map<string, FindingView>();
  for (const finding of process.findings()) sum(findings, findingFingerprint(finding), finding);
  return {
    title: title ?? overview.title,
    run: JSON.stringify([overview.process.pid, overview.startedWallMs]),
    atNs: overview.nowNs,
    tasks: process.taskSites().flatMap(({ site, alive }) => (alive === 0 ? [] : [{ site, alive }])),
    waits: waitsOf(process),
    holds,
    findings,
  };
}

/** What differs between two moments, of one run or of two. */
export function changesBetween(before: Moment, after: Moment): Changes {
  // Between two runs the file may have been edited, so that lines say less than functions.
  const byLine = before.run === after.run;
  const tasks = differing(tasksBy(byLine, before), tasksBy(byLine, after), (row) => row.alive);
  const waits = differing(before.waits, after.waits, (row) => row.count);
  const holds = differing(before.holds, after.holds, (row) => row.totalNs);
  const findings = differing(before.findings, after.findings, (row) => row.count);
  const all = [tasks, waits, holds, findings];
  return {
    tasks: tasks.slice(0, MAX_CHANGES),
    waits: waits.slice(0, MAX_CHANGES),
    holds: holds.slice(0, MAX_CHANGES),
    findings: findings.slice(0, MAX_CHANGES),
    omitted: all.reduce((omitted, changes) => omitted + Math.max(0, changes.length - MAX_CHANGES), 0),
  };
}

function waitsOf(process: ProcessQueries): Map<string, WaitCount> {
  const counts = new Map<string, { kind: WaitKind; label: string; coroutine: string; count: number }>();
  for (const { wait, coroutine } of process.taskRecords()) {
    if (wait === null) continue;
    const key = `${wait.kind} ${coroutine}`;
    const known = counts.get(key);
    if (known === undefined) counts.set(key, { kind: wait.kind, label: wait.label, coroutine, count: 1 });
    else known.count++;
  }
  return counts;
}

function tasksBy(byLine: boolean, { tasks }: Moment): Map<string, TaskCount> {
  const counts = new Map<string, TaskCount>();
  for (const { site, alive } of tasks) {
    const key = site === null ? '' : `${byLine ? site.line : ''} ${site.function} ${site.file}`;
    const known = counts.get(key);
    counts.set(key, { site: known?.site ?? site, alive: (known?.alive ?? 0) + alive });
  }
  return counts;
}

function differing<Row>(
  before: ReadonlyMap<string, Row>,
  after: ReadonlyMap<string, Row>,
  amount: (row: Row) => number,
): Change<Row>[] {
  const growth = ({ before: old, after: now }: Change<Row>): number =>
    (now === null ? 0 : amount(now)) - (old === null ? 0 : amount(old));
  const changes: Change<Row>[] = [];
  for (const key of new Set([...before.keys(), ...after.keys()])) {
    const change = { before: before.get(key) ?? null, after: after.get(key) ?? null };
    if (change.before === null || change.after === null || growth(change) !== 0) changes.push(change);
  }
  return changes.sort((left, right) => growth(right) - growth(left));
}
