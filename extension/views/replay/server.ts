import { basename } from 'node:path';
import { RecordingReplay } from '../../link/replay';
import { Sessions, type Moment, type ProcessModel, type SessionsQueries } from '../../model';
import { Mutes } from '../../mutes';
import type { Replay, Waiting, Want } from '../../protocol/webview-messages';
import { HISTORY_SECONDS, UPDATES_PER_SECOND } from '../../protocol/webview-messages';
import { Pacer } from '../pacer';
import { PanelFeed } from '../panel-feed';
import { SessionLookups } from '../panel-lookups';
import { TimelineRecorder } from '../panel-timeline';
import type { FromReplay, Question, ToReplay } from './messages';
import { RecordedSteps } from './recordedSteps';
import { RemoteFixes } from './remoteFixes';

const INTERVAL_MS = 1000 / UPDATES_PER_SECOND;
/** What the timeline of one moment may cost, in ms: where a sample is dear, as with very many tasks, fewer are taken. */
const SAMPLING_BUDGET_MS = 500;

/** A recording at a moment, for one page on another thread: reads the file from its making on, and answers messages. */
export class ReplayServer {
  private sessions: SessionsQueries = new Sessions();
  private replay: RecordingReplay | null = null;
  private failure: string | null = null;
  private isClosed = false;
  /** What the page looks at; null while there is none. */
  private want: Want | null = null;
  private feed: PanelFeed | null = null;
  private baseline: Moment | null = null;
  private readonly timelines = new Map<string, TimelineRecorder>();
  private readonly steps = new RecordedSteps();
  private sampledAt = -Infinity;
  private sampleEveryMs = INTERVAL_MS;
  private readonly pacer = new Pacer(INTERVAL_MS, () => this.flush());
  private readonly fixes = new RemoteFixes((key, hold) => this.send({ type: 'hold', key, hold }));
  private readonly mutes = new Mutes({ get: () => undefined, update: () => undefined });
  private readonly opened: Promise<void>;

  constructor(
    private readonly file: string,
    private readonly send: (message: FromReplay) => void,
  ) {
    this.fixes.subscribe(() => this.pacer.request());
    this.mutes.subscribe(() => this.pacer.request());
    this.opened = this.open();
  }

  /** Takes a message of the page's thread. */
  receive(message: ToReplay): void {
    switch (message.type) {
      case 'feed':
        this.baseline = message.baseline;
        this.begin(message.want);
        break;
      case 'want':
        this.want = message.want;
        this.feed?.setWant(message.want);
        this.pacer.runNow();
        break;
      case 'leave':
        this.want = this.feed = null;
        break;
      case 'compare':
        this.baseline = message.baseline;
        this.pacer.request();
        break;
      case 'seek':
        void this.move(message.timeNs);
        break;
      case 'mutes':
        this.mutes.adopt(message.reasons);
        break;
      case 'fixes':
        this.fixes.refresh();
        break;
      case 'title':
        this.fixes.answer(message.key, message.title);
        break;
      case 'ask':
        this.answer(message.question).then(
          (answer) => this.send({ type: 'answer', id: message.id, answer }),
          (error: unknown) => this.send({ type: 'refusal', id: message.id, reason: sentenceOf(error) }),
        );
        break;
    }
  }

  /** Lets go of the file. */
  async close(): Promise<void> {
    this.isClosed = true;
    this.pacer.dispose();
    await this.opened;
    await this.replay?.close();
  }

  /** Reads the file and shows its end. */
  private async open(): Promise<void> {
    try {
      this.replay = await RecordingReplay.open(this.file, {
        begin: (model, now) => this.begun(model, now),
        taken: (now, targetNs, message) => {
          if (message.type === 'update') this.steps.take(message);
          this.taken(now, targetNs);
        },
      });
      this.sessions = this.replay;
      if (this.want !== null) this.begin(this.want);
      await this.move(this.replay.toNs);
    } catch (error) {
      this.failure = sentenceOf(error);
      this.pacer.request();
    }
  }

  private async move(timeNs: number): Promise<void> {
    const { replay } = this;
    if (replay === null || this.isClosed) return;
    try {
      const reaching = replay.seek(timeNs);
      this.pacer.request();
      if (!(await reaching)) return;
      for (const timeline of this.timelines.values()) timeline.sample(replay.now());
      this.feed?.resend();
    } catch (error) {
      replay.problem = sentenceOf(error);
    }
    this.pacer.request();
  }

  private begun(model: ProcessModel, now: number): void {
    this.timelines.set(model.key, new TimelineRecorder(model, this.want?.task ?? null));
    this.steps.begin(model.trace.snapshot().steps ?? [], now * 1e6);
    this.sampledAt = -Infinity;
    this.feed?.resend();
    this.pacer.request();
  }

  private taken(now: number, targetNs: number): void {
    if (now < targetNs / 1e6 - HISTORY_SECONDS * 1000 || now - this.sampledAt < this.sampleEveryMs) return;
    this.sampledAt = now;
    const began = performance.now();
    for (const timeline of this.timelines.values()) timeline.sample(now);
    const share = (performance.now() - began) / SAMPLING_BUDGET_MS;
    this.sampleEveryMs = Math.max(INTERVAL_MS, share * HISTORY_SECONDS * 1000);
  }

  private begin(want: Want): void {
    this.want = want;
    this.feed = new PanelFeed(this.sessions, this.timelines, want, () => this.pacer.request(), {
      replay: () => this.state(),
      recordedSteps: (tasks) => this.steps.of(tasks, this.now() * 1e6),
      waiting: () => this.waiting(),
      baseline: () => this.baseline,
      fixes: this.fixes,
      mutes: this.mutes,
    });
    this.pacer.runNow();
  }

  private flush(): void {
    const update = this.feed?.update(this.now()) ?? null;
    if (update !== null) this.send({ type: 'update', update });
  }

  private async answer(question: Question): Promise<unknown> {
    if (question.what === 'moment') {
      await this.opened;
      if (this.failure !== null) throw new Error(this.failure);
    }
    const lookups = new SessionLookups(this.sessions, () => this.now());
    switch (question.what) {
      case 'site':
        return lookups.site(question.process, question.site);
      case 'hold':
        return lookups.hold(question.process, question.site);
      case 'fingerprint':
        return lookups.fingerprint(question.process, question.row);
      case 'moment':
        return lookups.moment(null, question.title ?? undefined);
    }
  }

  private now(): number {
    return this.replay?.now() ?? 0;
  }

  private waiting(): Waiting {
    return this.failure === null
      ? { reason: 'reading-recording', detail: basename(this.file) }
      : { reason: 'bad-recording', detail: this.failure };
  }

  private state(): Replay | null {
    if (this.replay === null) return null;
    const { fromNs, toNs, atNs, isSeeking, blocks, problem } = this.replay;
    return { fromNs, toNs, atNs, seeking: isSeeking, blocks, problem };
  }
}

function sentenceOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
