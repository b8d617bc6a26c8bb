/** All that is known of the chosen task, ending in the final cause of its wait. */
import type { JSX } from 'preact';
import type { ChainStep, TaskDetails } from '../../extension/protocol/webview-messages';
import { nowNs } from '../clock';
import { age, duration, functionLabel } from '../format';
import { detailsMarkdown } from '../markdown';
import { canAsk, details, overview, question, selectedTask } from '../store';
import { t } from '../texts';
import { waitClass } from '../waits';
import { Locals } from './Locals';
import { CopyButton, Icon, PlaceLink, StateLabel } from './parts';
import { TaskFindingList } from './TaskFindings';
import { TaskHistory } from './TaskHistory';
import { TaskSteps } from './TaskSteps';

/** The pane beside the view. */
export function Details(): JSX.Element | null {
  const shown = details.value;
  if (shown === null) return null;
  const { task } = shown;
  return (
    <aside class="details" aria-label={t('details.title')}>
      <header>
        <h2 class="ellipsis" title={task.name}>
          {task.name}
        </h2>
        <CopyButton
          label={t('details.copy')}
          text={() => (overview.value === null ? null : detailsMarkdown(overview.value, shown, nowNs.value))}
        />
        <button
          type="button"
          class="icon-button"
          aria-label={t('details.close')}
          title={t('details.close')}
          onClick={() => {
            selectedTask.value = null;
          }}
        >
          <Icon name="close" />
        </button>
      </header>
      {!shown.alive && <p class="dim">{t('details.ended')}</p>}
      <Facts shown={shown} />
      <TaskFindingList findings={shown.findings} />
      <h3>{t('details.awaits')}</h3>
      <AwaitStack shown={shown} />
      {shown.chain.length > 0 && (
        <>
          <h3>{t('details.endsIn')}</h3>
          <ol class="stack chain">
            {shown.chain.map((step, index) => (
              <Step key={index} step={step} />
            ))}
          </ol>
          {shown.cycle && <p class="alarm">{t('details.cycle')}</p>}
        </>
      )}
      <Locals shown={shown} />
      <TaskHistory shown={shown} />
      {shown.steps !== undefined && shown.steps !== null && <TaskSteps steps={shown.steps} />}
      {shown.alive && canAsk('cancel-task') && (
        <div class="row-actions">
          <button
            type="button"
            class="button"
            onClick={() => {
              question.value = { kind: 'cancel-task', task: task.id };
            }}
          >
            {t('act.cancelTask')}
          </button>
        </div>
      )}
    </aside>
  );
}

function Facts({ shown }: { readonly shown: TaskDetails }): JSX.Element {
  const { task } = shown;
  const { wait } = task;
  const since = wait?.sinceNs ?? task.sinceNs;
  return (
    <dl class="facts">
      <dt>{t('details.state')}</dt>
      <dd>
        <StateLabel state={task.state} /> <span class="dim">{t('state.for', age(nowNs.value - since))}</span>
      </dd>
      {wait !== null && (
        <>
          <dt>{t('details.wait')}</dt>
          <dd>
            <i class={`chip ${waitClass(wait.kind)}`} aria-hidden="true" />
            {wait.label}
            {wait.untilNs !== null && (
              <span class="dim"> {t('details.due', duration(Math.max(0, wait.untilNs - nowNs.value)))}</span>
            )}
          </dd>
        </>
      )}
      <dt>{t('details.coroutine')}</dt>
      <dd>
        <span class="mono">{functionLabel(task.coroutine)}</span>{' '}
        {task.coroutineSite !== null && <PlaceLink site={task.coroutineSite} />}
      </dd>
      <dt>{t('details.created')}</dt>
      <dd>
        <PlaceLink site={task.createdSite} />
        {task.createdSite !== null && <span class="dim"> {functionLabel(task.createdSite.function)}</span>}
      </dd>
      {task.parent !== null && (
        <>
          <dt>{t('details.parent')}</dt>
          <dd>
            <TaskLink id={task.parent.id} name={task.parent.name} />
          </dd>
        </>
      )}
      <dt>{t('details.alive')}</dt>
      <dd>{age((shown.alive ? nowNs.value : task.sinceNs) - task.createdNs)}</dd>
      {task.exception !== null && (
        <>
          <dt>{t('details.exception')}</dt>
          <dd class="alarm mono">{task.exception}</dd>
        </>
      )}
    </dl>
  );
}

function AwaitStack({ shown }: { readonly shown: TaskDetails }): JSX.Element {
  if (shown.awaitStackError !== null) return <p class="dim">{shown.awaitStackError}</p>;
  if (shown.awaitStack === null) {
    const loop = overview.value?.loops.find(({ id }) => id === shown.task.loop);
    return <p class="dim">{t(loop?.state === 'held' ? 'details.held' : 'details.asking')}</p>;
  }
  if (shown.awaitStack.length === 0) return <p class="dim">{t('details.noAwaits')}</p>;
  return (
    <ol class="stack">
      {shown.awaitStack.map((site, index) => (
        <li key={index} class={site.user ? '' : 'dim'}>
          <span class="mono">{functionLabel(site.function)}</span> <PlaceLink site={site} />
        </li>
      ))}
    </ol>
  );
}

function Step({ step }: { readonly step: ChainStep }): JSX.Element {
  return (
    <li>
      {step.kind !== null && <i class={`chip ${waitClass(step.kind)}`} aria-hidden="true" />}
      {step.task !== null && (
        <>
          <TaskLink id={step.task.id} name={step.task.name} />{' '}
        </>
      )}
      <span class={step.task === null ? '' : 'dim'}>{step.label}</span>
    </li>
  );
}

function TaskLink({ id, name }: { readonly id: number; readonly name: string | null }): JSX.Element {
  return (
    <button
      type="button"
      class="link"
      onClick={() => {
        selectedTask.value = id;
      }}
    >
      {name ?? `#${String(id)}`}
    </button>
  );
}
