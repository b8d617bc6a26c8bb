/** What Loopscope found wrong, by rule, each sentence with its evidence. */
import type { JSX } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { FindingView, TaskReference } from '../../extension/model/queries';
import { findingsMarkdown } from '../markdown';
import { findings, loudFindings, overview, selectedTask, wantedFinding } from '../store';
import { count, t } from '../texts';
import { ChangesSection, CompareButtons } from './Changes';
import { CopyButton, Empty, Icon, PlaceLink, Section } from './parts';
import { FixButton, MuteButton, MutedToggle, reasonOf } from './remarks';
import { SEVERITY_ICONS } from './TaskFindings';

/** The findings, worst first. */
export function FindingsView(): JSX.Element {
  const [withMuted, setWithMuted] = useState(false);
  const muted = findings.value.length - loudFindings.value.length;
  const rows = withMuted ? findings.value : loudFindings.value;
  const rules = new Map<string, FindingView[]>();
  for (const finding of rows) {
    const group = rules.get(finding.rule);
    if (group === undefined) rules.set(finding.rule, [finding]);
    else group.push(finding);
  }
  return (
    <div class="findings">
      <div class="findings-actions">
        <CompareButtons />
        <MutedToggle muted={muted} shown={withMuted} onChange={setWithMuted} />
        <CopyButton
          label={t('findings.copy')}
          text={() => (overview.value === null ? null : findingsMarkdown(overview.value, rows))}
        />
      </div>
      <ChangesSection />
      {findings.value.length === 0 ? (
        <Empty title={t('findings.empty')} detail={t('findings.emptyDetail')} />
      ) : (
        rows.length === 0 && <p class="quiet">{t('remarks.allMuted')}</p>
      )}
      {[...rules].map(([rule, group]) => (
        <Section key={rule} title={rule} aside={count(group.length)}>
          <ul class="finding-list">
            {group.map((finding) => (
              <Finding key={finding.id} finding={finding} />
            ))}
          </ul>
        </Section>
      ))}
    </div>
  );
}

/** The tasks that a finding is about, as far as they were still known when it was told: each opens its details. */
function Tasks({ tasks }: { readonly tasks: readonly TaskReference[] }): JSX.Element | null {
  const known = tasks.filter(({ name }) => name !== null);
  if (known.length === 0) return null;
  return (
    <ul class="finding-tasks">
      <li class="dim">{t('findings.tasks')}</li>
      {known.map(({ id, name }) => (
        <li key={id}>
          <button
            type="button"
            class="link"
            onClick={() => {
              selectedTask.value = id;
            }}
          >
            {name}
          </button>
        </li>
      ))}
    </ul>
  );
}

function Finding({ finding }: { readonly finding: FindingView }): JSX.Element {
  const evidence = Object.entries(finding.evidence).filter(([, value]) => value !== null);
  const reason = reasonOf({ what: 'finding', id: finding.id });
  const item = useRef<HTMLLIElement>(null);
  const isWanted = wantedFinding.value === finding.id;
  useLayoutEffect(() => {
    if (!isWanted) return;
    wantedFinding.value = null;
    item.current?.focus({ preventScroll: true });
    item.current?.scrollIntoView({ block: 'center' });
  }, [isWanted]);
  return (
    <li ref={item} tabIndex={-1} class={`finding finding-${finding.severity} ${reason === null ? '' : 'muted'}`}>
      <Icon name={SEVERITY_ICONS[finding.severity]} />
      <div>
        <p>
          <span class="visually-hidden">{t(`findings.${finding.severity}`)}: </span>
          {finding.message}
          {finding.site !== null && (
            <>
              {' '}
              <PlaceLink site={finding.site} />
            </>
          )}
          {finding.count > 1 && <span class="dim"> {t('findings.times', finding.count)}</span>}
        </p>
        {evidence.length > 0 && (
          <dl class="evidence">
            {evidence.map(([name, value]) => (
              <div key={name}>
                <dt>{name.replaceAll('_', ' ')}</dt>
                <dd>{typeof value === 'number' ? count(value) : String(value)}</dd>
              </div>
            ))}
          </dl>
        )}
        {finding.tasks !== null && <Tasks tasks={finding.tasks} />}
        {reason !== null && <p>{t('remarks.because', reason)}</p>}
      </div>
      <div class="row-actions">
        {finding.rule === 'blocking' && finding.site !== null && <FixButton site={finding.site.id} />}
        <MuteButton what="finding" id={finding.id} />
      </div>
    </li>
  );
}
