/** How closely the program is looked at, and the way to look closer. */
import type { JSX } from 'preact';
import type { ProcessOverview } from '../../extension/model/queries';
import { act, canAsk } from '../store';
import { t } from '../texts';

const LEVELS = ['watch', 'trace'] as const;

/** The level, which can be chosen where the runtime lets itself be switched. */
export function LevelSwitch({ shown }: { readonly shown: ProcessOverview }): JSX.Element {
  const title = t(shown.level === 'watch' ? 'process.watchTitle' : 'process.traceTitle');
  if (!canAsk('set-level')) return <span title={title}>{t(`process.${shown.level}`)}</span>;
  return (
    <select
      class="level"
      aria-label={t('process.level')}
      title={title}
      value={shown.level}
      onChange={(event) => {
        const level = LEVELS.find((name) => name === event.currentTarget.value);
        // It shows what the program does, which is told when it does it.
        event.currentTarget.value = shown.level;
        if (level !== undefined) act({ kind: 'set-level', level });
      }}
    >
      {LEVELS.map((level) => (
        <option key={level} value={level}>
          {t(`process.${level}`)}
        </option>
      ))}
    </select>
  );
}
