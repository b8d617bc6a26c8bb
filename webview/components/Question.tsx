/** Asks whether something that changes the program is meant. Escape and the second button leave the program alone. */
import type { JSX } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import type { ProgramAction } from '../../extension/protocol/webview-messages';
import { act, details, overview, question } from '../store';
import { t } from '../texts';

interface Words {
  readonly title: string;
  readonly detail: string;
  readonly yes: string;
}

function wordsOf(action: ProgramAction): Words {
  switch (action.kind) {
    case 'hold':
      return {
        title: t('ask.hold', overview.value?.title ?? ''),
        detail: t('ask.holdDetail'),
        yes: t('ask.holdYes'),
      };
    case 'cancel-task': {
      const task = details.value?.task;
      return {
        title: t('ask.cancelTask', task?.name ?? `#${String(action.task)}`),
        detail: t('ask.cancelTaskDetail', task?.wait?.label ?? task?.coroutine ?? ''),
        yes: t('ask.cancelTaskYes'),
      };
    }
    case 'resume':
    case 'set-level':
      return { title: '', detail: '', yes: '' };
  }
}

/** The question; absent while there is none. */
export function Question(): JSX.Element | null {
  const action = question.value;
  const dialog = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    if (action !== null && dialog.current?.open === false) dialog.current.showModal();
  }, [action]);
  if (action === null) return null;
  const { title, detail, yes } = wordsOf(action);
  const end = (isMeant: boolean): void => {
    question.value = null;
    if (isMeant) act(action);
  };
  return (
    <dialog
      ref={dialog}
      class="question"
      aria-labelledby="question-title"
      aria-describedby="question-detail"
      onCancel={() => end(false)}
    >
      <h2 id="question-title">{title}</h2>
      <p id="question-detail">{detail}</p>
      <div class="question-actions">
        <button type="button" class="button primary" autofocus onClick={() => end(true)}>
          {yes}
        </button>
        <button type="button" class="button" onClick={() => end(false)}>
          {t('ask.no')}
        </button>
      </div>
    </dialog>
  );
}
