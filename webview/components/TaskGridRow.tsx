/** One row of the task table. */
import type { JSX } from 'preact';
import { Component } from 'preact';
import type { RowFinding, TableRow } from '../../extension/protocol/webview-messages';
import type { TableColumn } from '../../extension/protocol/webview-columns';
import type { TaskGroup, TaskRow } from '../../extension/model/queries';
import { nowNs } from '../clock';
import { age, duration, functionLabel } from '../format';
import { openSite, ROW_HEIGHT } from '../store';
import { count, t } from '../texts';
import { waitClass } from '../waits';
import { Icon, PlaceLink, StateLabel } from './parts';
import { FindingBadge } from './TaskFindings';
import { TaskSpark } from './TaskSpark';

interface Props {
  readonly row: TableRow;
  readonly columns: readonly TableColumn[];
  /** Counts from 0 in the whole table. */
  readonly index: number;
  readonly active: boolean;
  readonly selected: boolean;
  readonly onChoose: () => void;
}

/** A task or the head of a group. Drawn again only when it says something else: sixty of them come ten times a second. */
export class TaskGridRow extends Component<Props> {
  override shouldComponentUpdate(next: Props): boolean {
    const { row, columns, index, active, selected } = this.props;
    const moved = index !== next.index || active !== next.active || selected !== next.selected;
    return moved || columns !== next.columns || JSON.stringify(row) !== JSON.stringify(next.row);
  }

  override render(): JSX.Element {
    return <Row {...this.props} />;
  }
}

function Row(props: Props): JSX.Element {
  const { row, columns, index, active, selected } = props;
  const site = row.type === 'task' ? (row.task.createdSite ?? row.task.coroutineSite) : row.group.site;
  return (
    <div
      id={`row-${String(index)}`}
      role="row"
      class={`grid-row ${row.type} ${active ? 'active' : ''}`}
      aria-rowindex={index + 2}
      aria-selected={selected}
      aria-level={row.type === 'task' ? 2 : 1}
      {...(row.type === 'group' ? { 'aria-expanded': row.open } : {})}
      style={{ transform: `translateY(${String(index * ROW_HEIGHT)}px)` }}
      onClick={props.onChoose}
      onDblClick={() => {
        if (site !== null) openSite(site.id);
      }}
    >
      {row.type === 'task' ? (
        columns.map((name) => {
          const Cell = CELLS[name];
          return <Cell key={name} task={row.task} findings={row.findings ?? []} />;
        })
      ) : (
        <GroupCells group={row.group} open={row.open} />
      )}
    </div>
  );
}

function GroupCells({ group, open }: { readonly group: TaskGroup; readonly open: boolean }): JSX.Element {
  return (
    <>
      <div class="cell c-group" role="gridcell">
        <Icon name={open ? 'chevron-down' : 'chevron-right'} />
        <span class="ellipsis">{group.site === null ? group.label : functionLabel(group.site.function)}</span>
        {group.site !== null && <PlaceLink site={group.site} tabbable={false} />}
        <span class="badge">{count(group.count)}</span>
      </div>
    </>
  );
}

interface CellProps {
  readonly task: TaskRow;
  readonly findings: readonly RowFinding[];
}

const CELLS: Readonly<Record<TableColumn, (props: CellProps) => JSX.Element>> = {
  name: ({ task, findings }) => (
    <div class="cell c-name" role="gridcell">
      <span class="ellipsis" title={task.name}>
        {task.name}
      </span>
      {findings.length > 0 && <FindingBadge findings={findings} />}
    </div>
  ),
  coroutine: ({ task }) => (
    <div class="cell c-coroutine ellipsis mono" role="gridcell" title={task.coroutine}>
      {functionLabel(task.coroutine)}
    </div>
  ),
  state: ({ task }) => (
    <div class="cell c-state" role="gridcell">
      <StateLabel state={task.state} />
    </div>
  ),
  steps: ({ task }) => (
    <div class="cell c-steps" role="gridcell">
      <TaskSpark task={task.id} />
    </div>
  ),
  waiting: ({ task: { wait, exception } }) => (
    <div class="cell c-wait" role="gridcell">
      {wait === null ? (
        <span class="dim ellipsis" title={exception ?? ''}>
          {exception ?? ''}
        </span>
      ) : (
        <>
          <i class={`chip ${waitClass(wait.kind)}`} aria-hidden="true" />
          <span class="ellipsis" title={wait.label}>
            {wait.label}
          </span>
        </>
      )}
    </div>
  ),
  waited: ({ task: { wait, sinceNs } }) => (
    <div class="cell c-since number" role="gridcell">
      <Elapsed sinceNs={wait?.sinceNs ?? sinceNs} text={roughly} />
    </div>
  ),
  created: ({ task }) => (
    <div class="cell c-created" role="gridcell">
      {task.createdSite === null ? (
        <span class="dim">{t('tasks.unknownPlace')}</span>
      ) : (
        <PlaceLink site={task.createdSite} tabbable={false} />
      )}
    </div>
  ),
  age: ({ task }) => (
    <div class="cell c-age number" role="gridcell">
      <Elapsed sinceNs={task.createdNs} text={age} />
    </div>
  ),
};

/** A text that ticks, by itself: the row around it is left alone. */
function Elapsed({ sinceNs, text }: { readonly sinceNs: number; readonly text: (ns: number) => string }): JSX.Element {
  return <>{text(nowNs.value - sinceNs)}</>;
}

/** What ticks is shown in tenths of a second: finer digits are a blur. */
function roughly(ns: number): string {
  return duration(Math.max(0, Math.floor(ns / 1e8) * 1e8));
}
