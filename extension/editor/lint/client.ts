import { Worker } from 'node:worker_threads';
import type { FromLintWorker, ToLintWorker } from '../../lint/messages';

/** How long to wait before the worker is started again after its first, second… crash, in ms. */
const DELAYS_MS: readonly number[] = [1000, 4000, 15_000, 60_000];

/** A worker that lived this long had nothing wrong at its start: its crashes are counted afresh. In ms. */
const STEADY_MS = 120_000;

/** The most a worker's objects may take, in MiB; a workspace of 5,000 files needs a quarter of it. */
const HEAP_MIB = 1536;

export interface LintClientOptions {
  /** The bundled worker, `dist/lint-worker.js`. */
  readonly script: string;
  /** The worker is new and knows nothing: tell it everything. */
  readonly started: () => void;
  readonly received: (message: FromLintWorker) => void;
  /** One sentence for the log. */
  readonly say: (sentence: string) => void;
  readonly delaysMs?: readonly number[];
}

/**
 * Keeps a lint worker running. A worker that crashes is started again, later each time, and left alone after the last
 * of the delays.
 */
export class LintClient {
  private worker: Worker | undefined;
  private timer: NodeJS.Timeout | undefined;
  private crashes = 0;
  private readonly delaysMs: readonly number[];

  public constructor(private readonly options: LintClientOptions) {
    this.delaysMs = options.delaysMs ?? DELAYS_MS;
    this.start();
  }

  /** Sends a message, unless no worker runs; the next one is told everything by `started`. */
  public send(message: ToLintWorker): void {
    this.worker?.postMessage(message);
  }

  /** Ends the worker, whatever it is at. Resolves when it is gone. */
  public async dispose(): Promise<void> {
    clearTimeout(this.timer);
    const { worker } = this;
    this.worker = undefined;
    worker?.removeAllListeners();
    worker?.on('error', () => undefined);
    await worker?.terminate();
  }

  private start(): void {
    const began = performance.now();
    const worker = new Worker(this.options.script, {
      // The host's own flags, such as the port of a debugger, are not the worker's.
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MIB },
    });
    let reason = '';
    worker.on('message', (message: FromLintWorker) => this.options.received(message));
    worker.on('error', (error: Error) => (reason = error.message));
    worker.on('exit', (code) => {
      if (this.worker !== worker) return;
      this.worker = undefined;
      if (performance.now() - began > STEADY_MS) this.crashes = 0;
      this.crashed(reason === '' ? `exit code ${code}` : reason);
    });
    this.worker = worker;
    this.options.started();
  }

  private crashed(reason: string): void {
    const delay = this.delaysMs[this.crashes++];
    if (delay === undefined) {
      this.options.say(
        `The linter stopped ${this.crashes} times (${reason}) and stays off; turn the setting loopscope.lint.enable off and on, or load the window again, to start it.`,
      );
      return;
    }
    this.options.say(`The linter stopped (${reason}) and is started again in ${delay / 1000} s.`);
    this.timer = setTimeout(() => this.start(), delay);
  }
}
