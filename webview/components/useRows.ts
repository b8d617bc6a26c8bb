/** Roving focus for a table with few rows: one row is in the tab order, the arrow keys move it. */
import { useState } from 'preact/hooks';

/** What a row of the table is given. */
export interface RowProps {
  readonly tabIndex: number;
  readonly onFocus: () => void;
  readonly onKeyDown: (event: KeyboardEvent) => void;
}

/**
 * Roving focus over `length` rows that are siblings in the page.
 * @param onEnter what Enter on a row does.
 */
export function useRows(length: number, onEnter: (index: number) => void): (index: number) => RowProps {
  const [active, setActive] = useState(0);
  const current = Math.min(active, Math.max(0, length - 1));
  return (index) => ({
    tabIndex: index === current ? 0 : -1,
    onFocus: () => {
      setActive(index);
    },
    onKeyDown: (event) => {
      const row = event.currentTarget;
      if (!(row instanceof HTMLElement) || event.target !== row) return;
      const rows = [...(row.parentElement?.querySelectorAll<HTMLElement>(':scope > [data-row]') ?? [])];
      const at = rows.indexOf(row);
      const moves: Readonly<Record<string, number>> = {
        ArrowDown: at + 1,
        ArrowUp: at - 1,
        Home: 0,
        End: rows.length - 1,
      };
      const target = moves[event.key];
      if (target !== undefined) rows[target]?.focus();
      else if (event.key === 'Enter') onEnter(index);
      else return;
      event.preventDefault();
    },
  });
}
