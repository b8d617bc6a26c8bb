import type { PackedBatch } from '../protocol/codec';
import { STEP_BUCKETS } from '../protocol/generated/constants';
import type { Hello, Level, Site, StepHistogram, TaskSteps, Update } from '../protocol/generated/types';
import type { TaskStepsView, TraceQueries } from './queries';
import { StepRing } from './stepRing';

const NS_PER_US = 1_000;
/** Single steps kept: the last minute of a program that runs some 1,700 callbacks a second, 3.6 MB. */
const MAX_STEPS = 100_000;
/** Tasks whose steps are kept beyond those that are alive. */
const MAX_ENDED = 10_000;

const BELOW_NS = Array.from({ length: STEP_BUCKETS }, (_, bucket) => 2 ** bucket * NS_PER_US);

/** What is known of one process at the level `trace`. A pure reducer like the model it is part of. */
export class TraceModel implements TraceQueries {
  public readonly steps = new StepRing(MAX_STEPS);
  private currentLevel: Level;
  private readonly totals = new Map<number, TaskSteps>();
  private histogram: StepHistogram | null = null;
  private dropped = 0;

  public constructor(
    hello: Hello,
    private readonly site: (id: number | null) => Site | null,
  ) {
    this.currentLevel = hello.level;
  }

  public get level(): Level {
    return this.currentLevel;
  }

  public get stepsDropped(): number {
    return this.dropped;
  }

  /** Takes an update. @param alive How many tasks there are. */
  public update(update: Update, alive: number): void {
    this.currentLevel = update.level ?? this.currentLevel;
    this.dropped = update.steps_dropped ?? this.dropped;
    if (update.histogram !== undefined) this.histogram = update.histogram;
    for (const record of update.steps ?? []) {
      // One that is sent again is the newest of all.
      this.totals.delete(record.task);
      this.totals.set(record.task, record);
    }
    let surplus = this.totals.size - alive - MAX_ENDED;
    for (const task of this.totals.keys()) {
      if (surplus-- <= 0) break;
      this.totals.delete(task);
    }
  }

  /** Takes a batch of single steps; one of another kind, or without the columns of steps, is passed over. */
  public take({ header, columns }: PackedBatch): void {
    const [started, ended, ready, task, wokenBy] = ['started', 'ended', 'ready', 'task', 'woken_by'].map((name) =>
      columns.get(name),
    );
    if (header.batch !== 'steps' || !started || !ended || !ready || !task || !wokenBy) return;
    for (let row = 0; row < header.rows; row++) {
      this.steps.push(
        header.loop,
        Number(task[row]),
        Number(started[row]),
        Number(ended[row]),
        Number(ready[row]),
        Number(wokenBy[row]),
      );
    }
  }

  public taskSteps(task: number): TaskStepsView | null {
    const totals = this.totals.get(task);
    if (totals === undefined) return null;
    const { histogram } = this;
    return {
      steps: totals.steps,
      busyNs: totals.busy_ns,
      delayNs: totals.delay_ns,
      maxDelayNs: totals.max_delay_ns,
      waitingNs: Math.max(0, totals.last_ns - totals.since_ns - totals.busy_ns - (totals.delay_ns ?? 0)),
      longestNs: totals.longest_ns,
      longestAtNs: totals.longest_at_ns,
      longestSite: this.site(totals.longest_site),
      sinceNs: totals.since_ns,
      lastNs: totals.last_ns,
      histogram:
        histogram?.task === task ? { belowNs: BELOW_NS, steps: histogram.steps, delays: histogram.delays } : null,
    };
  }

  /** What {@link ProcessModel.snapshot} says of it. */
  public snapshot(): Partial<Update> {
    return { level: this.currentLevel, steps: [...this.totals.values()], steps_dropped: this.dropped };
  }
}
