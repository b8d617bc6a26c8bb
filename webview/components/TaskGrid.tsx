/** The task table: a virtual tree-grid whose rows the host computes and sends a window at a time. */
import type { JSX, RefObject } from 'preact';
import { computed } from '@preact/signals';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { MAX_ROWS } from '../../extension/protocol/webview-messages';
import type { TableRow } from '../../extension/protocol/webview-messages';
import { SPARK_SECONDS } from '../../extension/model/taskSeconds';
import type { TableColumn } from '../../extension/protocol/webview-columns';
import {
  descending,
  openGroups,
  openSite,
  overview,
  ROW_HEIGHT,
  selectedTask,
  sort,
  stepsShown,
  tasks,
  visibleRows,
} from '../store';
import { COLUMNS, columnChoice, gridColumns, shownColumns, stateIsDot, tableWidth } from '../taskColumns';
import { count, t } from '../texts';
import { Icon } from './parts';
import { TaskGridRow } from './TaskGridRow';
import { TaskToolbar } from './TaskToolbar';

const OVERSCAN = 10;

/** The task table, with its filter and grouping where `toolbar` is true. */
export function TaskGrid({ toolbar }: { readonly toolbar: boolean }): JSX.Element {
  const table = tasks.value;
  const body = useRef<HTMLDivElement>(null);
  const [active, setActive] = useState(0);
  const rowCount = table?.rowCount ?? 0;
  const current = Math.min(active, Math.max(0, rowCount - 1));
  useVisibleRows(body, rowCount);
  const columns = stepsShown.value ? shownColumns.value : withoutSteps.value;
  const { template, least } = gridColumns(columns);

  const rowAt = (index: number): TableRow | undefined => table?.rows[index - table.offset];
  const moveTo = (index: number): void => {
    const next = Math.max(0, Math.min(rowCount - 1, index));
    setActive(next);
    const element = body.current;
    if (element === null) return;
    const top = next * ROW_HEIGHT;
    const shown = element.clientHeight - ROW_HEIGHT;
    if (top < element.scrollTop) element.scrollTop = top;
    else if (top > element.scrollTop + shown - ROW_HEIGHT) element.scrollTop = top - shown + ROW_HEIGHT;
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const page = Math.max(1, Math.floor((body.current?.clientHeight ?? ROW_HEIGHT) / ROW_HEIGHT) - 2);
    const moves: Readonly<Record<string, number>> = {
      ArrowDown: current + 1,
      ArrowUp: current - 1,
      PageDown: current + page,
      PageUp: current - page,
      Home: 0,
      End: rowCount - 1,
    };
    const target = moves[event.key];
    if (target !== undefined) moveTo(target);
    else if (!onRowKey(event.key, rowAt(current))) return;
    event.preventDefault();
  };

  return (
    <section class="task-table section" aria-label={t('tasks.title')}>
      {toolbar ? (
        <TaskToolbar />
      ) : (
        <header class="section-head">
          <h2>{t('tasks.title')}</h2>
          <div class="section-aside">{countText()}</div>
        </header>
      )}
      <div
        ref={body}
        class={`grid ${columnChoice.value === null ? '' : 'chosen'} ${stateIsDot.value ? 'dots' : ''}`}
        style={{ '--columns': template, '--least': least }}
        role="treegrid"
        tabIndex={0}
        aria-label={t('tasks.title')}
        aria-rowcount={rowCount + 1}
        {...(rowAt(current) === undefined ? {} : { 'aria-activedescendant': `row-${String(current)}` })}
        onKeyDown={onKeyDown}
      >
        <div class="grid-head grid-row" role="row" aria-rowindex={1}>
          {columns.map((name) => (
            <HeadCell key={name} name={name} />
          ))}
        </div>
        {rowCount === 0 ? (
          <div class="quiet" role="row">
            <span role="gridcell">{emptyText()}</span>
          </div>
        ) : (
          <div class="grid-space" role="rowgroup" style={{ height: `${String(rowCount * ROW_HEIGHT)}px` }}>
            {table?.rows.map((row, index) => (
              <TaskGridRow
                key={row.type === 'task' ? `t${String(row.task.id)}` : `g${row.group.key}`}
                row={row}
                columns={columns}
                index={table.offset + index}
                active={table.offset + index === current}
                selected={row.type === 'task' && row.task.id === selectedTask.value}
                onChoose={() => {
                  setActive(table.offset + index);
                  choose(row);
                }}
              />
            ))}
          </div>
        )}
      </div>
    </section>
  );
}

function countText(): string {
  const counts = overview.value?.counts;
  return counts === undefined ? '' : t('tasks.count', counts.alive, counts.created);
}

function emptyText(): string {
  const table = tasks.value;
  if (table === null) return t('waiting.loading');
  return table.filterError ?? t(table.known === 0 ? 'tasks.empty' : 'tasks.noMatch');
}

const withoutSteps = computed(() => shownColumns.value.filter((name) => name !== 'steps'));

function HeadCell({ name }: { readonly name: TableColumn }): JSX.Element {
  const column = COLUMNS[name];
  if (column.sort === null) {
    return (
      <div role="columnheader" class={`cell ${column.class} dim`} title={t('sparks.title', SPARK_SECONDS)}>
        {t(column.text)}
      </div>
    );
  }
  const by = column.sort;
  const sorted = sort.value === by;
  return (
    <div
      role="columnheader"
      class={`cell ${column.class}`}
      aria-sort={sorted ? (descending.value ? 'descending' : 'ascending') : 'none'}
    >
      <button
        type="button"
        class="head-button"
        onClick={() => {
          descending.value = sorted ? !descending.value : by === 'waited' || by === 'age';
          sort.value = by;
        }}
      >
        {t(column.text)}
        {sorted && <Icon name={descending.value ? 'chevron-down' : 'chevron-up'} />}
      </button>
    </div>
  );
}

/** What choosing a row with the mouse or the space bar does. */
function choose(row: TableRow): void {
  if (row.type === 'task') selectedTask.value = selectedTask.value === row.task.id ? null : row.task.id;
  else toggle(row.group.key);
}

function toggle(key: string): void {
  openGroups.value = openGroups.value.includes(key)
    ? openGroups.value.filter((other) => other !== key)
    : [...openGroups.value, key];
}

/** Keys that act on the current row; false when the key means nothing there. */
function onRowKey(key: string, row: TableRow | undefined): boolean {
  if (row === undefined) return false;
  if (key === ' ') {
    choose(row);
    return true;
  }
  if (key === 'Escape' && selectedTask.value !== null) {
    selectedTask.value = null;
    return true;
  }
  if (key === 'Enter') {
    const site = row.type === 'task' ? (row.task.createdSite ?? row.task.coroutineSite) : row.group.site;
    if (site !== null) openSite(site.id);
    return true;
  }
  if (row.type === 'group' && ((key === 'ArrowRight' && !row.open) || (key === 'ArrowLeft' && row.open))) {
    toggle(row.group.key);
    return true;
  }
  return false;
}

/** Tells how wide the table is, and which rows are on the screen, rounded so that a small scroll asks for nothing. */
function useVisibleRows(body: RefObject<HTMLDivElement | null>, rowCount: number): void {
  const measure = (): void => {
    const element = body.current;
    if (element === null) return;
    tableWidth.value = element.offsetWidth;
    const first = Math.max(0, Math.floor(element.scrollTop / ROW_HEIGHT) - OVERSCAN);
    const rows = Math.ceil(element.clientHeight / ROW_HEIGHT) + 2 * OVERSCAN;
    const offset = first - (first % 10);
    const wanted = Math.min(MAX_ROWS, Math.ceil((rows + 10) / 10) * 10);
    const shown = visibleRows.peek();
    if (shown.offset !== offset || shown.count !== wanted) visibleRows.value = { offset, count: wanted };
  };
  useLayoutEffect(measure, [rowCount]);
  useEffect(() => {
    const element = body.current;
    if (element === null) return undefined;
    const resize = new ResizeObserver(measure);
    resize.observe(element);
    element.addEventListener('scroll', measure, { passive: true });
    return () => {
      resize.disconnect();
      element.removeEventListener('scroll', measure);
    };
  }, []);
}

/** How many tasks pass the filter, in words. */
export function matchingText(): string {
  const table = tasks.value;
  if (table === null) return '';
  return table.matching === table.known ? count(table.known) : t('tasks.matching', table.matching, table.known);
}
