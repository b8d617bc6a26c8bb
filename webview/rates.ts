/** How often per second the loops of the shown process turn, from totals that updates carry. */
import { signal, type ReadonlySignal } from '@preact/signals';
import type { ProcessOverview } from '../extension/model/queries';

/** Rates over less than this would jump, in nanoseconds. */
const LEAST_NS = 1e9;

/** What a loop did per second lately. */
export interface LoopRate {
  readonly iterations: number;
  readonly callbacks: number | null;
}

interface Mark {
  readonly atNs: number;
  readonly iterations: number;
  readonly callbacks: number | null;
}

const rates = signal<ReadonlyMap<number, LoopRate>>(new Map());
let marks = new Map<number, Mark>();
let process = '';

/** The rate of each loop whose totals are known; the others are absent. */
export const loopRates: ReadonlySignal<ReadonlyMap<number, LoopRate>> = rates;

/** Takes in the totals of an update. */
export function noteRates({ key, loops, nowNs }: ProcessOverview): void {
  if (key !== process) {
    process = key;
    marks = new Map();
    rates.value = new Map();
  }
  const found = new Map<number, LoopRate>();
  for (const { id, iterations, callbacks = null } of loops) {
    if (iterations === null) {
      marks.delete(id);
      continue;
    }
    const mark = marks.get(id);
    const seconds = mark === undefined ? 0 : (nowNs - mark.atNs) / 1e9;
    if (mark !== undefined && nowNs >= mark.atNs && nowNs - mark.atNs < LEAST_NS) {
      const known = rates.peek().get(id);
      if (known !== undefined) found.set(id, known);
      continue;
    }
    marks.set(id, { atNs: nowNs, iterations, callbacks });
    if (mark === undefined || seconds <= 0 || iterations < mark.iterations) continue;
    found.set(id, {
      iterations: (iterations - mark.iterations) / seconds,
      callbacks: callbacks === null || mark.callbacks === null ? null : (callbacks - mark.callbacks) / seconds,
    });
  }
  rates.value = found;
}
