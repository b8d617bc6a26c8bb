/** Which columns the task table has. */
import type { JSX } from 'preact';
import type { ColumnChoice } from '../../extension/protocol/webview-columns';
import { TABLE_COLUMNS } from '../../extension/protocol/webview-columns';
import { post } from '../host';
import { COLUMNS, columnChoice, shownColumns, toggleColumn } from '../taskColumns';
import { t } from '../texts';
import { Icon } from './parts';

const ID = 'column-menu';

/** A button, and the menu it opens: the browser closes it with Escape and with a click elsewhere. */
export function ColumnMenu(): JSX.Element {
  const shown = shownColumns.value;
  return (
    <>
      <button
        type="button"
        class="icon-button column-button"
        aria-label={t('columns.title')}
        title={t('columns.title')}
        popovertarget={ID}
      >
        <Icon name="checklist" />
      </button>
      <div id={ID} class="menu" role="group" aria-label={t('columns.title')} popover="auto">
        {TABLE_COLUMNS.map((name, index) => (
          <label key={name}>
            <input
              type="checkbox"
              checked={shown.includes(name)}
              disabled={index === 0}
              onChange={() => keep(toggleColumn(name))}
            />
            {t(COLUMNS[name].text)}
          </label>
        ))}
        <button
          type="button"
          class="button"
          disabled={columnChoice.value === null}
          onClick={() => {
            columnChoice.value = null;
            keep(null);
          }}
        >
          {t('columns.byWidth')}
        </button>
      </div>
    </>
  );
}

function keep(columns: ColumnChoice): void {
  post({ type: 'columns', columns });
}
