import { durationText, type ProcessQueries, type Translate } from '../model';

/** How far below its decorators the line of a coroutine is looked for. */
const MAX_DECORATORS = 50;

/** Different things waited on that are named. */
const MAX_WAITS = 2;

/** What is known of the tasks that run a coroutine. */
export interface Alive {
  tasks: number;
  /** Their process has ended, with these tasks left. */
  hasEnded: boolean;
  /** How many wait on what. */
  readonly waits: Map<string, number>;
}

/** A process as far as coroutines are counted in it. */
export type Counting = Pick<ProcessQueries, 'taskRecords' | 'site'> & { readonly isEnded: boolean };

/**
 * Counts the tasks of a process by the first line of their coroutine. A step of the iterator takes one task, so that the
 * caller can rest in between: there may be 100,000.
 *
 * @param found Told of each coroutine, once: file, line (from 1) and where its tasks are counted; returns whether it is wanted.
 */
export function* countTasks(
  process: Counting,
  found: (file: string, line: number, alive: Alive) => boolean,
): Generator<undefined, void> {
  const known = new Map<number, Alive | null>();
  for (const { coroutine_site: id, wait } of process.taskRecords()) {
    yield;
    if (id === null) continue;
    let alive = known.get(id);
    if (alive === undefined) {
      const site = process.site(id);
      const fresh: Alive = { tasks: 0, hasEnded: process.isEnded, waits: new Map() };
      alive = site?.user === true && found(site.file, site.line, fresh) ? fresh : null;
      known.set(id, alive);
    }
    if (alive === null) continue;
    alive.tasks++;
    if (wait !== null) alive.waits.set(wait.label, (alive.waits.get(wait.label) ?? 0) + 1);
  }
}

/** Adds tasks to those that are known of the same coroutine: those of a process that runs count before any that were left. */
export function together(known: Alive | undefined, more: Alive): Alive {
  if (known === undefined || (known.hasEnded && !more.hasEnded)) return more;
  if (more.hasEnded && !known.hasEnded) return known;
  const waits = new Map(known.waits);
  for (const [label, tasks] of more.waits) waits.set(label, tasks + (waits.get(label) ?? 0));
  return { tasks: known.tasks + more.tasks, hasEnded: known.hasEnded, waits };
}

/** The line of the `async def` that a code object's first line (its first decorator, or itself) leads to; lines from 0. */
export function coroutineBelow(lines: readonly string[], first: number): number | null {
  const below = lines.slice(first, first + MAX_DECORATORS).findIndex((text) => nameOf(text) !== null);
  return below < 0 ? null : first + below;
}

/** The line of the `async def` called `name` whose body a line is in; null when a line above says otherwise. Lines from 0. */
export function coroutineAround(lines: readonly string[], line: number, name: string): number | null {
  let indent = indentOf(lines[line] ?? '');
  for (let above = line - 1; above >= 0 && indent > 0; above--) {
    const text = lines[above] ?? '';
    // A closing bracket ends a statement that began further up.
    if (/^\s*(?:$|#|[)\]}])/u.test(text) || indentOf(text) >= indent) continue;
    indent = indentOf(text);
    if (/^\s*(?:async\s+def|def|class)\b/u.test(text)) return nameOf(text) === name ? above : null;
  }
  return null;
}

/** What is known of a coroutine, such as `3 alive, waiting on Lock (2), sleep 1 s · longest hold 412 ms`. */
export function coroutineText(alive: Alive | undefined, longestNs: number | undefined, t: Translate): string {
  const parts: string[] = [];
  if (alive !== undefined && alive.tasks > 0) {
    const waits = [...alive.waits].sort((left, right) => right[1] - left[1]);
    const named = waits.slice(0, MAX_WAITS).map(([label, tasks]) => (tasks === 1 ? label : `${label} (${tasks})`));
    const on = [...named, ...(waits.length > MAX_WAITS ? ['…'] : [])].join(', ');
    const tasks = alive.hasEnded ? t('{0} alive at the end', alive.tasks) : t('{0} alive', alive.tasks);
    parts.push(on === '' ? tasks : t('{0}, waiting on {1}', tasks, on));
  }
  if (longestNs !== undefined) parts.push(t('longest hold {0}', durationText(longestNs)));
  return parts.join(' · ');
}

function nameOf(text: string): string | null {
  return /^\s*async\s+def\s+(\w+)/u.exec(text)?.[1] ?? null;
}

function indentOf(text: string): number {
  return text.length - text.trimStart().length;
}
