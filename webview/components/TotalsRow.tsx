/** All processes together, while there are several, and the way to those whose loop is held. */
import type { JSX } from 'preact';
import { milliseconds } from '../format';
import { chosenProcess, processes, totals } from '../store';
import { plural, t } from '../texts';

/** One line under the tabs. */
export function TotalsRow(): JSX.Element | null {
  const sums = totals.value;
  if (sums === null) return null;
  const blocked = processes.value.filter((item) => item.blocked);
  return (
    <section class="totals" aria-label={t('totals.label')}>
      <span class="totals-title">{t('totals.label')}</span>
      <span>{t('totals.live', sums.live)}</span>
      <span>{plural('totals.tasks', sums.tasks)}</span>
      {sums.blocks > 0 && <span>{plural('totals.places', sums.blocks)}</span>}
      {sums.findings > 0 && <span>{plural('totals.findings', sums.findings)}</span>}
      {sums.longestLagMs !== null && <span>{t('totals.lag', milliseconds(sums.longestLagMs))}</span>}
      {blocked.map((item) => (
        <button
          key={item.key}
          type="button"
          class="link totals-blocked"
          onClick={() => {
            chosenProcess.value = item.key;
          }}
        >
          {t('totals.blocked', `${item.title} · ${t('process.pid', String(item.pid))}`)}
        </button>
      ))}
    </section>
  );
}
