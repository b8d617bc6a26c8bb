/** Which columns the task table has: those a person chose, or as many as its width has room for. */
import { computed, signal } from '@preact/signals';
import type { TaskColumn } from '../extension/model/queries';
import type { ColumnChoice, TableColumn } from '../extension/protocol/webview-columns';
import { TABLE_COLUMNS } from '../extension/protocol/webview-columns';
import type { TextKey } from '../extension/protocol/webview-texts';

/** A column as it is drawn. */
export interface Column {
  readonly text: TextKey;
  readonly class: string;
  /** What the table can be sorted by with it; null when it cannot. */
  readonly sort: TaskColumn | null;
  /** A share of what is left of the width, or pixels. */
  readonly width: `${number}fr` | `${number}px`;
  /** Tables narrower than this many pixels do without it unless it was chosen. */
  readonly from: number;
}

/** All columns. */
export const COLUMNS: Readonly<Record<TableColumn, Column>> = {
  name: { text: 'tasks.name', class: 'c-name', sort: 'name', width: '1.6fr', from: 0 },
  coroutine: { text: 'tasks.coroutine', class: 'c-coroutine', sort: 'coroutine', width: '1.3fr', from: 761 },
  state: { text: 'tasks.state', class: 'c-state', sort: 'state', width: '92px', from: 0 },
  steps: { text: 'sparks.head', class: 'c-steps', sort: null, width: '62px', from: 621 },
  waiting: { text: 'tasks.wait', class: 'c-wait', sort: 'waiting', width: '1.7fr', from: 0 },
  waited: { text: 'tasks.since', class: 'c-since', sort: 'waited', width: '74px', from: 0 },
  created: { text: 'tasks.created', class: 'c-created', sort: 'created', width: '1.2fr', from: 521 },
  age: { text: 'tasks.age', class: 'c-age', sort: 'age', width: '84px', from: 961 },
};

/** Tables up to this many pixels wide say the state with a dot. */
const DOT_WIDTH = 620;
const DOT = '10px';
/** Where columns were chosen, those that share the width get so many pixels at least: the table scrolls instead. */
const LEAST_SHARE = 90;
const GAP = 12;
const EDGES = 24;

/** What the person chose. */
export const columnChoice = signal<ColumnChoice>(null);
/** Width of the table in CSS pixels, set by the table itself. */
export const tableWidth = signal(window.innerWidth);

/** The widest limit of a column that fits: nothing changes between two of them. */
const room = computed(() =>
  Math.max(...TABLE_COLUMNS.map((name) => COLUMNS[name].from).filter((from) => from <= tableWidth.value)),
);

/** The columns that are shown, where steps are counted. */
export const shownColumns = computed<readonly TableColumn[]>(() => {
  const choice = columnChoice.value;
  return TABLE_COLUMNS.filter((name) =>
    choice === null ? COLUMNS[name].from <= room.value : name === 'name' || choice.includes(name),
  );
});

/** True where the state is but a dot. */
export const stateIsDot = computed(() => columnChoice.value === null && tableWidth.value <= DOT_WIDTH);

/** Shows or hides a column; from then on the choice is the person's. */
export function toggleColumn(name: TableColumn): ColumnChoice {
  const shown = shownColumns.value;
  columnChoice.value = TABLE_COLUMNS.filter((other) => (other === name) !== shown.includes(other));
  return columnChoice.value;
}

/** The columns for the style sheet, and the least width of a row. */
export function gridColumns(columns: readonly TableColumn[]): { readonly template: string; readonly least: string } {
  const isChosen = columnChoice.value !== null;
  let least = EDGES + GAP * (columns.length - 1);
  const widths = columns.map((name) => {
    const { width } = COLUMNS[name];
    if (name === 'state' && stateIsDot.value) return DOT;
    least += width.endsWith('fr') ? LEAST_SHARE : Number.parseInt(width, 10);
    return isChosen && width.endsWith('fr') ? `minmax(${String(LEAST_SHARE)}px, ${width})` : width;
  });
  return { template: widths.join(' '), least: isChosen ? `${String(least)}px` : '0' };
}
