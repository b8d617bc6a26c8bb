/** Every place that held a loop: by line, with the stack of its longest hold and all stacks weighted by time. */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { BlockView } from '../../extension/model/queries';
import { nowNs } from '../clock';
import { age, duration, functionLabel } from '../format';
import { blocksMarkdown } from '../markdown';
import { blocks, loudBlocks, openSite, overview } from '../store';
import { count, plural, t } from '../texts';
import { causeText, noBlocksText } from '../verdict';
import { Flame } from './Flame';
import { CopyButton, Empty, PlaceLink, Section } from './parts';
import { FixButton, MuteButton, MutedToggle, reasonOf } from './remarks';
import { Trend } from './Trend';
import { useRows } from './useRows';

/** The blocks table and what belongs to the chosen row. */
export function BlocksView(): JSX.Element {
  const [withMuted, setWithMuted] = useState(false);
  const muted = blocks.value.length - loudBlocks.value.length;
  const rows = withMuted ? blocks.value : loudBlocks.value;
  const [chosen, setChosen] = useState<number | null>(null);
  const shown = rows.find((block) => block.id === chosen) ?? rows[0];
  const rowProps = useRows(rows.length, (index) => {
    const site = rows[index]?.site;
    if (site !== null && site !== undefined) openSite(site.id);
  });
  if (blocks.value.length === 0) return <Empty title={noBlocksText(overview.value, 0)} />;
  return (
    <div class="blocks">
      <div class="toolbar">
        <span class="toolbar-note">{t('blocks.label')}</span>
        <MutedToggle muted={muted} shown={withMuted} onChange={setWithMuted} />
        <CopyButton
          label={t('blocks.copy')}
          text={() => (overview.value === null ? null : blocksMarkdown(overview.value, rows))}
        />
      </div>
      <div class="table-scroll">
        <table class="table" role="grid" aria-label={t('blocks.label')}>
          <thead>
            <tr>
              <th scope="col">{t('blocks.line')}</th>
              <th scope="col">{t('blocks.callee')}</th>
              <th scope="col" class="spare">
                {t('blocks.cause')}
              </th>
              <th scope="col" class="number">
                {t('blocks.count')}
              </th>
              <th scope="col" class="number">
                {t('blocks.total')}
              </th>
              <th scope="col" class="number">
                {t('blocks.longest')}
              </th>
              <th scope="col" class="c-trend" title={t('trend.title')}>
                {t('trend.head')}
              </th>
              <th scope="col" class="number wide">
                {t('blocks.victims')}
              </th>
              <th scope="col" class="wide">
                {t('blocks.task')}
              </th>
              <th scope="col" class="number wide">
                {t('blocks.last')}
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map((block, index) => (
              <tr
                key={block.id}
                data-row
                class={reasonOf({ what: 'block', id: block.id }) === null ? '' : 'muted'}
                aria-selected={block === shown}
                {...rowProps(index)}
                onClick={() => {
                  setChosen(block.id);
                }}
                onFocusCapture={() => {
                  setChosen(block.id);
                }}
              >
                <BlockCells block={block} />
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <div class="blocks-more">
        {shown === undefined ? (
          <p class="quiet">{t('remarks.allMuted')}</p>
        ) : (
          <>
            <Stack block={shown} />
            <Section title={t('blocks.flame')}>
              <Flame blocks={rows} />
            </Section>
          </>
        )}
      </div>
    </div>
  );
}

function BlockCells({ block }: { readonly block: BlockView }): JSX.Element {
  return (
    <>
      <td>
        {block.site === null ? (
          <span class="dim">{t('blocks.noLine')}</span>
        ) : (
          <>
            <PlaceLink site={block.site} tabbable={false} />{' '}
            <span class="dim spare">{functionLabel(block.site.function)}</span>
          </>
        )}
      </td>
      <td class="mono">{block.callee ?? ''}</td>
      <td class={block.lineAtFault ? 'spare' : 'dim spare'}>{causeText(block.cause)}</td>
      <td class="number">{count(block.count)}</td>
      <td class="number">{duration(block.totalNs)}</td>
      <td class="number alarm">{duration(block.maxNs)}</td>
      <td class="c-trend">
        <Trend block={block.id} />
      </td>
      <td class="number wide">{block.victims === 0 ? '' : plural('blocks.victimTasks', block.victims)}</td>
      <td class="wide ellipsis">{block.task ?? ''}</td>
      <td class="number wide">{t('blocks.ago', age(nowNs.value - block.lastAtNs - block.lastNs))}</td>
    </>
  );
}

function Stack({ block }: { readonly block: BlockView }): JSX.Element {
  const reason = reasonOf({ what: 'block', id: block.id });
  const { site } = block;
  return (
    <Section title={t('blocks.stack')}>
      <ol class="stack">
        {block.stack.map((site, index) => (
          <li key={index} class={site.user ? '' : 'dim'}>
            <span class="mono">{functionLabel(site.function)}</span> <PlaceLink site={site} />
          </li>
        ))}
      </ol>
      <p class="advice-line">{reason === null ? t(`advice.${block.cause}`) : t('remarks.because', reason)}</p>
      <div class="row-actions">
        {site !== null && (
          <>
            <button type="button" class="button" onClick={() => openSite(site.id)}>
              {t('verdict.goToLine')}
            </button>
            <FixButton site={site.id} />
          </>
        )}
        <MuteButton what="block" id={block.id} />
      </div>
    </Section>
  );
}
