/** What was found that is about a task: a badge on its row, and sentences among its details. */
import type { JSX } from 'preact';
import type { RowFinding } from '../../extension/protocol/webview-messages';
import type { FindingView, TaskFinding } from '../../extension/model/queries';
import { remarks, showFinding, tasks } from '../store';
import { plural, t } from '../texts';
import { Icon } from './parts';

/** The icons of the severities. */
export const SEVERITY_ICONS = { error: 'error', warning: 'warning', information: 'info' } as const;

/** How bad the first is and how many there are; goes to the first. Absent when there are none, or all are muted. */
export function FindingBadge({ findings }: { readonly findings: readonly RowFinding[] }): JSX.Element | null {
  const known = new Map(tasks.value?.findings.map((finding) => [finding.id, finding]));
  const shown = findings.flatMap(({ id, by }) => {
    const finding = known.get(id);
    return finding === undefined || isMuted(finding) ? [] : [{ finding, by }];
  });
  const [first] = shown;
  if (first === undefined) return null;
  const { id, severity } = first.finding;
  const sentences = shown.map(({ finding, by }) => `${finding.message} (${finding.rule}, ${t(`taskFindings.${by}`)})`);
  return (
    <button
      type="button"
      // What is only said of a line is quieter than what is said of this task.
      class={`finding-badge ${first.by === 'task' || first.by === 'name' ? `finding-${severity}` : ''}`}
      // The rows of the grid take the keys; by keyboard the way is through the details.
      tabIndex={-1}
      aria-label={`${plural('totals.findings', shown.length)}: ${sentences.join(' ')}`}
      title={sentences.join('\n')}
      onClick={(event) => {
        event.stopPropagation();
        showFinding(id);
      }}
    >
      <Icon name={SEVERITY_ICONS[severity]} />
      {shown.length > 1 && <span aria-hidden="true">{shown.length}</span>}
    </button>
  );
}

/** The sentences, each with the way to its finding. */
export function TaskFindingList({ findings }: { readonly findings: readonly TaskFinding[] }): JSX.Element | null {
  const shown = findings.filter(({ finding }) => !isMuted(finding));
  if (shown.length === 0) return null;
  return (
    <>
      <h3>{t('tab.findings')}</h3>
      <ul class="task-findings">
        {shown.map(({ finding, by }) => (
          <li key={finding.id} class={`finding-${finding.severity}`}>
            <Icon name={SEVERITY_ICONS[finding.severity]} />
            <p>
              {finding.message}{' '}
              <button type="button" class="link" onClick={() => showFinding(finding.id)}>
                {finding.rule}
              </button>
              <span class="dim">, {t(`taskFindings.${by}`)}</span>
            </p>
          </li>
        ))}
      </ul>
    </>
  );
}

function isMuted({ id }: FindingView): boolean {
  return id in remarks.value.mutedFindings;
}
