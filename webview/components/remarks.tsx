/** What can be done about a row: apply the linter's fix, mute it with a reason, show what is muted. */
import type { JSX } from 'preact';
import type { Mutable } from '../../extension/protocol/webview-messages';
import { fixSite, mute, remarks } from '../store';
import { plural, t } from '../texts';
import { Icon } from './parts';

/** Applies the fix for a place; absent when the linter has none. */
export function FixButton({ site }: { readonly site: number }): JSX.Element | null {
  const title = remarks.value.fixes[site];
  if (title === undefined) return null;
  return (
    <button type="button" class="button fix" title={t('remarks.fix', title)} onClick={() => fixSite(site)}>
      <Icon name="lightbulb" /> {title}
    </button>
  );
}

/** Mutes a row, or ends that. */
export function MuteButton({ what, id }: Mutable): JSX.Element {
  const isMuted = reasonOf({ what, id }) !== null;
  return (
    <button type="button" class="button" onClick={() => mute({ what, id }, !isMuted)}>
      {t(isMuted ? 'remarks.unmute' : 'remarks.mute')}
    </button>
  );
}

/** Why a row is muted; null when it is not. */
export function reasonOf({ what, id }: Mutable): string | null {
  const { mutedBlocks, mutedFindings } = remarks.value;
  return (what === 'block' ? mutedBlocks : mutedFindings)[id] ?? null;
}

/** Says how many rows are muted, and shows them; absent when none is. */
export function MutedToggle(props: {
  readonly muted: number;
  readonly shown: boolean;
  readonly onChange: (shown: boolean) => void;
}): JSX.Element | null {
  if (props.muted === 0) return null;
  return (
    <button
      type="button"
      class="text-toggle"
      aria-pressed={props.shown}
      onClick={() => {
        props.onChange(!props.shown);
      }}
    >
      <Icon name={props.shown ? 'eye' : 'eye-closed'} /> {plural('remarks.muted', props.muted)}
    </button>
  );
}
