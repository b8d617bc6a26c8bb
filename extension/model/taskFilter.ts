import type { Site, Task, TaskState } from '../protocol/generated/types';
import { t } from '../protocol/language';

/** What a filter may look at besides the task itself. */
export interface TaskFilterContext {
  readonly nowNs: number;
  site(id: number | null): Site | null;
}

/** A filter that was read. */
export interface TaskFilter {
  /** What could not be read and what to write instead, in a sentence; null when all was read. */
  readonly error: string | null;
  /** True when the answer for an unchanged task may change as time passes. */
  readonly timed: boolean;
  /** True when every task matches. */
  readonly all: boolean;
  matches(task: Task, context: TaskFilterContext): boolean;
}

type Predicate = (task: Task, context: TaskFilterContext) => boolean;

const STATES: readonly TaskState[] = ['running', 'ready', 'waiting', 'cancelling', 'finished', 'cancelled', 'failed'];
const UNITS_NS: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  min: 60e9,
  h: 3600e9,
};
const TERM = /-?(?:[a-z]+[:<>])?(?:\/(?:[^/\\]|\\.)*\/|"[^"]*"|[^\s"]\S*)/giu;
const FIELDS = 'name, coroutine, at, on, state, loop, age or waited';

/**
 * Reads the filter language: terms with blanks between them, all of which must hold; `-` before a term turns it round.
 *
 * - `word`, `"two words"`, `/expression/`: in the name, the coroutine or what the task waits on;
 * - `name:…`, `coroutine:…`, `on:…` (kind or label of the wait), `at:file.py:12` (where it was created);
 * - `state:waiting`, `loop:1`;
 * - `age>5s`, `waited<250ms`: since it was created, since it waits on what it waits on now; units ns, us, ms, s, m, h.
 *
 * Capital and small letters are the same. Never throws.
 */
export function parseTaskFilter(text: string): TaskFilter {
  const predicates: Predicate[] = [];
  let timed = false;
  let error: string | null = null;
  for (const [source] of text.matchAll(TERM)) {
    const negative = source.startsWith('-') && source.length > 1;
    const term = negative ? source.slice(1) : source;
    const read = readTerm(term);
    if (typeof read === 'string') {
      error ??= read;
      continue;
    }
    timed ||= read.timed;
    predicates.push(negative ? (task, context) => !read.predicate(task, context) : read.predicate);
  }
  return {
    error,
    timed,
    all: error === null && predicates.length === 0,
    matches: (task, context) => error === null && predicates.every((predicate) => predicate(task, context)),
  };
}

function readTerm(term: string): { predicate: Predicate; timed: boolean } | string {
  const parts = /^([a-z]+)([:<>])(.*)$/isu.exec(term);
  if (parts === null) {
    const pattern = readPattern(term);
    if (typeof pattern === 'string') return pattern;
    const anywhere: Predicate = (task) =>
      pattern(task.name) || pattern(task.coroutine) || (task.wait !== null && pattern(task.wait.label));
    return { predicate: anywhere, timed: false };
  }
  const [, field = '', operator = '', value = ''] = parts;
  const name = field.toLowerCase();
  if (name === 'age' || name === 'waited') return readDuration(name, operator, value);
  if (operator !== ':') return t('“{0}”: write “{1}:” and what it should be.', term, field);
  const predicate = readField(name, value);
  return typeof predicate === 'string' ? predicate : { predicate, timed: false };
}

function readField(name: string, value: string): Predicate | string {
  if (name === 'state') {
    const wanted = value.toLowerCase();
    if (!STATES.some((state) => state === wanted)) {
      return t('“{0}” is no state of a task; write one of {1}.', value, STATES.join(', '));
    }
    return (task) => task.state === wanted;
  }
  if (name === 'loop') {
    const wanted = Number(value);
    return Number.isInteger(wanted)
      ? (task) => task.loop === wanted
      : t('“loop:{0}”: write the number of a loop.', value);
  }
  const pattern = readPattern(value);
  if (typeof pattern === 'string') return pattern;
  switch (name) {
    case 'name':
      return (task) => pattern(task.name);
    case 'coroutine':
      return (task) => pattern(task.coroutine);
    case 'on':
      return (task) => task.wait !== null && (pattern(task.wait.kind) || pattern(task.wait.label));
    case 'at':
      return (task, context) => {
        const site = context.site(task.created_site);
        return site !== null && pattern(`${site.file}:${site.line}`);
      };
    default:
      return t('“{0}” is nothing to filter by; write {1}.', name, FIELDS);
  }
}

function readDuration(
  field: 'age' | 'waited',
  operator: string,
  value: string,
): { predicate: Predicate; timed: boolean } | string {
  const parts = /^(\d+(?:\.\d+)?)(ns|us|µs|ms|s|min|m|h)?$/iu.exec(value);
  if (parts === null || operator === ':')
    return t('“{0}”: write for instance {1}>5s.', field + operator + value, field);
  const limit = Number(parts[1]) * (UNITS_NS[(parts[2] ?? 's').toLowerCase()] ?? 1e9);
  const since = (task: Task): number | null => (field === 'age' ? task.created_ns : (task.wait?.since_ns ?? null));
  const predicate: Predicate = (task, context) => {
    const start = since(task);
    if (start === null) return false;
    const duration = context.nowNs - start;
    return operator === '>' ? duration > limit : duration < limit;
  };
  return { predicate, timed: true };
}

function readPattern(value: string): ((text: string) => boolean) | string {
  if (value.length > 1 && value.startsWith('/') && value.endsWith('/')) {
    try {
      const expression = new RegExp(value.slice(1, -1), 'iu');
      return (text) => expression.test(text);
    } catch {
      return t(
        '“{0}” is no regular expression; put a backslash before the characters that should stand for themselves.',
        value,
      );
    }
  }
  const wanted = (
    value.startsWith('"') && value.endsWith('"') && value.length > 1 ? value.slice(1, -1) : value
  ).toLowerCase();
  return (text) => text.toLowerCase().includes(wanted);
}
