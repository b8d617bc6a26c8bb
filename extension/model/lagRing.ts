import type { LagSeries } from './queries';

const SMALLEST = 256;

/** A still open probe is replaced by its later reports; reports of several open probes may interleave. */
const LOOK_BACK = 8;

/** The latest probes of one loop, in order of when they were due. Holds at most `capacity` of them; the oldest go first. */
export class LagRing {
  private times = new Float64Array(SMALLEST);
  private lags = new Float64Array(SMALLEST);
  private first = 0;
  private length = 0;
  private lastIsOpen = false;

  public constructor(private readonly capacity: number) {}

  /**
   * Adds a probe, or replaces the one that was due at the same time.
   * @returns false when it was due before the latest and is not known: such a probe is not kept.
   */
  public push(timeNs: number, lagMs: number, open: boolean): boolean {
    for (let back = 1; back <= Math.min(LOOK_BACK, this.length); back++) {
      const slot = this.slot(this.length - back);
      const due = this.times[slot] ?? 0;
      if (due === timeNs) {
        this.lags[slot] = lagMs;
        if (back === 1) this.lastIsOpen = open;
        return true;
      }
      if (due < timeNs) break;
      if (back === Math.min(LOOK_BACK, this.length)) return false;
    }
    if (this.length === this.times.length && this.length < this.capacity) this.grow();
    if (this.length === this.times.length) {
      this.first = (this.first + 1) % this.times.length;
      this.length--;
    }
    const slot = this.slot(this.length);
    this.times[slot] = timeNs;
    this.lags[slot] = lagMs;
    this.length++;
    this.lastIsOpen = open;
    return true;
  }

  /** Probes due after `fromNs`, oldest first. */
  public since(fromNs: number): LagSeries {
    let low = 0;
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.times[this.slot(middle)] ?? 0) > fromNs) high = middle;
      else low = middle + 1;
    }
    const count = this.length - low;
    const timesNs = new Array<number>(count);
    const lagsMs = new Array<number>(count);
    for (let index = 0; index < count; index++) {
      const slot = this.slot(low + index);
      timesNs[index] = this.times[slot] ?? 0;
      lagsMs[index] = this.lags[slot] ?? 0;
    }
    return { timesNs, lagsMs, open: this.lastIsOpen && count > 0 ? count - 1 : -1 };
  }

  private slot(index: number): number {
    return (this.first + index) % this.times.length;
  }

  private grow(): void {
    const size = Math.min(this.capacity, this.times.length * 2);
    const times = new Float64Array(size);
    const lags = new Float64Array(size);
    for (let index = 0; index < this.length; index++) {
      const slot = this.slot(index);
      times[index] = this.times[slot] ?? 0;
      lags[index] = this.lags[slot] ?? 0;
    }
    this.times = times;
    this.lags = lags;
    this.first = 0;
  }
}
