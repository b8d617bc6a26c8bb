/** Holds the loops of the shown program between two callbacks, and lets them run on. */
import type { JSX } from 'preact';
import { act, canAsk, overview, question } from '../store';
import { t } from '../texts';
import { Icon } from './parts';

/** True while a loop of the shown program is held. */
export function isHeld(): boolean {
  return overview.value?.loops.some((loop) => loop.state === 'held') === true;
}

/** The button; absent where the program cannot be held. */
export function HoldButton(): JSX.Element | null {
  if (!canAsk('hold')) return null;
  const held = isHeld();
  const label = t(held ? 'act.resumeTitle' : 'act.hold');
  return (
    <button
      type="button"
      class={`icon-button ${held ? 'resume' : 'hold'}`}
      aria-label={label}
      title={label}
      onClick={() => {
        if (held) act({ kind: 'resume' });
        else question.value = { kind: 'hold' };
      }}
    >
      <Icon name={held ? 'debug-continue' : 'debug-pause'} />
    </button>
  );
}
