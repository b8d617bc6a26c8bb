import type { Value } from './values.js';

/** Unions larger than this say nothing useful; a factory of some twenty classes still does. */
const MOST_VALUES = 24;
const NOTHING: readonly Value[] = [];

/** Flattens alternatives, without repeats; too many alternatives count as unknown. */
export function joined(lists: readonly (readonly Value[])[]): readonly Value[] {
  if (lists.length === 1 && lists[0] !== undefined) return lists[0];
  const all: Value[] = [];
  for (const list of lists) {
    for (const value of list) if (!all.some((existing) => sameValue(existing, value))) all.push(value);
  }
  return all.length > MOST_VALUES ? NOTHING : all;
}

function sameValue(left: Value, right: Value): boolean {
  if (left.kind !== right.kind) return false;
  if (left.kind === 'external' && right.kind === 'external')
    return left.name === right.name && left.isInstance === right.isInstance;
  if (left.kind === 'function' && right.kind === 'function') return left.function === right.function;
  if ((left.kind === 'instance' && right.kind === 'instance') || (left.kind === 'class' && right.kind === 'class'))
    return left.class === right.class;
  return left === right;
}
