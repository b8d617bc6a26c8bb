/** Each executor: workers, backlog, waits, the jobs that run and where they come from. */
import type { JSX } from 'preact';
import type { ExecutorView, JobView } from '../../extension/model/queries';
import { nowNs } from '../clock';
import { duration, functionLabel, milliseconds } from '../format';
import { executors, openSite, selectedTask } from '../store';
import { count, t } from '../texts';
import { BacklogChart } from './BacklogChart';
import { EndedJobs } from './EndedJobs';
import { Empty, Meter, PlaceLink, Section } from './parts';
import { useRows } from './useRows';

/** An executor as people call it. */
export function executorName(executor: ExecutorView): string {
  if (executor.defaultOf !== null) return t('executor.default');
  return executor.name === '' ? executor.type : `${executor.type} ${executor.name}`;
}

/** The executors, most loaded first as the host sends them. */
export function ExecutorsView(): JSX.Element {
  const rows = executors.value;
  if (rows.length === 0) return <Empty title={t('executors.empty')} />;
  return (
    <div class="executors">
      {rows.map((executor) => (
        <Section
          key={executor.id}
          class="executor"
          title={executorName(executor)}
          aside={[
            ...(executor.defaultOf === null ? [] : [executor.type]),
            ...(executor.shutDown ? [t('executor.closed')] : []),
          ].join(' · ')}
        >
          <div class="executor-head">
            <ExecutorFigures executor={executor} />
            <BacklogChart executor={executor} name={executorName(executor)} />
          </div>
          <Jobs executor={executor} />
          <EndedJobs executor={executor} name={executorName(executor)} />
          <Sites executor={executor} />
        </Section>
      ))}
    </div>
  );
}

/** Busy workers and backlog, as words and a bar. */
export function ExecutorFigures({ executor }: { readonly executor: ExecutorView }): JSX.Element {
  const { maxWorkers, busy, queued, queueWaitMs, runMs } = executor;
  const full = queued > 0 && busy >= maxWorkers;
  return (
    <div class="executor-figures">
      <p>
        <strong>{t('executor.busy', busy, maxWorkers)}</strong>
        {queued > 0 && <span class={full ? 'warn' : ''}> · {t('executor.queued', queued)}</span>}
      </p>
      <Meter part={maxWorkers === 0 ? 0 : busy / maxWorkers} tone={full ? 'warning' : 'running'} />
      <p class="dim">
        {[
          t('executor.wait', milliseconds(queueWaitMs.p50)),
          t('executor.run', milliseconds(runMs.p50)),
          t('executor.done', executor.completed, executor.submitted),
          ...(executor.failed > 0 ? [t('executor.failed', executor.failed)] : []),
          ...(executor.cancelled > 0 ? [t('executor.cancelled', executor.cancelled)] : []),
        ].join(' · ')}
      </p>
    </div>
  );
}

function Jobs({ executor }: { readonly executor: ExecutorView }): JSX.Element {
  const { jobs } = executor;
  const rowProps = useRows(jobs.length, (index) => {
    const site = jobs[index]?.site;
    if (site !== null && site !== undefined) openSite(site.id);
  });
  if (jobs.length === 0) return <p class="quiet">{t('executor.noJobs')}</p>;
  const unlisted = executor.queued - jobs.filter((job) => job.state === 'queued').length;
  return (
    <div class="table-scroll">
      <table class="table" role="grid" aria-label={t('executor.jobs', executorName(executor))}>
        <thead>
          <tr>
            <th scope="col">{t('executor.worker')}</th>
            <th scope="col">{t('executor.job')}</th>
            <th scope="col" class="number">
              {t('executor.for')}
            </th>
            <th scope="col">{t('executor.submittedAt')}</th>
            <th scope="col" class="wide">
              {t('executor.task')}
            </th>
          </tr>
        </thead>
        <tbody>
          {jobs.map((job, index) => (
            <tr key={job.id} data-row class={job.state} {...rowProps(index)}>
              <JobCells job={job} />
            </tr>
          ))}
        </tbody>
      </table>
      {unlisted > 0 && <p class="quiet">{t('executor.moreQueued', unlisted)}</p>}
    </div>
  );
}

function JobCells({ job }: { readonly job: JobView }): JSX.Element {
  const { task } = job;
  return (
    <>
      <td>
        <i class={`chip ${job.state === 'running' ? 'wait-job' : 'chip-ready'}`} aria-hidden="true" />
        {job.worker ?? t('executor.queuedState')}
      </td>
      <td class="mono">{functionLabel(job.function)}</td>
      <td class="number">{duration(Math.floor((nowNs.value - (job.startedNs ?? job.submittedNs)) / 1e8) * 1e8)}</td>
      <td>
        <PlaceLink site={job.site} tabbable={false} />
      </td>
      <td class="wide">
        {task !== null && (
          <button
            type="button"
            class="link"
            tabIndex={-1}
            onClick={() => {
              selectedTask.value = task.id;
            }}
          >
            {task.name ?? `#${String(task.id)}`}
          </button>
        )}
      </td>
    </>
  );
}

function Sites({ executor }: { readonly executor: ExecutorView }): JSX.Element | null {
  if (executor.sites.length === 0) return null;
  return (
    <ul class="sites">
      <li class="dim">{t('executor.sites')}</li>
      {executor.sites.map(({ site, submitted }, index) => (
        <li key={index}>
          <PlaceLink site={site} /> <span class="dim">{count(submitted)} ×</span>
        </li>
      ))}
    </ul>
  );
}
