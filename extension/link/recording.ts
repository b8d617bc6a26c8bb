import { once } from 'node:events';
import { createReadStream, createWriteStream, type WriteStream } from 'node:fs';
import {
  FRAME_KIND_JSON,
  FrameDecoder,
  PROTOCOL_VERSION,
  ProtocolError,
  decodeFromRuntime,
  encodeFrame,
  type Frame,
  type FromRuntime,
  type Hello,
  type Update,
} from '../protocol';
import type { Connection } from './connection';
import { t } from '../protocol/language';

/** Bytes that may wait for the disk before frames are left out of a recording. */
const MAX_WAITING_BYTES = 64 * 1024 * 1024;

/** How a recording ended. */
export interface RecordingEnd {
  /** Bytes after the last whole frame; more than 0 when the recording was cut off. */
  readonly cutOffBytes: number;
}

/**
 * Reads a recording, calling `take` with each message in order; packed batches are passed over.
 *
 * @throws ProtocolError when it is no recording, or one of another protocol; every whole message before a damaged
 *   place has been taken by then.
 */
export async function readRecording(
  chunks: AsyncIterable<Uint8Array>,
  take: (message: FromRuntime) => void,
): Promise<RecordingEnd> {
  const decoder = new FrameDecoder();
  let hello: Hello | null = null;
  for await (const chunk of chunks) {
    for (const frame of decoder.push(chunk)) {
      if (frame.kind !== FRAME_KIND_JSON) continue;
      const message = decodeFromRuntime(frame.payload);
      if (hello === null) hello = expectHello(message);
      take(message);
    }
  }
  if (hello === null) throw new ProtocolError(t('The file has no whole frame in it; it is not a Loopscope recording.'));
  return { cutOffBytes: decoder.pendingBytes };
}

/** The bytes of a recording file. */
export function openRecording(file: string): AsyncIterable<Uint8Array> {
  return createReadStream(file) as AsyncIterable<Buffer>;
}

/** The head of a recording. @throws ProtocolError when it is another message, or one of another protocol. */
export function expectHello(message: FromRuntime): Hello {
  if (message.type !== 'hello') {
    throw new ProtocolError(t('A recording begins with “hello”; this one begins with “{0}”.', message.type));
  }
  if (message.protocol !== PROTOCOL_VERSION) {
    throw new ProtocolError(
      t(
        'The recording is of protocol {0}; this version of Loopscope reads protocol {1}.',
        message.protocol,
        PROTOCOL_VERSION,
      ),
    );
  }
  return message;
}

/**
 * Writes what a runtime sends to a file, byte for byte. What was sent before is made up for by a snapshot, with which
 * the recording begins after `hello`.
 */
export class RecordingWriter {
  private readonly stream: WriteStream;
  private begun = false;
  private isWhole = false;
  private whole: () => void = () => undefined;
  private failure: string | null = null;
  private leftOut = 0;
  private written = 0;

  public constructor(
    public readonly file: string,
    private readonly connection: Connection,
  ) {
    this.stream = createWriteStream(file, { flags: 'wx', mode: 0o600 });
    this.stream.on('error', (error) => (this.failure ??= error.message));
    this.write(connection.helloFrame);
    connection.on('frame', this.take);
  }

  /** Resolves when the snapshot to begin with is written. @throws Error with a sentence when the runtime sends none. */
  public async start(): Promise<void> {
    const whole = new Promise<void>((resolve) => (this.whole = resolve));
    const closed = once(this.connection, 'closed').then(() => {
      throw new Error(t('The program went away before it had sent a snapshot to record.'));
    });
    // Nobody waits for it yet should the request fail first.
    closed.catch(() => undefined);
    await this.connection.request({ command: 'snapshot' });
    await Promise.race([whole, closed]);
  }

  /** Ends the file. @returns how much is in it. @throws Error when it could not be written. */
  public async stop(): Promise<{ readonly bytes: number; readonly leftOut: number }> {
    this.connection.off('frame', this.take);
    if (!this.stream.destroyed) {
      const closed = once(this.stream, 'close').catch(() => undefined);
      this.stream.end();
      await closed;
    }
    if (this.failure !== null)
      throw new Error(t('The recording could not be written to {0}: {1}', this.file, this.failure));
    return { bytes: this.written, leftOut: this.leftOut };
  }

  private readonly take = (frame: Frame): void => {
    if (!this.isWhole) {
      const update = snapshotIn(frame);
      if (update !== null) this.begun = true;
      this.isWhole = update?.partial === false;
    }
    if (!this.begun) return;
    this.write(frame);
    if (this.isWhole) this.whole();
  };

  private write(frame: Frame): void {
    if (this.failure !== null) return;
    if (this.stream.writableLength > MAX_WAITING_BYTES) {
      this.leftOut++;
      return;
    }
    const bytes = encodeFrame(frame.kind, frame.payload);
    this.written += bytes.length;
    this.stream.write(bytes);
  }
}

function snapshotIn(frame: Frame): Update | null {
  if (frame.kind !== FRAME_KIND_JSON) return null;
  const message = decodeFromRuntime(frame.payload);
  return message.type === 'update' && message.snapshot ? message : null;
}
