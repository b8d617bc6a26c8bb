/** The details of the chosen task: its row, its await stack as the program tells it, and what it finally waits for. */
import type { LoopView, ProcessQueries, SessionsQueries, TaskRow } from '../model';
import type { Site } from '../protocol/generated/types';
import type { TimelineRecorder } from './panel-timeline';
import type { ChainStep, HeldLocals, TaskDetails } from '../protocol/webview-messages';

/** The await stack is asked for again this long after the last answer, in ms. */
const STACK_MS = 500;
/** A chain longer than this is cut: nobody reads further, and a table of equals may be endless. */
const MAX_CHAIN = 50;

/** Follows one task at a time; asks the program for its await stack and keeps what was last seen after its end. */
export class DetailsFeed {
  private key = '';
  private last: TaskRow | null = null;
  private stack: readonly Site[] | null = null;
  private error: string | null = null;
  private asking = false;
  private answeredAt = -Infinity;
  private readonly locals: LocalsFeed;

  constructor(
    private readonly sessions: SessionsQueries,
    private readonly changed: () => void,
  ) {
    this.locals = new LocalsFeed(sessions, changed);
  }

  /**
   * What is known of task `id`; null when it was never seen.
   * @param timeline of the process, which knows what the task did until now.
   * @param withLocals Whether its variables are looked at.
   */
  of(
    process: ProcessQueries,
    id: number,
    now: number,
    timeline: TimelineRecorder | undefined,
    withLocals = false,
  ): TaskDetails | null {
    const key = `${process.key} ${String(id)}`;
    if (key !== this.key) {
      this.key = key;
      this.last = null;
      this.stack = null;
      this.error = null;
      this.answeredAt = -Infinity;
    }
    const task = process.task(id);
    const alive = task !== null && !['finished', 'cancelled', 'failed'].includes(task.state);
    if (task !== null) this.last = task;
    if (this.last === null) return null;
    const isHeld = loopOf(process, this.last, now)?.state === 'held';
    // A loop that is held does not answer; what its tasks wait in is told with their variables.
    if (alive && !isHeld && !this.asking && now - this.answeredAt >= STACK_MS) this.ask(process.key, id, key, now);
    const { steps, cycle } = alive ? waitChain(process, this.last) : { steps: [], cycle: false };
    return {
      task: this.last,
      alive,
      awaitStack: this.stack,
      awaitStackError: this.error,
      chain: steps,
      cycle,
      findings: process.taskFindings(this.last),
      ...(timeline === undefined ? {} : { history: timeline.historyOf(this.last, now) }),
      steps: process.trace.taskSteps(id),
      locals: alive && withLocals ? this.locals.of(process, this.last, now) : null,
    };
  }

  private ask(processKey: string, id: number, key: string, now: number): void {
    this.asking = true;
    const began = performance.now();
    const done = (stack: readonly Site[] | null, error: string | null): void => {
      this.asking = false;
      if (key !== this.key) return;
      this.stack = stack;
      this.error = error;
      this.answeredAt = now + (performance.now() - began);
      this.changed();
    };
    this.sessions.awaitStack(processKey, id).then(
      (stack) => done(stack, null),
      (reason: unknown) => done(null, reason instanceof Error ? reason.message : String(reason)),
    );
  }
}

function loopOf(process: ProcessQueries, task: TaskRow, now: number): LoopView | undefined {
  return process.overview(now).loops.find(({ id }) => id === task.loop);
}

/** The variables of one task at a time, asked for once in each hold of its loop: while it is held nothing changes. */
class LocalsFeed {
  private key = '';
  private last: HeldLocals = { frames: null, error: null };

  constructor(
    private readonly sessions: SessionsQueries,
    private readonly changed: () => void,
  ) {}

  /** The variables of a task; null while its loop runs. */
  of(process: ProcessQueries, task: TaskRow, now: number): HeldLocals | null {
    const loop = loopOf(process, task, now);
    if (loop?.state !== 'held') {
      this.key = '';
      return null;
    }
    const key = `${process.key} ${String(task.id)} ${String(loop.sinceNs)}`;
    if (key !== this.key) this.ask(key, process.key, task.id);
    return this.last;
  }

  private ask(key: string, processKey: string, task: number): void {
    this.key = key;
    this.last = { frames: null, error: null };
    const done = (answer: HeldLocals): void => {
      if (key !== this.key) return;
      this.last = answer;
      this.changed();
    };
    this.sessions.locals(processKey, task).then(
      (frames) => done({ frames, error: null }),
      (reason: unknown) => done({ frames: null, error: reason instanceof Error ? reason.message : String(reason) }),
    );
  }
}

/** From what `task` waits for to the final cause, following the first task of each wait. */
export function waitChain(
  process: ProcessQueries,
  task: TaskRow,
): { readonly steps: readonly ChainStep[]; readonly cycle: boolean } {
  const steps: ChainStep[] = [];
  const seen = new Set([task.id]);
  let current: TaskRow = task;
  while (steps.length < MAX_CHAIN) {
    const { wait } = current;
    if (wait === null) return { steps, cycle: false };
    const [reference] = wait.tasks;
    if (reference === undefined) {
      // A chain of one step would only repeat the row's own wait.
      if (current !== task) steps.push({ task: null, label: wait.label, kind: wait.kind });
      return { steps, cycle: false };
    }
    const next = process.task(reference.id);
    steps.push({
      task: reference,
      label: next === null ? '' : (next.wait?.label ?? next.state),
      kind: next?.wait?.kind ?? null,
    });
    if (seen.has(reference.id)) return { steps, cycle: true };
    if (next === null) return { steps, cycle: false };
    seen.add(next.id);
    if (next.wait !== null && next.wait.tasks.length === 0) return { steps, cycle: false };
    current = next;
  }
  return { steps, cycle: false };
}
