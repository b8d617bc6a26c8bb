/**
 * Frames and messages to bytes and back. The same code reads a socket, a recording and a test.
 */
import {
  FRAME_HEADER_BYTES,
  FRAME_KIND_JSON,
  FRAME_KIND_PACKED,
  MAX_AUTH_BYTES,
  MAX_FRAME_BYTES,
} from './generated/constants';
import type { FromRuntime, FromViewer, PackedHeader } from './generated/types';
import {
  validateAuth,
  validateBye,
  validateHeld,
  validateHello,
  validateLogged,
  validateNotice,
  validatePackedHeader,
  validateRefuse,
  validateRequest,
  validateResponse,
  validateResumed,
  validateUpdate,
  validateWelcome,
  type Validator,
} from './generated/validators';
import { t } from './language';

/** One frame as it came off the wire. */
export interface Frame {
  readonly kind: number;
  readonly payload: Uint8Array;
}

/** A batch of rows in columns, as the runtime packs raw steps. */
export interface PackedBatch {
  readonly header: PackedHeader;
  readonly columns: ReadonlyMap<string, Uint32Array | BigUint64Array | Float64Array>;
}

/** Bytes that are not this protocol. The message says what was wrong, and where in the stream. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
}

/**
 * Cuts a stream of bytes into frames, whatever the sizes of its chunks.
 *
 * Throws a {@link ProtocolError} when a header announces a frame that is too long or of unknown kind; nothing more can be
 * read from that stream then.
 */
export class FrameDecoder {
  private chunks: Uint8Array[] = [];
  private available = 0;
  private consumed = 0;

  /** @param maxFirstBytes Longest payload accepted for the first frame, before the sender is known, in bytes. */
  constructor(private maxFirstBytes: number = MAX_FRAME_BYTES) {}

  /** For a socket whose sender has not shown its token yet. */
  static untrusted(): FrameDecoder {
    return new FrameDecoder(MAX_AUTH_BYTES);
  }

  /** Bytes received that do not make a whole frame yet; more than 0 at the end of a recording means it was cut off. */
  get pendingBytes(): number {
    return this.available;
  }

  /** Offset in bytes, from the start of the stream, of the first frame that is not whole yet. */
  get offset(): number {
    return this.consumed;
  }

  /** Takes the next bytes and yields the frames that they complete. */
  *push(chunk: Uint8Array): Generator<Frame, void, void> {
    this.chunks.push(chunk);
    this.available += chunk.length;
    while (this.available >= FRAME_HEADER_BYTES) {
      const header = this.peek(FRAME_HEADER_BYTES);
      const length = new DataView(header.buffer, header.byteOffset).getUint32(0);
      const kind = header[4] ?? 0;
      if (kind !== FRAME_KIND_JSON && kind !== FRAME_KIND_PACKED) {
        throw new ProtocolError(
          t('Byte {0}: unknown frame kind {1}; this is not a Loopscope stream.', this.consumed + 4, kind),
        );
      }
      if (length > this.maxFirstBytes) {
        throw new ProtocolError(
          t(
            'Byte {0}: a frame of {1} bytes is announced, at most {2} are accepted here.',
            this.consumed,
            length,
            this.maxFirstBytes,
          ),
        );
      }
      if (this.available < FRAME_HEADER_BYTES + length) return;
      const frame = this.take(FRAME_HEADER_BYTES + length);
      this.maxFirstBytes = MAX_FRAME_BYTES;
      yield { kind, payload: frame.subarray(FRAME_HEADER_BYTES) };
    }
  }

  private peek(count: number): Uint8Array {
    const first = this.chunks[0];
    if (first && first.length >= count) return first.subarray(0, count);
    const joined = this.join();
    this.chunks = [joined];
    return joined.subarray(0, count);
  }

  private take(count: number): Uint8Array {
    let first = this.chunks[0];
    if (!first || first.length < count) {
      first = this.join();
      this.chunks = [first];
    }
    const taken = first.subarray(0, count);
    if (first.length === count) this.chunks.shift();
    else this.chunks[0] = first.subarray(count);
    this.available -= count;
    this.consumed += count;
    return taken;
  }

  private join(): Uint8Array {
    const joined = new Uint8Array(this.available);
    let offset = 0;
    for (const chunk of this.chunks) {
      joined.set(chunk, offset);
      offset += chunk.length;
    }
    return joined;
  }
}

/** The frame that carries one message. Throws a {@link ProtocolError} when it would be longer than a frame may be. */
export function encodeMessage(message: FromRuntime | FromViewer): Uint8Array {
  return encodeFrame(FRAME_KIND_JSON, new TextEncoder().encode(JSON.stringify(message)));
}

/** Puts a header before a payload. Throws a {@link ProtocolError} when the payload is longer than a frame may be. */
export function encodeFrame(kind: number, payload: Uint8Array): Uint8Array {
  if (payload.length > MAX_FRAME_BYTES) {
    throw new ProtocolError(
      t('A frame of {0} bytes is longer than the {1} that may be sent.', payload.length, MAX_FRAME_BYTES),
    );
  }
  const frame = new Uint8Array(FRAME_HEADER_BYTES + payload.length);
  const view = new DataView(frame.buffer);
  view.setUint32(0, payload.length);
  view.setUint8(4, kind);
  frame.set(payload, FRAME_HEADER_BYTES);
  return frame;
}

const fromRuntime = {
  auth: validateAuth,
  hello: validateHello,
  refuse: validateRefuse,
  update: validateUpdate,
  notice: validateNotice,
  response: validateResponse,
  held: validateHeld,
  resumed: validateResumed,
  logged: validateLogged,
  bye: validateBye,
} satisfies Record<FromRuntime['type'], Validator<FromRuntime>>;

const fromViewer = {
  auth: validateAuth,
  welcome: validateWelcome,
  refuse: validateRefuse,
  request: validateRequest,
} satisfies Record<FromViewer['type'], Validator<FromViewer>>;

/** Reads a message that a runtime sent. Throws a {@link ProtocolError} that says what is wrong with it. */
export function decodeFromRuntime(payload: Uint8Array): FromRuntime {
  return decode<FromRuntime>(payload, fromRuntime);
}

/** Reads a message that a viewer sent. Throws a {@link ProtocolError} that says what is wrong with it. */
export function decodeFromViewer(payload: Uint8Array): FromViewer {
  return decode<FromViewer>(payload, fromViewer);
}

function decode<T>(payload: Uint8Array, validators: Readonly<Record<string, Validator<T>>>): T {
  const value = parseJson(payload);
  const type = typeof value === 'object' && value !== null && 'type' in value ? value.type : undefined;
  const validator = typeof type === 'string' && Object.hasOwn(validators, type) ? validators[type] : undefined;
  if (typeof type !== 'string' || !validator)
    throw new ProtocolError(t('A message of unknown type: {0}.', shorten(value)));
  if (!validator(value)) throw invalid(t('A message of type {0}', type), validator);
  return value;
}

function shorten(value: unknown): string {
  return JSON.stringify(value).slice(0, 80);
}

function parseJson(payload: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload));
  } catch (error) {
    throw new ProtocolError(t('A frame that is not JSON: {0}', error instanceof Error ? error.message : String(error)));
  }
}

function invalid(what: string, validator: Validator<unknown>): ProtocolError {
  const first = validator.errors?.[0];
  return new ProtocolError(
    t('{0} is not as the protocol says: {1} {2}', what, first?.instancePath ?? '', first?.message ?? ''),
  );
}

const columnTypes = { u32: Uint32Array, u64: BigUint64Array, f64: Float64Array };

/** Reads a packed batch. The columns are copies, so the frame's memory is not kept alive. */
export function decodePacked(payload: Uint8Array): PackedBatch {
  if (payload.length < 4) throw new ProtocolError(t('A packed frame of {0} bytes has no header.', payload.length));
  const headerBytes = new DataView(payload.buffer, payload.byteOffset).getUint32(0);
  if (4 + headerBytes > payload.length) {
    throw new ProtocolError(
      t('A packed frame announces a header of {0} bytes and has {1}.', headerBytes, payload.length - 4),
    );
  }
  const header = parseJson(payload.subarray(4, 4 + headerBytes));
  if (!validatePackedHeader(header)) throw invalid(t('A packed header'), validatePackedHeader);
  const columns = new Map<string, Uint32Array | BigUint64Array | Float64Array>();
  let offset = 4 + headerBytes;
  for (const { name, format } of header.columns) {
    const type = columnTypes[format];
    const bytes = header.rows * type.BYTES_PER_ELEMENT;
    if (offset + bytes > payload.length) {
      throw new ProtocolError(
        t('The packed column {0} should have {1} bytes; {2} are left.', name, bytes, payload.length - offset),
      );
    }
    // A Buffer's slice is a view on memory that may not be aligned; this copies.
    columns.set(name, new type(new Uint8Array(payload.subarray(offset, offset + bytes)).buffer));
    offset += Math.ceil(bytes / 8) * 8;
  }
  return { header, columns };
}
