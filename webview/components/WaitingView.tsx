/** What is shown while there is no process: why, and what to do next. */
import type { JSX } from 'preact';
import type { PanelCommand, Waiting } from '../../extension/protocol/webview-messages';
import type { TextKey } from '../../extension/protocol/webview-texts';
import { post } from '../host';
import { waiting } from '../store';
import { t } from '../texts';
import { Icon } from './parts';

interface Look {
  readonly icon: string;
  readonly title: TextKey;
  readonly text: TextKey | null;
  readonly command: TextKey | null;
  readonly actions: readonly (readonly [PanelCommand, TextKey])[];
}

const LOOKS: Readonly<Record<Waiting['reason'], Look>> = {
  'no-program': {
    icon: 'debug-start',
    title: 'waiting.noProgram',
    text: 'waiting.noProgramDetail',
    command: 'waiting.noProgramCommand',
    actions: [['run-file', 'waiting.runFile']],
  },
  connecting: {
    icon: 'loading',
    title: 'waiting.connecting',
    text: 'waiting.connectingDetail',
    command: null,
    actions: [['show-log', 'waiting.showLog']],
  },
  'no-python': {
    icon: 'error',
    title: 'waiting.noPython',
    text: 'waiting.noPythonDetail',
    command: null,
    actions: [
      ['open-settings', 'waiting.openSettings'],
      ['show-log', 'waiting.showLog'],
    ],
  },
  'runtime-too-old': {
    icon: 'warning',
    title: 'waiting.tooOld',
    text: 'waiting.tooOldDetail',
    command: null,
    actions: [['show-log', 'waiting.showLog']],
  },
  'not-inspected': {
    icon: 'warning',
    title: 'waiting.notInspected',
    text: null,
    command: null,
    actions: [['show-log', 'waiting.showLog']],
  },
  'reading-recording': { icon: 'loading', title: 'waiting.reading', text: null, command: null, actions: [] },
  'bad-recording': {
    icon: 'error',
    title: 'waiting.badRecording',
    text: 'waiting.badRecordingDetail',
    command: 'waiting.badRecordingCommand',
    actions: [],
  },
};

/** The page without a process. */
export function WaitingView(): JSX.Element {
  const { reason, detail } = waiting.value ?? { reason: 'no-program', detail: '' };
  const look = LOOKS[reason];
  return (
    <main class={`waiting waiting-${reason}`}>
      <Icon name={look.icon} />
      <h1>{t(look.title)}</h1>
      {detail !== '' && <p>{detail}</p>}
      {look.text !== null && <p class="dim">{t(look.text)}</p>}
      {look.command !== null && <code>{t(look.command)}</code>}
      <div class="waiting-actions">
        {look.actions.map(([command, text], index) => (
          <button
            key={command}
            type="button"
            class={`button ${index === 0 ? 'primary' : ''}`}
            onClick={() => post({ type: 'command', command })}
          >
            {t(text)}
          </button>
        ))}
      </div>
    </main>
  );
}
