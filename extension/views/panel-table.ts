/** Windows of the task table: sorted, filtered, grouped rows, each with what was found that is about it. */
import type { FindingView, ProcessQueries, TaskQuery } from '../model';
import type { TableRow, TaskTable, TaskWindow } from '../protocol/webview-messages';
import { MAX_ROWS } from '../protocol/webview-messages';

/** The window of the task table that was asked for. */
export function taskTable(process: ProcessQueries, window: TaskWindow, now: number): TaskTable {
  const offset = Math.max(0, Math.floor(window.offset));
  const count = Math.min(MAX_ROWS, Math.max(0, Math.floor(window.count)));
  const query: TaskQuery = { filter: window.filter, sort: window.sort, descending: window.descending, offset, count };
  if (window.grouping === null) {
    const page = process.tasks(query, now);
    return {
      known: page.known,
      matching: page.matching,
      rowCount: page.matching,
      offset: page.offset,
      ...withFindings(
        process,
        page.rows.map((task) => ({ type: 'task', task })),
      ),
      filterError: page.filterError,
    };
  }
  return groupedTable(process, query, window.grouping, window.open, now);
}

function groupedTable(
  process: ProcessQueries,
  query: TaskQuery,
  by: NonNullable<TaskWindow['grouping']>,
  open: readonly string[],
  now: number,
): TaskTable {
  const all = process.tasks({ ...query, offset: 0, count: 0 }, now);
  const end = query.offset + query.count;
  const rows: TableRow[] = [];
  let at = 0;
  for (const group of process.taskGroups(by, query.filter, now)) {
    const isOpen = open.includes(group.key);
    if (at >= query.offset && at < end) rows.push({ type: 'group', group, open: isOpen });
    at++;
    if (!isOpen) continue;
    const first = Math.max(0, query.offset - at);
    const wanted = Math.min(group.count - first, end - at - first);
    if (wanted > 0) {
      const page = process.tasks({ ...query, offset: first, count: wanted, group: { by, key: group.key } }, now);
      for (const task of page.rows) rows.push({ type: 'task', task });
    }
    at += group.count;
  }
  return {
    known: all.known,
    matching: all.matching,
    rowCount: at,
    offset: Math.min(query.offset, at),
    ...withFindings(process, rows),
    filterError: all.filterError,
  };
}

/** Puts to each task what was found that is about it. */
function withFindings(process: ProcessQueries, rows: readonly TableRow[]): Pick<TaskTable, 'rows' | 'findings'> {
  const found = new Map<number, FindingView>();
  const told = rows.map((row): TableRow => {
    if (row.type !== 'task') return row;
    const about = process.taskFindings(row.task);
    if (about.length === 0) return row;
    for (const { finding } of about) found.set(finding.id, finding);
    return { ...row, findings: about.map(({ finding, by }) => ({ id: finding.id, by })) };
  });
  return { rows: told, findings: [...found.values()] };
}
