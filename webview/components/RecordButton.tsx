/** Begins and ends a recording, and says for how long it has gone on. */
import type { JSX } from 'preact';
import { nowNs } from '../clock';
import { clockTime } from '../format';
import { post } from '../host';
import { overview, recording, replay } from '../store';
import { t } from '../texts';
import { Icon } from './parts';

/** The button; absent where nothing can be recorded. */
export function RecordButton(): JSX.Element | null {
  const shown = overview.value;
  const current = recording.value;
  if (shown === null || replay.value !== null) return null;
  if (current === null) {
    if (shown.phase === 'ended') return null;
    return (
      <button
        type="button"
        class="icon-button record"
        aria-label={t('recording.start')}
        title={t('recording.start')}
        onClick={() => post({ type: 'command', command: 'start-recording' })}
      >
        <Icon name="record" />
      </button>
    );
  }
  return (
    <span class="recording" title={current.file}>
      <i class="recording-dot" aria-hidden="true" />
      <span class="recording-time">
        {current.process === shown.key ? (
          <>
            <span class="visually-hidden">{t('recording.elapsed')}</span> {clockTime(nowNs.value - current.fromNs)}
          </>
        ) : (
          t('recording.of', current.title)
        )}
      </span>
      <button
        type="button"
        class="icon-button"
        aria-label={t('recording.stop')}
        title={t('recording.stop')}
        onClick={() => post({ type: 'command', command: 'stop-recording' })}
      >
        <Icon name="debug-stop" />
      </button>
    </span>
  );
}
