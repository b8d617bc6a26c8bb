import type { ExecutorView, Translate } from '../../model';
import { durationText } from '../../model';

const NS_PER_MS = 1e6;

/** A process as far as it tells how busy its executors were. */
export interface Offloading {
  executors(): readonly ExecutorView[];
}

/** A job that waited this long for a worker would have been worth a warning as a hold of the loop, in ms. */
const LONG_MS = 100;

/** What a run measured of the executor that a fix hands more work to. */
export interface Pressure {
  /** One sentence for a person. */
  readonly text: string;
  /** Whether jobs waited long for a worker: what is added waits too, or makes others wait. */
  readonly isHigh: boolean;
}

/**
 * What was measured of the default executor, which `asyncio.to_thread` uses; of several the busiest of the latest run that used one.
 *
 * @param processes The latest first.
 * @returns null where no run handed it anything.
 */
export function executorPressure(processes: readonly Offloading[], t: Translate): Pressure | null {
  for (const process of processes) {
    const [busiest] = process
      .executors()
      .filter(({ defaultOf, submitted }) => defaultOf !== null && submitted > 0)
      .sort((left, right) => right.submitted - left.submitted);
    if (busiest) return { text: pressureText(busiest, t), isHigh: (busiest.queueWaitMs.max ?? 0) >= LONG_MS };
  }
  return null;
}

function pressureText({ shutDown, maxWorkers, busy, maxQueued, queueWaitMs }: ExecutorView, t: Translate): string {
  const [middle, longest] = [queueWaitMs.p50, queueWaitMs.max].map((ms) => durationText((ms ?? 0) * NS_PER_MS));
  const workers = shutDown ? t('{0} workers', maxWorkers) : t('{0} of {1} workers busy', busy, maxWorkers);
  return t(
    'Default executor, as measured: {0}, longest queue {1}, queue wait {2} in the middle and {3} at the longest.',
    workers,
    maxQueued,
    middle ?? '',
    longest ?? '',
  );
}
