/**
 * What the tools for language models answer: facts of the model, each with a sentence that can be quoted as it is. Pure and
 * read-only: nothing here changes the program.
 */
import {
  blockSentence,
  durationText,
  findingSentence,
  placeText,
  programTitle,
  untranslated as t,
  verdictSentence,
  type BlockView,
  type FindingView,
  type LoopView,
  type ProcessQueries,
  type SessionsQueries,
  type TaskRow,
} from '../model';
import type { Site } from '../protocol';
import type { ToolInput } from './input';

/** A place in a source file; lines count from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly function: string;
}

/** Part of a list. */
export interface Page<Entry> {
  /** How many there are in all. */
  readonly total: number;
  readonly offset: number;
  /** What to ask for next as `offset`; null after the last. */
  readonly next_offset: number | null;
  readonly entries: readonly Entry[];
}

/** Which process an answer is about. */
export interface ProcessFacts {
  readonly pid: number;
  readonly parent_pid: number;
  readonly program: string;
  readonly python: string;
  /** `live`, `silent` (its heartbeats are missing) or `ended`. */
  readonly phase: string;
}

/** What every answer has: who it is about, and a reminder where its words come from. */
export interface Answer {
  readonly process: ProcessFacts;
  readonly sentence: string;
}

export interface LoopStateAnswer extends Answer {
  readonly loops: readonly { readonly sentence: string; readonly id: number; readonly state: string }[];
  readonly tasks: { readonly alive: number; readonly created: number; readonly failed: number };
  readonly other_processes: readonly ProcessFacts[];
}

export interface TaskFacts {
  readonly sentence: string;
  readonly id: number;
  readonly name: string;
  readonly coroutine: string;
  readonly state: string;
  readonly waits_on: string | null;
  readonly waited_ms: number | null;
  readonly created_at: Place | null;
}

export interface TasksAnswer extends Answer, Page<TaskFacts> {}

/** One task, with its await stack from its coroutine to the innermost frame where that could be had. */
export interface TaskAnswer extends Answer {
  readonly task: TaskFacts;
  readonly await_stack: readonly Place[];
}

export interface BlockFacts {
  readonly sentence: string;
  readonly place: Place | null;
  readonly callee: string | null;
  readonly cause: string;
  /** False where the line is not to blame, as for a garbage collection. */
  readonly line_at_fault: boolean;
  readonly count: number;
  readonly longest_ms: number;
  readonly total_ms: number;
  readonly tasks_that_waited: number;
}

export interface BlocksAnswer extends Answer, Page<BlockFacts> {}

export interface FindingFacts {
  readonly sentence: string;
  readonly rule: string;
  readonly severity: string;
  readonly place: Place | null;
  readonly count: number;
  readonly evidence: FindingView['evidence'];
}

export interface FindingsAnswer extends Answer, Page<FindingFacts> {}

const NS_PER_MS = 1e6;

/** Loops, their lag and what is wrong first. @throws Error with a sentence when there is no such process. */
export function loopState(sessions: SessionsQueries, input: ToolInput, now: number): LoopStateAnswer {
  const model = find(sessions, input, now);
  const overview = model.overview(now);
  const { counts, loops, verdict } = overview;
  const sentence =
    verdict === null ? 'Nothing has held a loop, and nothing else was found.' : verdictSentence(verdict, t);
  return {
    ...about(model, sentence, now),
    loops: loops.map((loop) => ({ sentence: loopSentence(loop), id: loop.id, state: loop.state })),
    tasks: { alive: counts.alive, created: counts.created, failed: counts.failed },
    other_processes: sessions.processes.filter((other) => other !== model).map((other) => facts(other, now)),
  };
}

/** What tasks wait on, those that wait longest first. @throws Error with a sentence, also for a filter that cannot be read. */
export function tasks(sessions: SessionsQueries, input: ToolInput, now: number): TasksAnswer {
  const model = find(sessions, input, now);
  const { filter, offset, count } = input;
  const found = model.tasks({ filter, sort: 'waited', descending: true, offset, count }, now);
  if (found.filterError !== null) throw new Error(found.filterError);
  const { nowNs } = model.overview(now);
  const of = filter === '' ? 'alive or lately ended' : `that match “${filter}”`;
  return {
    ...about(model, `${found.matching} tasks ${of}.`, now),
    ...page(
      found.rows.map((row) => taskFacts(row, nowNs)),
      found.matching,
      offset,
    ),
  };
}

/** One task and its await stack. @throws Error with a sentence when there is no such task. */
export async function task(sessions: SessionsQueries, input: ToolInput, now: number): Promise<TaskAnswer> {
  const model = find(sessions, input, now);
  const row = input.task === null ? null : model.task(input.task);
  if (row === null) throw new Error(`There is no task ${input.task}: it may have ended; list the tasks anew.`);
  const found = taskFacts(row, model.overview(now).nowNs);
  const stack = await sessions.awaitStack(model.key, row.id).catch(() => []);
  return { ...about(model, found.sentence, now), task: found, await_stack: stack.map((site) => place(site)) };
}

/** The lines that held a loop, by total time. @throws Error with a sentence when there is no such process. */
export function blocks(sessions: SessionsQueries, input: ToolInput, now: number): BlocksAnswer {
  const model = find(sessions, input, now);
  const found = model.blocks().filter(({ site }) => isIn(site, input.file));
  const sentence =
    found.length === 0
      ? `Nothing has held a loop longer than ${model.overview(now).thresholdMs} ms.`
      : `${found.length === 1 ? '1 place has' : `${found.length} places have`} held a loop longer than ${model.overview(now).thresholdMs} ms.`;
  return { ...about(model, sentence, now), ...pageOf(found.map(blockFacts), input) };
}

/** Everything that was found, by severity. @throws Error with a sentence when there is no such process. */
export function findings(sessions: SessionsQueries, input: ToolInput, now: number): FindingsAnswer {
  const model = find(sessions, input, now);
  const found = model
    .findings()
    .filter(({ rule, site }) => (input.rule === null || rule === input.rule) && isIn(site, input.file));
  const sentence = found.length === 1 ? '1 finding.' : `${found.length} findings.`;
  return { ...about(model, sentence, now), ...pageOf(found.map(findingFacts), input) };
}

function find(sessions: SessionsQueries, { process }: ToolInput, now: number): ProcessQueries {
  if (process === null) {
    if (sessions.current) return sessions.current;
    throw new Error(
      'No program is under inspection: ask the person to start one with Loopscope, or to attach by “Loopscope: Attach…”.',
    );
  }
  const pidOf = (model: ProcessQueries): number => model.overview(now).process.pid;
  const found = sessions.processes.find((model) => pidOf(model) === process);
  if (found) return found;
  const others = sessions.processes.map(pidOf).join(', ');
  throw new Error(
    `Process ${process} is not under inspection${others === '' ? '' : `; these are, or were: ${others}`}.`,
  );
}

function about(model: ProcessQueries, sentence: string, now: number): Answer {
  return { process: facts(model, now), sentence };
}

function facts(model: ProcessQueries, now: number): ProcessFacts {
  const { process, phase } = model.overview(now);
  const { pid, parent_pid, python } = process;
  return { pid, parent_pid, program: programTitle(process), python, phase };
}

function loopSentence({ id, class: name, thread, state, tasks: alive, ready, lagMs, block }: LoopView): string {
  const where = thread === '' ? '' : ` in ${thread}`;
  const held =
    block === null ? '' : ` It has been held for ${durationText(block.durationNs)}${by(block.callee, block.site)}.`;
  return (
    `Loop ${id} (${name}${where}) is ${state}: ${alive} tasks, ${ready} callbacks ready, lag ${lagMs.p50} ms in the middle, ` +
    `${lagMs.p99} ms for 99 of 100, ${lagMs.max} ms at most.${held}`
  );
}

function by(callee: string | null, site: Site | null): string {
  const at = site === null ? '' : ` at ${placeText(site.file, site.line)}`;
  return callee === null ? at : ` by ${callee}${at}`;
}

function taskFacts(row: TaskRow, nowNs: number): TaskFacts {
  const waitedNs = row.wait === null ? null : Math.max(0, nowNs - row.wait.sinceNs);
  const doing =
    row.wait === null ? `is ${row.state}` : `has waited on ${row.wait.label} for ${durationText(waitedNs ?? 0)}`;
  const made =
    row.createdSite === null ? '' : `, and was made at ${placeText(row.createdSite.file, row.createdSite.line)}`;
  return {
    sentence: `Task ${row.id} “${row.name}” (${row.coroutine}) ${doing}${made}.`,
    id: row.id,
    name: row.name,
    coroutine: row.coroutine,
    state: row.state,
    waits_on: row.wait?.label ?? null,
    waited_ms: waitedNs === null ? null : Math.round(waitedNs / NS_PER_MS),
    created_at: row.createdSite === null ? null : place(row.createdSite),
  };
}

function blockFacts(block: BlockView): BlockFacts {
  const where = block.site === null ? 'No line of the program' : placeText(block.site.file, block.site.line);
  return {
    sentence: `${where}: ${blockSentence(block, t)}`,
    place: block.site === null ? null : place(block.site),
    callee: block.callee,
    cause: block.cause,
    line_at_fault: block.lineAtFault,
    count: block.count,
    longest_ms: Math.round(block.maxNs / NS_PER_MS),
    total_ms: Math.round(block.totalNs / NS_PER_MS),
    tasks_that_waited: block.victims,
  };
}

function findingFacts(finding: FindingView): FindingFacts {
  const { rule, severity, count, evidence, site } = finding;
  const sentence = findingSentence(finding, t);
  return { sentence, rule, severity, place: site === null ? null : place(site), count, evidence };
}

function place({ file, line, function: name }: Site): Place {
  return { file, line, function: name };
}

/** Whether a place is in a file that is named by its path or the end of it. */
function isIn(site: Site | null, file: string | null): boolean {
  if (file === null) return true;
  if (site === null) return false;
  const [path, end] = [site.file, file].map((text) => text.replaceAll('\\', '/'));
  return path === end || (path ?? '').endsWith(`/${(end ?? '').replace(/^\.?\//u, '')}`);
}

function pageOf<Entry>(entries: readonly Entry[], { offset, count }: ToolInput): Page<Entry> {
  return page(entries.slice(offset, offset + count), entries.length, offset);
}

function page<Entry>(entries: readonly Entry[], total: number, offset: number): Page<Entry> {
  const next = offset + entries.length;
  return { total, offset, next_offset: entries.length > 0 && next < total ? next : null, entries };
}
