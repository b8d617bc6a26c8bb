import type { Site, Task } from '../protocol/generated/types';
import type { TaskColumn } from './queries';

/** Orders two tasks; never 0 for two different ones. */
export type TaskOrder = (left: Task, right: Task) => number;

const STATE_RANK: Readonly<Record<Task['state'], number>> = {
  running: 0,
  ready: 1,
  cancelling: 2,
  waiting: 3,
  failed: 4,
  cancelled: 5,
  finished: 6,
};

/** Tasks that wait on nothing have waited shortest. */
const NOT_WAITING_NS = Number.POSITIVE_INFINITY;

const ZERO = 48;
const NINE = 57;

/** The order of a column. It depends on the tasks alone, not on the time, so that a sorted list stays sorted. */
export function taskOrder(
  column: TaskColumn,
  descending: boolean,
  site: (id: number | null) => Site | null,
): TaskOrder {
  const order = ascending(column, site);
  return descending
    ? (left, right) => order(right, left) || right.id - left.id
    : (left, right) => order(left, right) || left.id - right.id;
}

function ascending(column: TaskColumn, site: (id: number | null) => Site | null): TaskOrder {
  switch (column) {
    case 'id':
      return (left, right) => left.id - right.id;
    case 'name':
      return (left, right) => compareNatural(left.name, right.name);
    case 'coroutine':
      return (left, right) => compareText(left.coroutine, right.coroutine);
    case 'created':
      return (left, right) =>
        left.created_site === right.created_site ? 0 : compareSites(site(left.created_site), site(right.created_site));
    case 'age':
      return (left, right) => right.created_ns - left.created_ns;
    case 'state':
      return (left, right) => STATE_RANK[left.state] - STATE_RANK[right.state];
    case 'waiting':
      return (left, right) => compareText(left.wait?.label ?? '\uffff', right.wait?.label ?? '\uffff');
    case 'waited': {
      const since = (task: Task): number => task.wait?.since_ns ?? NOT_WAITING_NS;
      return (left, right) => (since(left) === since(right) ? 0 : since(right) - since(left));
    }
  }
}

function compareText(left: string, right: string): number {
  return left === right ? 0 : left < right ? -1 : 1;
}

function compareSites(left: Site | null, right: Site | null): number {
  if (left === null || right === null) return left === right ? 0 : left === null ? 1 : -1;
  return compareText(left.file, right.file) || left.line - right.line;
}

/** Compares runs of digits by their value, so that `Task-9` comes before `Task-10`. */
export function compareNatural(left: string, right: string): number {
  let leftAt = 0;
  let rightAt = 0;
  while (leftAt < left.length && rightAt < right.length) {
    const leftCode = left.charCodeAt(leftAt);
    const rightCode = right.charCodeAt(rightAt);
    if (isDigit(leftCode) && isDigit(rightCode)) {
      const leftEnd = endOfDigits(left, leftAt);
      const rightEnd = endOfDigits(right, rightAt);
      const leftStart = skipZeros(left, leftAt, leftEnd);
      const rightStart = skipZeros(right, rightAt, rightEnd);
      const byLength = leftEnd - leftStart - (rightEnd - rightStart);
      if (byLength !== 0) return byLength;
      for (let index = 0; leftStart + index < leftEnd; index++) {
        const byDigit = left.charCodeAt(leftStart + index) - right.charCodeAt(rightStart + index);
        if (byDigit !== 0) return byDigit;
      }
      leftAt = leftEnd;
      rightAt = rightEnd;
    } else if (leftCode === rightCode) {
      leftAt++;
      rightAt++;
    } else {
      return leftCode - rightCode;
    }
  }
  return left.length - leftAt - (right.length - rightAt) || compareText(left, right);
}

function isDigit(code: number): boolean {
  return code >= ZERO && code <= NINE;
}

function endOfDigits(text: string, from: number): number {
  let at = from;
  while (at < text.length && isDigit(text.charCodeAt(at))) at++;
  return at;
}

function skipZeros(text: string, from: number, end: number): number {
  let at = from;
  while (at < end - 1 && text.charCodeAt(at) === ZERO) at++;
  return at;
}
