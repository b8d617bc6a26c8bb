/** What changed since a moment the person chose, or against another recording. */
import type { ComponentChildren, JSX } from 'preact';
import type { FindingView } from '../../extension/model/queries';
import type { Change, HoldCount, TaskCount, WaitCount } from '../../extension/model/moments';
import type { Site } from '../../extension/protocol/generated/types';
import type { Comparison } from '../../extension/protocol/webview-messages';
import { nowNs } from '../clock';
import { age, clockTime, duration, functionLabel, placeLabel } from '../format';
import { post } from '../host';
import { comparison, overview } from '../store';
import { count, t } from '../texts';
import { causeText } from '../verdict';
import { waitClass } from '../waits';
import { Icon, PlaceLink, Section } from './parts';

/** The buttons that choose what to compare with. */
export function CompareButtons(): JSX.Element {
  const button = (against: 'now' | 'recording' | 'nothing', icon: string, label: string): JSX.Element => (
    <button type="button" class="text-toggle" onClick={() => post({ type: 'compare', against })}>
      <Icon name={icon} /> {label}
    </button>
  );
  return (
    <>
      {button('now', 'pinned', t('changes.mark'))}
      {button('recording', 'git-compare', t('changes.recording'))}
      {comparison.value !== null && button('nothing', 'close', t('changes.stop'))}
    </>
  );
}

/** The comparison; absent while nothing is compared with. */
export function ChangesSection(): JSX.Element | null {
  const shown = comparison.value;
  if (shown === null) return null;
  const { tasks, waits, holds, findings, omitted } = shown;
  const isEmpty = tasks.length + waits.length + holds.length + findings.length === 0;
  return (
    <Section title={titleOf(shown, Math.max(nowNs.value, overview.value?.nowNs ?? 0))} class="changes">
      {isEmpty && <p class="quiet">{t('changes.none')}</p>}
      <Rows
        title={t('changes.tasks')}
        rows={tasks}
        name={(row, isOurs) => <Task row={row} isOurs={isOurs} />}
        amount={(row: TaskCount) => row.alive}
        text={count}
      />
      <Rows
        title={t('changes.waits')}
        rows={waits}
        name={(row: WaitCount) => (
          <>
            <i class={`chip ${waitClass(row.kind)}`} aria-hidden="true" />
            {row.label} <span class="mono dim">{functionLabel(row.coroutine)}</span>
          </>
        )}
        amount={(row) => row.count}
        text={count}
      />
      <Rows
        title={t('changes.holds')}
        rows={holds}
        name={(row, isOurs) => <Hold row={row} isOurs={isOurs} />}
        amount={(row: HoldCount) => row.totalNs}
        text={duration}
      />
      <Rows
        title={t('changes.findings')}
        rows={findings}
        name={(row: FindingView, isOurs) => (
          <>
            {row.rule} {row.site !== null && <Place site={row.site} isOurs={isOurs} />}
          </>
        )}
        amount={(row) => row.count}
        text={count}
      />
      {omitted > 0 && <p class="quiet">{t('changes.omitted', omitted)}</p>}
    </Section>
  );
}

function titleOf({ title, atNs, sameRun }: Comparison, now: number): string {
  if (!sameRun) return t('changes.against', title, clockTime(atNs));
  return atNs <= now ? t('changes.since', age(now - atNs)) : t('changes.until', age(atNs - now));
}

/** A place; only those of the run that is shown can be opened. */
function Place({ site, isOurs }: { readonly site: Site; readonly isOurs: boolean }): JSX.Element {
  return isOurs ? <PlaceLink site={site} /> : <span class="mono">{placeLabel(site)}</span>;
}

function Task({ row, isOurs }: { readonly row: TaskCount; readonly isOurs: boolean }): JSX.Element {
  if (row.site === null) return <span class="dim">{t('changes.unseen')}</span>;
  return (
    <>
      <Place site={row.site} isOurs={isOurs} /> <span class="dim">{functionLabel(row.site.function)}</span>
    </>
  );
}

function Hold({ row, isOurs }: { readonly row: HoldCount; readonly isOurs: boolean }): JSX.Element {
  return (
    <>
      {row.site === null ? <span class="dim">{t('blocks.noLine')}</span> : <Place site={row.site} isOurs={isOurs} />}{' '}
      {row.callee !== null && <span class="mono">{row.callee}</span>} <span class="dim">{causeText(row.cause)}</span>
    </>
  );
}

function Rows<Row>(props: {
  readonly title: string;
  readonly rows: readonly Change<Row>[];
  /** What a row is about; places of another run cannot be opened. */
  readonly name: (row: Row, isOurs: boolean) => ComponentChildren;
  readonly amount: (row: Row) => number;
  readonly text: (amount: number) => string;
}): JSX.Element | null {
  const { title, rows, name, amount, text } = props;
  if (rows.length === 0) return null;
  return (
    <table class="table">
      <thead>
        <tr>
          <th scope="col">{title}</th>
          <th scope="col" class="number">
            {t('changes.before')}
          </th>
          <th scope="col" class="number">
            {t('changes.after')}
          </th>
          <th scope="col" class="number">
            {t('changes.growth')}
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ before, after }, index) => {
          const row = after ?? before;
          const growth = (after === null ? 0 : amount(after)) - (before === null ? 0 : amount(before));
          return (
            <tr key={index}>
              <td class="ellipsis">
                {row !== null && name(row, after !== null || comparison.value?.sameRun === true)}
              </td>
              <td class="number dim">{before === null ? '' : text(amount(before))}</td>
              <td class="number">{after === null ? '' : text(amount(after))}</td>
              <td class={`number ${growth > 0 ? 'warn' : 'dim'}`}>
                {before === null ? t('changes.new') : after === null ? t('changes.gone') : signed(growth, text)}
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

function signed(growth: number, text: (amount: number) => string): string {
  return growth < 0 ? `−${text(-growth)}` : `+${text(growth)}`;
}
