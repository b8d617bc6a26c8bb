/** The slices of the timeline that the page keeps: the last minute. */
import { signal } from '@preact/signals';
import type { Lane, Slice, Timeline } from '../extension/protocol/webview-messages';
import { HISTORY_SECONDS } from '../extension/protocol/webview-messages';
import { StepHistory } from './stepHistory';

const KEPT_NS = (HISTORY_SECONDS + 5) * 1e9;

class TimelineHistory {
  private readonly revision = signal(0);
  lanes: readonly Lane[] = [];
  omitted = 0;
  exact = false;
  /** Exact runs, at `trace`. */
  readonly steps = new StepHistory();
  private slices = new Map<string, Slice>();

  /** Makes the component that calls it follow the changes. */
  follow(): number {
    return this.revision.value;
  }

  /** Takes in what the host sent and forgets what is older than the timeline. */
  add(timeline: Timeline): void {
    if (timeline.reset) {
      this.slices.clear();
      this.steps.clear();
    }
    this.lanes = timeline.lanes;
    this.omitted = timeline.omitted;
    this.exact = timeline.exact;
    let newest = 0;
    for (const slice of timeline.slices) {
      this.slices.set(slice.key, slice);
      newest = Math.max(newest, slice.toNs ?? slice.fromNs);
    }
    if (timeline.steps !== undefined) {
      this.steps.add(timeline.steps, timeline.lanes);
      newest = Math.max(newest, timeline.steps.toNs.at(-1) ?? 0);
    }
    this.steps.forget(newest - KEPT_NS);
    for (const [key, slice] of this.slices) {
      if (slice.toNs !== null && slice.toNs < newest - KEPT_NS) this.slices.delete(key);
    }
    this.revision.value++;
  }

  /** The slices that touch the range, in no order. */
  *between(fromNs: number, toNs: number): Generator<Slice> {
    for (const slice of this.slices.values()) {
      if (slice.fromNs < toNs && (slice.toNs ?? Infinity) > fromNs) yield slice;
    }
  }
}

/** The slices of the shown process. */
export const timelineHistory = new TimelineHistory();
