/** Exact runs of callbacks that the page keeps: the last minute at `trace`, at most {@link MAX_TIMELINE_STEPS}. */
import type { Lane, TimelineSteps } from '../extension/protocol/webview-messages';
import { MAX_TIMELINE_STEPS } from '../extension/protocol/webview-messages';

/** One run of a callback. Lanes are ids; see {@link Lane}. */
export interface Step {
  readonly lane: string;
  readonly fromNs: number;
  readonly toNs: number;
  /** From when on it could have run; `fromNs` when that is not known. */
  readonly readyNs: number;
  /** The lane whose step woke it; null for none. */
  readonly wokenBy: string | null;
}

const NO_LANE = -1;

/** A ring of typed columns, ordered by the end of the runs. */
export class StepHistory {
  private readonly lane = new Int32Array(MAX_TIMELINE_STEPS);
  private readonly wokenBy = new Int32Array(MAX_TIMELINE_STEPS);
  private readonly fromNs = new Float64Array(MAX_TIMELINE_STEPS);
  private readonly toNs = new Float64Array(MAX_TIMELINE_STEPS);
  private readonly readyNs = new Float64Array(MAX_TIMELINE_STEPS);
  private readonly names: string[] = [];
  private readonly numbers = new Map<string, number>();
  private first = 0;
  private length = 0;
  /** Steps that were not kept here, and those that did not come as far as here. */
  dropped = 0;

  /** True when there is a step. */
  get any(): boolean {
    return this.length > 0;
  }

  clear(): void {
    this.first = this.length = this.dropped = 0;
    this.names.length = 0;
    this.numbers.clear();
  }

  /** Takes steps in; the oldest make room for them. @param lanes of the same message. */
  add(steps: TimelineSteps, lanes: readonly Lane[]): void {
    this.dropped = Math.max(this.dropped, steps.dropped);
    const numbers = lanes.map(({ id }) => this.numberOf(id));
    steps.lane.forEach((lane, index) => {
      if (this.length === MAX_TIMELINE_STEPS) this.first = (this.first + 1) % MAX_TIMELINE_STEPS;
      else this.length++;
      const at = this.at(this.length - 1);
      const fromNs = steps.fromNs[index] ?? 0;
      const readyNs = steps.readyNs[index] ?? 0;
      this.lane[at] = numbers[lane] ?? NO_LANE;
      this.wokenBy[at] = numbers[steps.wokenBy[index] ?? NO_LANE] ?? NO_LANE;
      this.fromNs[at] = fromNs;
      this.toNs[at] = steps.toNs[index] ?? fromNs;
      this.readyNs[at] = readyNs === 0 ? fromNs : readyNs;
    });
  }

  /** Forgets the steps that ended before `beforeNs`. */
  forget(beforeNs: number): void {
    while (this.length > 0 && (this.toNs[this.first] ?? Infinity) < beforeNs) {
      this.first = (this.first + 1) % MAX_TIMELINE_STEPS;
      this.length--;
    }
  }

  /** The steps that run, or wait for their turn, within the range. */
  *between(fromNs: number, toNs: number): Generator<Step> {
    for (let index = this.firstEndingAfter(fromNs); index < this.length; index++) {
      const at = this.at(index);
      const readyNs = this.readyNs[at] ?? 0;
      if (readyNs > toNs) continue;
      const lane = this.names[this.lane[at] ?? NO_LANE];
      if (lane === undefined) continue;
      yield {
        lane,
        fromNs: this.fromNs[at] ?? 0,
        toNs: this.toNs[at] ?? 0,
        readyNs,
        wokenBy: this.names[this.wokenBy[at] ?? NO_LANE] ?? null,
      };
    }
  }

  private at(index: number): number {
    return (this.first + index) % MAX_TIMELINE_STEPS;
  }

  private firstEndingAfter(ns: number): number {
    let low = 0;
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.toNs[this.at(middle)] ?? 0) < ns) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private numberOf(id: string): number {
    let number = this.numbers.get(id);
    if (number === undefined) {
      number = this.names.push(id) - 1;
      this.numbers.set(id, number);
    }
    return number;
  }
}
