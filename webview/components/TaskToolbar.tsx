/** Filter and grouping of the task table. */
import type { JSX } from 'preact';
import type { TaskGrouping } from '../../extension/model/queries';
import type { TextKey } from '../../extension/protocol/webview-texts';
import { nowNs } from '../clock';
import { tasksMarkdown } from '../markdown';
import { filter, grouping, openGroups, overview, tasks } from '../store';
import { t } from '../texts';
import { WAIT_KINDS } from '../waits';
import { ColumnMenu } from './ColumnMenu';
import { CopyButton } from './parts';
import { matchingText } from './TaskGrid';

const GROUPINGS: readonly (readonly [TaskGrouping | '', TextKey])[] = [
  ['', 'tasks.groupNone'],
  ['created', 'tasks.groupCreated'],
  ['coroutine', 'tasks.groupCoroutine'],
  ['state', 'tasks.groupState'],
  ['waiting', 'tasks.groupWaiting'],
];

const STARTS = ['state:', 'on:', 'name:', 'coroutine:', 'at:', 'age>', 'waited>', 'loop:'];
const STATES = ['running', 'ready', 'waiting', 'cancelling'];

/** What may stand where the person is typing. */
function completions(text: string): readonly string[] {
  const cut = text.lastIndexOf(' ') + 1;
  const before = text.slice(0, cut);
  const term = text.slice(cut).replace(/^-/, '');
  const sign = text.slice(cut).startsWith('-') ? '-' : '';
  const all = [
    ...STARTS,
    ...STATES.map((state) => `state:${state}`),
    ...WAIT_KINDS.map((kind) => `on:${kind}`),
    'age>10s',
    'waited>1s',
  ];
  return all.filter((word) => word.startsWith(term) && word !== term).map((word) => before + sign + word);
}

/** The row above the task table. */
export function TaskToolbar(): JSX.Element {
  const error = tasks.value?.filterError ?? null;
  return (
    <div class="toolbar">
      <input
        type="text"
        class="filter"
        list="filter-words"
        spellcheck={false}
        autocomplete="off"
        aria-label={t('tasks.filter')}
        aria-invalid={error !== null}
        placeholder={t('tasks.filterHint')}
        value={filter.value}
        onInput={(event) => {
          filter.value = event.currentTarget.value;
        }}
      />
      <datalist id="filter-words">
        {completions(filter.value).map((word) => (
          <option key={word} value={word} />
        ))}
      </datalist>
      <select
        aria-label={t('tasks.group')}
        value={grouping.value ?? ''}
        onChange={(event) => {
          const chosen = GROUPINGS.find(([name]) => name === event.currentTarget.value)?.[0] ?? '';
          openGroups.value = [];
          grouping.value = chosen === '' ? null : chosen;
        }}
      >
        {GROUPINGS.map(([name, text]) => (
          <option key={name} value={name}>
            {t(text)}
          </option>
        ))}
      </select>
      {overview.value?.level === 'watch' && <span class="toolbar-steps">{t('sparks.watch')}</span>}
      <span class="toolbar-count" role="status">
        {error ?? matchingText()}
      </span>
      <ColumnMenu />
      <CopyButton
        label={t('tasks.copy')}
        text={() => {
          const rows = (tasks.value?.rows ?? []).flatMap((row) => (row.type === 'task' ? [row.task] : []));
          return overview.value === null ? null : tasksMarkdown(overview.value, rows, nowNs.value);
        }}
      />
    </div>
  );
}
