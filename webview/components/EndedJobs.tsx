/** The jobs of an executor that ended last, and how. */
import type { JSX } from 'preact';
import type { EndedJobView, ExecutorView } from '../../extension/model/queries';
import { nowNs } from '../clock';
import { age, duration, functionLabel } from '../format';
import { openSite } from '../store';
import { t } from '../texts';
import { PlaceLink } from './parts';
import { useRows } from './useRows';

/** How a job ended, in words. */
export function outcomeText({ outcome, exception }: Pick<EndedJobView, 'outcome' | 'exception'>): string {
  return outcome === 'failed' ? t('endedJob.failed', exception ?? '') : t(`endedJob.${outcome}`);
}

/** The table of them, the latest first; nothing when none has ended. */
export function EndedJobs(props: { readonly executor: ExecutorView; readonly name: string }): JSX.Element | null {
  const { ended } = props.executor;
  const rowProps = useRows(ended.length, (index) => {
    const site = ended[index]?.site;
    if (site !== null && site !== undefined) openSite(site.id);
  });
  if (ended.length === 0) return null;
  return (
    <details class="ended-jobs">
      <summary>{t('endedJob.title')}</summary>
      <div class="table-scroll">
        <table class="table" role="grid" aria-label={t('endedJob.label', props.name)}>
          <thead>
            <tr>
              <th scope="col">{t('endedJob.outcome')}</th>
              <th scope="col">{t('executor.job')}</th>
              <th scope="col" class="number">
                {t('endedJob.ran')}
              </th>
              <th scope="col">{t('executor.submittedAt')}</th>
              <th scope="col" class="number wide">
                {t('endedJob.when')}
              </th>
            </tr>
          </thead>
          <tbody>
            {ended.map((job, index) => (
              <tr key={job.id} data-row {...rowProps(index)}>
                <td class={job.outcome === 'failed' ? 'alarm' : ''}>{outcomeText(job)}</td>
                <td class="mono">{functionLabel(job.function)}</td>
                <td class="number">{job.startedNs === null ? '–' : duration(job.endedNs - job.startedNs)}</td>
                <td>
                  <PlaceLink site={job.site} tabbable={false} />
                </td>
                <td class="number wide">{t('endedJob.ago', age(nowNs.value - job.endedNs))}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}
