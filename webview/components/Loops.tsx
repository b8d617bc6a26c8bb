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
        <Busy loop={loop} thresholdMs={thresholdMs} />
        <PerSecond name={t('loop.iterations')} rate={rate?.iterations ?? null} />
        <PerSecond name={t('loop.callbacks')} rate={rate?.callbacks ?? null} />
      </dl>
      <LagChart loop={loop.id} name={name} thresholdMs={thresholdMs} />
    </article>
  );
}

/** How much of the last second the loop was busy, and how that was measured. */
function Busy({ loop, thresholdMs }: { readonly loop: LoopView; readonly thresholdMs: number }): JSX.Element {
  const { busy } = loop;
  if (busy === null) return <Figure name={t('loop.busy')} value="–" title={t('loop.busyUnknown')} />;
  const title =
    busy.measure === 'callbacks' ? t('loop.busyCallbacks') : t('loop.busyProcessor', milliseconds(thresholdMs));
  return <Figure name={t('loop.busy')} value={`${String(Math.round(busy.share * 100))} %`} title={title} />;
}

/** What is counted at `trace` only. */
function PerSecond({ name, rate }: { readonly name: string; readonly rate: number | null }): JSX.Element {
  if (rate !== null) return <Figure name={name} value={count(Math.round(rate))} />;
  if (overview.value?.level === 'trace') return <Figure name={name} value="–" />;
  return <Figure name={name} value={t('loop.atTrace')} title={t('loop.atTraceTitle')} quiet />;
}

function Figure(props: {
  readonly name: string;
  readonly value: string;
  readonly alarm?: boolean;
  /** For what is no figure. */
  readonly quiet?: boolean;
  readonly title?: string;
}): JSX.Element {
  return (
    <div class="figure" title={props.title}>
      <dt>{props.name}</dt>
      <dd class={props.alarm === true ? 'alarm' : props.quiet === true ? 'dim' : ''}>{props.value}</dd>
    </div>
  );
}
