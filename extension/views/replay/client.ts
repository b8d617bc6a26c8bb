import { Worker } from 'node:worker_threads';
import type { Moment } from '../../model';
import { t } from '../../protocol/language';
import type { Site } from '../../protocol/generated/types';
import type { Mutable, UpdateMessage } from '../../protocol/webview-messages';
import type { Lookups } from '../panel-lookups';
import type { Hold } from '../panel-remarks';
import type { FromReplay, Question, ReplayData, ToReplay } from './messages';

/** Who reads a recording, and who is told. */
export interface ReplayClientOptions {
  /** The bundled worker, `dist/replay-worker.js`. */
  readonly script: string;
  readonly data: ReplayData;
  /** What the page should show. */
  readonly received: (update: UpdateMessage) => void;
  /** What the fix for a hold would do, in a few words; null when there is none. */
  readonly titleFor: (hold: Hold) => string | null;
  /** The worker is gone; the sentence says why. */
  readonly failed: (sentence: string) => void;
}

interface Waiting {
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** A recording that a worker reads, from the side of the page. */
export class ReplayClient implements Lookups {
  private readonly worker: Worker;
  private readonly waiting = new Map<number, Waiting>();
  private asked = 0;
  private failure: string | null = null;

  constructor(private readonly options: ReplayClientOptions) {
    // The host's own flags, such as the port of a debugger, are not the worker's.
    this.worker = new Worker(options.script, { execArgv: [], workerData: options.data });
    this.worker.on('message', (message: FromReplay) => this.receive(message));
    this.worker.on('error', (error) => this.end(error.message));
    this.worker.on('exit', (code) => this.end(t('its reader ended with code {0}', code)));
  }

  /** Tells the worker; one that is gone hears nothing. */
  send(message: ToReplay): void {
    this.worker.postMessage(message);
  }

  site(process: string, site: number): Promise<Site | null> {
    return this.ask({ what: 'site', process, site }) as Promise<Site | null>;
  }

  hold(process: string, site: number): Promise<Hold | null> {
    return this.ask({ what: 'hold', process, site }) as Promise<Hold | null>;
  }

  fingerprint(process: string, row: Mutable): Promise<string | null> {
    return this.ask({ what: 'fingerprint', process, row }) as Promise<string | null>;
  }

  moment(_process: string | null, title?: string): Promise<Moment | null> {
    return this.ask({ what: 'moment', title: title ?? null }) as Promise<Moment | null>;
  }

  /** Ends the worker, whatever it is at. */
  async dispose(): Promise<void> {
    this.worker.removeAllListeners();
    this.worker.on('error', () => undefined);
    this.refuse(t('The recording was closed.'));
    await this.worker.terminate();
  }

  private ask(question: Question): Promise<unknown> {
    const id = ++this.asked;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      if (this.failure === null) this.send({ type: 'ask', id, question });
      else this.refuse(this.failure);
    });
  }

  private receive(message: FromReplay): void {
    switch (message.type) {
      case 'update':
        this.options.received(message.update);
        break;
      case 'hold':
        this.send({ type: 'title', key: message.key, title: this.options.titleFor(message.hold) });
        break;
      case 'answer':
        this.waiting.get(message.id)?.resolve(message.answer);
        this.waiting.delete(message.id);
        break;
      case 'refusal':
        this.waiting.get(message.id)?.reject(new Error(message.reason));
        this.waiting.delete(message.id);
        break;
    }
  }

  /** An error is told before the exit that it leads to. */
  private end(reason: string): void {
    if (this.failure !== null) return;
    this.failure = t('The recording cannot be read any further: {0}.', reason);
    this.refuse(this.failure);
    this.options.failed(this.failure);
  }

  private refuse(reason: string): void {
    this.failure ??= reason;
    for (const { reject } of this.waiting.values()) reject(new Error(reason));
    this.waiting.clear();
  }
}
