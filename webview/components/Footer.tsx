/** What was dropped, and that the program has ended. */
import type { JSX } from 'preact';
import { overview } from '../store';
import { plural, t } from '../texts';
import { Icon } from './parts';

/** The foot of the panel; absent when there is nothing to say. */
export function Footer(): JSX.Element | null {
  const shown = overview.value;
  if (shown === null) return null;
  const events = shown.dropped.events + shown.dropped.records;
  const { frames } = shown.dropped;
  const ended = shown.phase === 'ended';
  const notices = shown.notices.slice(-3);
  if (!ended && events === 0 && frames === 0 && notices.length === 0) return null;
  return (
    <footer class="footer">
      {ended && (
        <p>
          <Icon name="debug-stop" /> {t(`ended.${shown.end ?? 'exit'}`)}
        </p>
      )}
      {notices.map((notice) => (
        <p key={`${notice.code}${notice.message}`} class={`notice notice-${notice.severity}`}>
          <Icon name={notice.severity === 'information' ? 'info' : notice.severity} /> {notice.message}
        </p>
      ))}
      {(events > 0 || frames > 0) && (
        <p class="dropped" title={t('foot.droppedTitle')}>
          {[
            ...(events > 0 ? [plural('foot.dropped', events)] : []),
            ...(frames > 0 ? [plural('foot.droppedFrames', frames)] : []),
          ].join(' · ')}
        </p>
      )}
    </footer>
  );
}
