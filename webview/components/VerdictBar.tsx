/** What is wrong first, in one sentence, with the way there. */
import type { JSX } from 'preact';
import { nowNs } from '../clock';
import { functionLabel } from '../format';
import { act, canAsk, openSite, overview, remarks, view } from '../store';
import { t } from '../texts';
import { verdictText } from '../verdict';
import { Icon, PlaceLink } from './parts';
import { FixButton } from './remarks';

const ICONS = { alarm: 'error', warning: 'warning', held: 'debug-pause', fine: 'pass' } as const;

/** The bar under the header; of the same height whatever it says, so that nothing below jumps. */
export function VerdictBar(): JSX.Element | null {
  const shown = overview.value;
  if (shown === null) return null;
  const verdict = verdictText(shown, Math.max(nowNs.value, shown.nowNs), Object.keys(remarks.value.mutedBlocks).length);
  const { site } = verdict;
  return (
    <section class={`verdict verdict-${verdict.severity}`} aria-label={t('verdict.label')}>
      <Icon name={ICONS[verdict.severity]} />
      <div class="verdict-words">
        <p class="verdict-title">
          <strong>{verdict.title}</strong>
          {site !== null && (
            <span class="verdict-place">
              <PlaceLink site={site} /> <span class="dim">{t('verdict.in', functionLabel(site.function))}</span>
            </span>
          )}
        </p>
        <p class="verdict-facts">
          {verdict.facts.join(' · ')}
          {verdict.advice !== '' && <span class="advice">. {verdict.advice}</span>}
        </p>
      </div>
      <div class="verdict-actions">
        {shown.loops.some(({ state }) => state === 'held') && canAsk('resume') && (
          <button type="button" class="button primary" onClick={() => act({ kind: 'resume' })}>
            {t('act.resume')}
          </button>
        )}
        {site !== null && (
          <>
            <button type="button" class="button primary" onClick={() => openSite(site.id)}>
              {t('verdict.goToLine')}
            </button>
            <FixButton site={site.id} />
          </>
        )}
        {verdict.more !== null && verdict.more !== view.value && (
          <button
            type="button"
            class="button"
            onClick={() => {
              if (verdict.more !== null) view.value = verdict.more;
            }}
          >
            {t(verdict.more === 'blocks' ? 'verdict.showBlocks' : 'verdict.showFindings')}
          </button>
        )}
      </div>
      <Announcer
        live={verdict.live}
        text={
          site === null ? verdict.title : `${verdict.title.replace(/[\d.,]+ (?:µs|ms|s|min)/u, '')} ${site.function}`
        }
      />
    </section>
  );
}

/** Tells a screen reader once that a block began; the ticking figure would never let it finish. */
function Announcer({ live, text }: { readonly live: boolean; readonly text: string }): JSX.Element {
  return (
    <p class="visually-hidden" role="status" aria-live="polite">
      {live ? text : ''}
    </p>
  );
}
