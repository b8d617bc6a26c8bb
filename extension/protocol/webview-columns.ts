/** The columns of the task table, and which of them a person wants; the same in every page of every window. */

/** The columns in their order. The first is always shown; `steps` has something to say at `trace` only. */
export const TABLE_COLUMNS = ['name', 'coroutine', 'state', 'steps', 'waiting', 'waited', 'created', 'age'] as const;
/** One of {@link TABLE_COLUMNS}. */
export type TableColumn = (typeof TABLE_COLUMNS)[number];
/** The columns that a person wants; null for as many as there is room for. */
export type ColumnChoice = readonly TableColumn[] | null;

/** Whether something from outside is a choice of columns. */
export function isColumnChoice(value: unknown): value is ColumnChoice {
  const isColumn = (name: unknown): boolean => TABLE_COLUMNS.some((column) => column === name);
  return value === null || (Array.isArray(value) && value.length <= TABLE_COLUMNS.length && value.every(isColumn));
}
