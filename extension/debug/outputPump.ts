import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';

/** How often output goes on, in ms: often enough to look live. */
const PERIOD_MS = 25;

/** The most one event carries. With {@link PERIOD_MS} a program may print 2.6 MB/s before its pipe pushes back. */
const MOST_BYTES = 64 * 1024;

/**
 * Forwards a program's output in pieces that a debug console can take. The stream is read only as fast as that: a program
 * that prints faster waits in its `write`, as it would for a terminal, and neither side's memory grows.
 */
export class OutputPump {
  private readonly decoder = new StringDecoder('utf8');
  private timer: NodeJS.Timeout | null = null;
  private isOver = false;
  private over: () => void = () => undefined;

  /** Resolves when the stream has ended and everything has been forwarded. */
  public readonly finished = new Promise<void>((resolve) => (this.over = resolve));

  public constructor(
    private readonly stream: Readable,
    private readonly forward: (text: string) => void,
  ) {
    stream.on('readable', () => this.schedule(0));
    stream.on('end', () => this.finish());
    stream.on('error', () => this.finish());
    stream.on('close', () => this.finish());
  }

  /** Gives up what has not come yet: a grandchild may hold the pipe open for ever. */
  public stop(): void {
    this.stream.destroy();
    this.finish();
  }

  private schedule(delayMs: number): void {
    if (this.isOver || this.timer !== null) return;
    this.timer = setTimeout(() => {
      this.timer = null;
      this.pump();
    }, delayMs);
  }

  private pump(): void {
    const available = this.stream.readableLength;
    const chunk = this.stream.read(Math.min(available, MOST_BYTES)) as Buffer | null;
    if (chunk === null) return;
    this.emit(this.decoder.write(chunk));
    this.schedule(PERIOD_MS);
  }

  private finish(): void {
    if (this.isOver) return;
    this.isOver = true;
    if (this.timer !== null) clearTimeout(this.timer);
    this.emit(this.decoder.end());
    this.over();
  }

  private emit(text: string): void {
    if (text !== '') this.forward(text);
  }
}
