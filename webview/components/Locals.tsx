/** The variables of a task, while its loop is held and somebody asks for them. */
import type { JSX } from 'preact';
import type { TaskDetails } from '../../extension/protocol/webview-messages';
import { functionLabel } from '../format';
import { canAsk, localsShown, overview } from '../store';
import { t } from '../texts';

/** The variables, or the button that asks for them; absent while the loop runs. */
export function Locals({ shown }: { readonly shown: TaskDetails }): JSX.Element | null {
  const loop = overview.value?.loops.find(({ id }) => id === shown.task.loop);
  if (!shown.alive || loop?.state !== 'held' || !canAsk('variables')) return null;
  if (!localsShown.value) {
    return (
      <div class="row-actions">
        <button
          type="button"
          class="button"
          onClick={() => {
            localsShown.value = true;
          }}
        >
          {t('locals.show')}
        </button>
      </div>
    );
  }
  const { frames = null, error = null } = shown.locals ?? {};
  return (
    <>
      <h3>{t('locals.title')}</h3>
      {error !== null && <p class="dim">{error}</p>}
      {frames === null && error === null && <p class="dim">{t('details.asking')}</p>}
      {frames?.length === 0 && <p class="dim">{t('locals.none')}</p>}
      {frames?.map((frame, index) => (
        <section key={index} class="locals" aria-label={t('locals.of', functionLabel(frame.function))}>
          <p class="mono">
            {functionLabel(frame.function)}:{String(frame.line)}
          </p>
          <dl>
            {frame.variables.map(({ name, text, type }) => (
              <div key={name}>
                <dt class="mono">{name}</dt>
                <dd class="mono ellipsis" title={type === '' ? text : `${type}: ${text}`}>
                  {text}
                </dd>
              </div>
            ))}
          </dl>
          {frame.variables.length === 0 && <p class="dim">{t('locals.none')}</p>}
          {frame.more > 0 && <p class="dim">{t('locals.more', frame.more)}</p>}
        </section>
      ))}
    </>
  );
}
