import { deepStrictEqual, strictEqual, throws } from 'node:assert';
import fc from 'fast-check';
import {
  decodeFromRuntime,
  decodeFromViewer,
  decodePacked,
  encodeFrame,
  encodeMessage,
  FRAME_KIND_JSON,
  FRAME_KIND_PACKED,
  FrameDecoder,
  MAX_AUTH_BYTES,
  ProtocolError,
  type Frame,
  type FromRuntime,
} from './index';

const bye: FromRuntime = { type: 'bye', reason: 'exit', time_ns: 12 };

function decodeAll(bytes: Uint8Array, cuts: readonly number[]): Frame[] {
  const decoder = new FrameDecoder();
  const edges = [0, ...[...cuts].sort((a, b) => a - b), bytes.length];
  return edges.slice(1).flatMap((end, index) => [...decoder.push(bytes.slice(edges[index] ?? 0, end))]);
}

describe('frame decoder', () => {
  it('gives the same frames wherever the stream is cut', () => {
    const frame = fc.tuple(fc.constantFrom(FRAME_KIND_JSON, FRAME_KIND_PACKED), fc.uint8Array({ maxLength: 300 }));
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 8 }), fc.array(fc.nat(2000), { maxLength: 20 }), (frames, positions) => {
        const bytes = Buffer.concat(frames.map(([kind, payload]) => encodeFrame(kind, payload)));
        const cuts = positions.map((position) => Math.min(position, bytes.length));
        deepStrictEqual(
          decodeAll(bytes, cuts).map(({ kind, payload }) => [kind, [...payload]]),
          frames.map(([kind, payload]) => [kind, [...payload]]),
        );
      }),
    );
  });

  it('refuses garbage at its first bytes and says where', () => {
    const decoder = new FrameDecoder();
    throws(() => [...decoder.push(Buffer.from('GET / HTTP/1.1\r\n'))], /Byte 4: unknown frame kind 47/);
  });

  it('refuses a long first frame from a sender that has not shown its token', () => {
    const decoder = FrameDecoder.untrusted();
    const long = encodeFrame(FRAME_KIND_JSON, new Uint8Array(MAX_AUTH_BYTES + 1));
    throws(() => [...decoder.push(long)], /at most 4096 are accepted here/);
  });

  it('accepts long frames once the first one was short', () => {
    const decoder = FrameDecoder.untrusted();
    const bytes = Buffer.concat([encodeMessage(bye), encodeFrame(FRAME_KIND_JSON, new Uint8Array(MAX_AUTH_BYTES + 1))]);
    strictEqual([...decoder.push(bytes)].length, 2);
  });

  it('knows how much of a frame that was cut off has come, and where it began', () => {
    const decoder = new FrameDecoder();
    const whole = encodeMessage(bye);
    strictEqual([...decoder.push(Buffer.concat([whole, whole.subarray(0, 7)]))].length, 1);
    strictEqual(decoder.pendingBytes, 7);
    strictEqual(decoder.offset, whole.length);
  });
});

describe('messages', () => {
  const payload = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

  it('come back as they were sent', () => {
    const [frame] = decodeAll(encodeMessage(bye), []);
    deepStrictEqual(decodeFromRuntime(frame?.payload ?? new Uint8Array()), bye);
  });

  it('are refused with the field that is wrong', () => {
    throws(
      () => decodeFromRuntime(payload({ ...bye, time_ns: 'noon' })),
      /type bye is not as the protocol says: \/time_ns must be integer/,
    );
    throws(() => decodeFromRuntime(payload({ ...bye, extra: 1 })), ProtocolError);
    throws(() => decodeFromViewer(payload({ type: 'request', id: 1, command: 'format-disk' })), /command/);
  });

  it('are refused when they are not messages at all', () => {
    for (const value of [null, 3, 'bye', [], {}, { type: 'constructor' }, { type: '__proto__' }]) {
      throws(() => decodeFromRuntime(payload(value)), ProtocolError, JSON.stringify(value));
    }
    throws(() => decodeFromRuntime(Uint8Array.of(0xff, 0xfe)), /not JSON/);
  });

  it('never make the reader fail in another way, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        for (const decode of [decodeFromRuntime, decodeFromViewer, decodePacked]) {
          try {
            decode(bytes);
          } catch (error) {
            strictEqual(error instanceof ProtocolError, true, String(error));
          }
        }
      }),
    );
  });
});

describe('packed batches', () => {
  function pack(header: unknown, ...columns: ArrayBufferView[]): Uint8Array {
    const text = JSON.stringify(header);
    const padded = text.padEnd(Math.ceil(text.length / 8) * 8);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(padded.length);
    const parts = columns.flatMap((column) => {
      const bytes = Buffer.from(column.buffer, column.byteOffset, column.byteLength);
      return [bytes, Buffer.alloc((8 - (bytes.length % 8)) % 8)];
    });
    return Buffer.concat([length, Buffer.from(padded), ...parts]);
  }
  const header = {
    batch: 'steps',
    loop: 1,
    rows: 3,
    columns: [
      { name: 'task', format: 'u32' },
      { name: 'start_ns', format: 'u64' },
    ],
  };

  it('give their columns back', () => {
    const batch = decodePacked(pack(header, Uint32Array.of(1, 2, 3), BigUint64Array.of(10n, 20n, 1n << 60n)));
    deepStrictEqual(batch.columns.get('task'), Uint32Array.of(1, 2, 3));
    deepStrictEqual(batch.columns.get('start_ns'), BigUint64Array.of(10n, 20n, 1n << 60n));
  });

  it('are refused when a column is short, and named', () => {
    throws(
      () => decodePacked(pack(header, Uint32Array.of(1, 2, 3))),
      /column start_ns should have 24 bytes; 0 are left/,
    );
  });
});
