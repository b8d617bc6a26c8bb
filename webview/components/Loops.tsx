/** Each loop: what it does, its figures, its lag. */
import type { JSX } from 'preact';
import type { LoopView } from '../../extension/model/queries';
import { nowNs } from '../clock';
import { age, duration, milliseconds, shortClass } from '../format';
import { loopRates } from '../rates';
import { overview } from '../store';
import { count, t } from '../texts';
import { LagChart } from './LagChart';
import { StateLabel } from './parts';

/** One row per loop. */
export function Loops(): JSX.Element | null {
  const shown = overview.value;
  if (shown === null || shown.loops.length === 0) return null;
  return (
    <section class="loops" aria-label={t('loops.title')} {...(shown.loops.length > 2 ? { tabIndex: 0 } : {})}>
      {shown.loops.map((loop) => (
        <Loop key={loop.id} loop={loop} thresholdMs={shown.thresholdMs} now={Math.max(nowNs.value, shown.nowNs)} />
      ))}
    </section>
  );
}

function Loop(props: { readonly loop: LoopView; readonly thresholdMs: number; readonly now: number }): JSX.Element {
  const { loop, thresholdMs, now } = props;
  const name = loop.thread === '' ? shortClass(loop.class) : loop.thread;
  const held = loop.block === null ? null : duration(Math.max(0, now - loop.block.startedNs));
  const rate = loopRates.value.get(loop.id);
  const { p50, p99, max, count: probes } = loop.lagMs;
  return (
    <article class="loop" aria-label={name}>
      <div class="loop-words">
        <h2>{name}</h2>
        <p class="dim ellipsis" title={loop.class}>
          {shortClass(loop.class)}
        </p>
        <p>
          <StateLabel state={loop.state} />
          {held !== null ? (
            <span> {t('state.for', held)}</span>
          ) : loop.state === 'stopped' ? (
            <span class="dim"> {t('state.for', age(now - loop.sinceNs))}</span>
          ) : null}
        </p>
      </div>
      <dl class="figures">
        <Figure name={t('loop.tasks')} value={count(loop.tasks)} />
        <Figure name={t('loop.ready')} value={count(loop.ready)} />
        <Figure name={t('loop.timers')} value={count(loop.timers)} />
        <Figure name={t('loop.p50')} value={milliseconds(probes === 0 ? null : p50)} />
        <Figure name={t('loop.p99')} value={milliseconds(probes === 0 ? null : p99)} alarm={p99 > thresholdMs} />
        <Figure name={t('loop.max')} value={milliseconds(probes === 0 ? null : max)} alarm={max > thresholdMs} />
        {rate !== undefined && <Figure name={t('loop.iterations')} value={count(Math.round(rate.iterations))} />}
        {rate !== undefined && rate.callbacks !== null && (
          <Figure name={t('loop.callbacks')} value={count(Math.round(rate.callbacks))} />
        )}
      </dl>
      <LagChart loop={loop.id} name={name} thresholdMs={thresholdMs} />
    </article>
  );
}

function Figure(props: { readonly name: string; readonly value: string; readonly alarm?: boolean }): JSX.Element {
  return (
    <div class="figure">
      <dt>{props.name}</dt>
      <dd class={props.alarm === true ? 'alarm' : ''}>{props.value}</dd>
    </div>
  );
}
