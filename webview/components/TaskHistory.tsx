/** What the chosen task did lately, newest first. */
import type { JSX } from 'preact';
import type { TaskDetails, TaskMoment } from '../../extension/protocol/webview-messages';
import { useState } from 'preact/hooks';
import { nowNs } from '../clock';
import { clockTime, duration } from '../format';
import { t } from '../texts';
import { isWaitKind, waitClass } from '../waits';
import { StateLabel } from './parts';

/** Moments that are shown before somebody asks for all. */
const FIRST = 8;

/** When, what and for how long, and from when on that is known. */
export function TaskHistory({ shown }: { readonly shown: TaskDetails }): JSX.Element | null {
  const [allOf, setAllOf] = useState<number | null>(null);
  const { history, task } = shown;
  if (history === undefined) return null;
  const { moments, fromNs } = history;
  const more = allOf === task.id ? 0 : Math.max(0, moments.length - FIRST);
  const since =
    fromNs === null ? t('history.whole') : t('history.since', clockTime(fromNs, true), duration(nowNs.value - fromNs));
  return (
    <>
      <h3>{t('history.title')}</h3>
      <table class="history" aria-label={t('history.of', task.name)}>
        <thead class="visually-hidden">
          <tr>
            <th scope="col">{t('history.at')}</th>
            <th scope="col">{t('history.what')}</th>
            <th scope="col">{t('tasks.since')}</th>
          </tr>
        </thead>
        <tbody>
          {moments.slice(0, moments.length - more).map((moment) => (
            <tr key={`${String(moment.fromNs)} ${moment.kind}`}>
              <td class="dim">{clockTime(moment.fromNs, true)}</td>
              <td title={moment.label}>
                <What moment={moment} />
              </td>
              <td>
                <Lasting fromNs={moment.fromNs} toNs={moment.toNs} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {more > 0 && (
        <div class="row-actions">
          <button type="button" class="link" onClick={() => setAllOf(task.id)}>
            {t('history.more', more)}
          </button>
        </div>
      )}
      <p class="dim">{history.exact ? since : `${since} ${t('timeline.sampled')}`}</p>
    </>
  );
}

function What({ moment: { kind, label } }: { readonly moment: TaskMoment }): JSX.Element {
  return isWaitKind(kind) ? (
    <>
      <i class={`chip ${waitClass(kind)}`} aria-hidden="true" />
      {label}
    </>
  ) : (
    <StateLabel state={kind} />
  );
}

/** How long it took; ticks while it lasts, and leaves the rest alone. */
function Lasting({ fromNs, toNs }: { readonly fromNs: number; readonly toNs: number | null }): JSX.Element {
  return <>{duration((toNs ?? nowNs.value) - fromNs)}</>;
}
