/** Tabs on the left, the inspected process on the right. */
import type { JSX } from 'preact';
import type { ProcessItem, ViewName } from '../../extension/protocol/webview-messages';
import { VIEWS } from '../../extension/protocol/webview-messages';
import type { ProcessOverview } from '../../extension/model/queries';
import { nowNs } from '../clock';
import { duration, share } from '../format';
import { chosenProcess, overview, processes, remarks, view } from '../store';
import { count, t } from '../texts';
import { HoldButton } from './HoldButton';
import { LevelSwitch } from './LevelSwitch';
import { StateLabel } from './parts';
import { RecordButton } from './RecordButton';
import { Scrubber } from './Scrubber';
import { TotalsRow } from './TotalsRow';

function amount(name: ViewName, shown: ProcessOverview): number | null {
  switch (name) {
    case 'tasks':
      return shown.counts.alive;
    case 'blocks':
      return shown.blocks - Object.keys(remarks.value.mutedBlocks).length;
    case 'executors':
      return shown.executors;
    case 'findings':
      return shown.findings - Object.keys(remarks.value.mutedFindings).length;
    case 'now':
    case 'timeline':
    case 'graph':
      return null;
  }
}

function onTabKey(event: KeyboardEvent): void {
  const index = VIEWS.indexOf(view.value);
  const next =
    event.key === 'ArrowRight'
      ? (index + 1) % VIEWS.length
      : event.key === 'ArrowLeft'
        ? (index + VIEWS.length - 1) % VIEWS.length
        : event.key === 'Home'
          ? 0
          : event.key === 'End'
            ? VIEWS.length - 1
            : null;
  const name = next === null ? undefined : VIEWS[next];
  if (name === undefined) return;
  event.preventDefault();
  view.value = name;
  document.getElementById(`tab-${name}`)?.focus();
}

/** The head of the panel. */
export function Header(): JSX.Element | null {
  const shown = overview.value;
  if (shown === null) return null;
  return (
    <header class="header">
      <h1 class="visually-hidden">{`Loopscope · ${shown.title}`}</h1>
      <div class="tabs" role="tablist" aria-label={t('tabs.label')} onKeyDown={onTabKey}>
        {VIEWS.map((name) => {
          const number = amount(name, shown);
          const selected = view.value === name;
          return (
            <button
              key={name}
              id={`tab-${name}`}
              type="button"
              role="tab"
              aria-selected={selected}
              aria-controls="view"
              tabIndex={selected ? 0 : -1}
              onClick={() => {
                view.value = name;
              }}
            >
              {t(`tab.${name}`)}
              {number !== null && number > 0 && <span class="tab-count"> {count(number)}</span>}
            </button>
          );
        })}
      </div>
      <Process shown={shown} items={processes.value} />
      <TotalsRow />
      <Scrubber />
    </header>
  );
}

function Process({
  shown,
  items,
}: {
  readonly shown: ProcessOverview;
  readonly items: readonly ProcessItem[];
}): JSX.Element {
  const elapsed = nowNs.value;
  return (
    <div class="process">
      {items.length > 1 ? (
        <select
          aria-label={t('process.label')}
          value={shown.key}
          onChange={(event) => {
            chosenProcess.value = event.currentTarget.value;
          }}
        >
          {items.map((item) => (
            <option key={item.key} value={item.key}>
              {[
                `${'\u2003'.repeat(item.depth)}${item.depth > 0 ? '\u21b3 ' : ''}${item.title}`,
                t('process.pid', String(item.pid)),
                ...(item.phase === 'ended' ? [t('process.ended')] : item.blocked ? [t('process.blocked')] : []),
              ].join(' · ')}
            </option>
          ))}
        </select>
      ) : (
        <>
          <span class="process-name">{shown.title}</span>
          <span>{t('process.pid', String(shown.process.pid))}</span>
        </>
      )}
      <span class="process-python">{t('process.python', shown.process.python)}</span>
      <LevelSwitch shown={shown} />
      {elapsed > 0 && (
        <span title={t('process.costTitle', duration(shown.overheadNs), duration(elapsed))}>
          {t('process.cost', share(shown.overheadNs / elapsed))}
        </span>
      )}
      {shown.phase === 'ended' && <StateLabel state="closed" />}
      <HoldButton />
      <RecordButton />
    </div>
  );
}
