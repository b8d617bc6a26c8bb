/** The first view: loops with their lag, the tasks, and beside them blocks and executors. */
import type { JSX } from 'preact';
import { blocks, executors, loudBlocks, overview, view } from '../store';
import { duration } from '../format';
import { count, plural, t } from '../texts';
import { causeText, noBlocksText } from '../verdict';
import { executorName, ExecutorFigures } from './ExecutorsView';
import { Loops } from './Loops';
import { PlaceLink, Section } from './parts';
import { TaskGrid } from './TaskGrid';

const SHOWN_BLOCKS = 5;
const SHOWN_EXECUTORS = 4;

/** What the loop is doing now. */
export function NowView(): JSX.Element {
  return (
    <>
      <Loops />
      <div class="now-columns">
        <TaskGrid toolbar={false} />
        <div class="now-side">
          <Blocks />
          <Executors />
        </div>
      </div>
    </>
  );
}

function ShowAll({ to }: { readonly to: 'blocks' | 'executors' }): JSX.Element {
  return (
    <button
      type="button"
      class="link"
      onClick={() => {
        view.value = to;
      }}
    >
      {t(`tab.${to}`)} {count(to === 'blocks' ? loudBlocks.value.length : executors.value.length)}
    </button>
  );
}

function Blocks(): JSX.Element {
  const rows = loudBlocks.value;
  return (
    <Section title={t('blocks.title')} aside={rows.length > SHOWN_BLOCKS && <ShowAll to="blocks" />}>
      {rows.length === 0 ? (
        <p class="quiet">{noBlocksText(overview.value, blocks.value.length)}</p>
      ) : (
        <ul class="brief">
          {rows.slice(0, SHOWN_BLOCKS).map((block) => (
            <li key={block.id} class={block.lineAtFault ? 'brief-alarm' : ''}>
              <div class="brief-line">
                {block.site === null ? <span class="dim">{t('blocks.noLine')}</span> : <PlaceLink site={block.site} />}
                <span class="number">{duration(block.totalNs)}</span>
              </div>
              <div class="ellipsis">
                {block.callee !== null && <span class="mono">{block.callee} · </span>}
                {causeText(block.cause)}
              </div>
              <div class="dim ellipsis">
                {[
                  `${count(block.count)} ×`,
                  t('verdict.longest', duration(block.maxNs)),
                  ...(block.victims === 0 ? [] : [plural('verdict.waited', block.victims)]),
                ].join(' · ')}
              </div>
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}

function Executors(): JSX.Element {
  const rows = executors.value;
  return (
    <Section title={t('executors.title')} aside={rows.length > SHOWN_EXECUTORS && <ShowAll to="executors" />}>
      {rows.length === 0 ? (
        <p class="quiet">{t('executors.empty')}</p>
      ) : (
        <ul class="brief">
          {rows.slice(0, SHOWN_EXECUTORS).map((executor) => (
            <li key={executor.id}>
              <div class="brief-line">
                <span class="ellipsis">{executorName(executor)}</span>
              </div>
              <ExecutorFigures executor={executor} />
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}
