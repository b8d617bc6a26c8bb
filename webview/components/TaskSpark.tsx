/** How much a task ran in each of the last seconds, as a small picture and in words. */
import type { JSX } from 'preact';
import { SPARK_SECONDS } from '../../extension/model/taskSeconds';
import { nowNs } from '../clock';
import { duration } from '../format';
import { stepSparks } from '../stepSparks';
import { t } from '../texts';

const BAR = 2;
const HEIGHT = 16;

/** A bar for each second; a task that was just scrolled to has only a beginning. */
export function TaskSpark({ task }: { readonly task: number }): JSX.Element | null {
  const spark = stepSparks.of(task, nowNs.value);
  if (spark === null) return null;
  const words = t('sparks.text', spark.steps, duration(spark.busyNs), spark.seconds);
  let bars = '';
  spark.shares.forEach((share, index) => {
    if (share === null) return;
    // A square root leaves room for what runs rarely beside what never rests; a line says that there was nothing.
    const height = share === 0 ? 0.5 : Math.max(1.5, Math.round(Math.sqrt(share) * HEIGHT));
    bars += `M${String(index * BAR)} ${String(HEIGHT)}v${String(-height)}h${String(BAR)}v${String(height)}z`;
  });
  return (
    <span class="spark" title={words}>
      <svg width={SPARK_SECONDS * BAR} height={HEIGHT} aria-hidden="true">
        <path d={bars} />
      </svg>
      <span class="visually-hidden">{words}</span>
    </span>
  );
}
