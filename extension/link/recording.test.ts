import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { aHello, anUpdate, aTask } from '../model/testing';
import { FrameDecoder, decodeFromViewer, encodeMessage, type FromRuntime } from '../protocol';
import type { Connection } from './connection';
import { Listener } from './listener';
import { RecordingWriter, openRecording, readRecording } from './recording';

function bytesOf(messages: readonly FromRuntime[]): Buffer {
  return Buffer.concat(messages.map((message) => encodeMessage(message)));
}

// eslint-disable-next-line @typescript-eslint/require-await -- an async iterable is what a file is read as
async function* inPieces(bytes: Buffer, size: number): AsyncGenerator<Uint8Array> {
  for (let offset = 0; offset < bytes.length; offset += size) yield bytes.subarray(offset, offset + size);
}

const session: readonly FromRuntime[] = [
  aHello(),
  anUpdate(1, { snapshot: true, tasks: [aTask(1)] }),
  anUpdate(2, { tasks: [aTask(2)] }),
  { type: 'bye', reason: 'exit', time_ns: 9 },
];

function unexpected(sentence: string): never {
  throw new Error(sentence);
}

describe('a recording', () => {
  it('reads the same whatever the pieces it comes in', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 400 }), async (size) => {
        const read: FromRuntime[] = [];
        const end = await readRecording(inPieces(bytesOf(session), size), (message) => read.push(message));
        assert.deepEqual(read, session);
        assert.equal(end.cutOffBytes, 0);
      }),
      { numRuns: 25 },
    );
  });

  it('cut off anywhere is read up to its last whole frame', async () => {
    const bytes = bytesOf(session);
    const starts = session.map((_, index) => bytesOf(session.slice(0, index)).length);
    const afterHello = starts[1] ?? 0;
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: afterHello, max: bytes.length - 1 }), async (length) => {
        const read: FromRuntime[] = [];
        const end = await readRecording(inPieces(bytes.subarray(0, length), 100), (message) => read.push(message));
        const whole = starts.filter((start) => start <= length).length - 1;
        assert.equal(read.length, whole);
        assert.equal(end.cutOffBytes, length - (starts[whole] ?? 0));
      }),
      { numRuns: 50 },
    );
  });

  for (const [name, bytes, reason] of [
    ['an empty file', Buffer.alloc(0), /no whole frame in it/u],
    ['a text file', Buffer.from('hello, world, this is no recording'), /not a Loopscope stream/u],
    ['one without a head', bytesOf(session.slice(1)), /begins with “hello”; this one begins with “update”/u],
    ['one of another protocol', bytesOf([aHello({ protocol: 7 })]), /is of protocol 7/u],
  ] as const) {
    it(`says what is wrong with ${name}`, () =>
      assert.rejects(
        readRecording(inPieces(bytes, 64), () => undefined),
        reason,
      ));
  }

  describe('being written', () => {
    let folder: string;
    beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'loopscope-'))));
    afterEach(() => rm(folder, { recursive: true }));

    it('is what the runtime sent, byte for byte, from a snapshot on', async () => {
      let welcome: (connection: Connection) => void = () => undefined;
      const welcomed = new Promise<Connection>((resolve) => (welcome = resolve));
      const listener = await Listener.start({
        wishes: () => ({ interval_ms: 100, threshold_ms: null }),
        welcomed: welcome,
        refused: ({ reason }) => unexpected(reason),
      });
      const socket = connect(Number(listener.address.split(':')[2]), '127.0.0.1');
      const decoder = new FrameDecoder();
      socket.on('data', (chunk) => {
        for (const frame of decoder.push(chunk)) {
          const message = decodeFromViewer(frame.payload);
          if (message.type !== 'request') continue;
          socket.write(bytesOf([anUpdate(1), { type: 'response', id: message.id, error: null }, ...session.slice(1)]));
        }
      });
      socket.write(bytesOf([{ type: 'auth', protocol: 1, token: listener.token, role: 'runtime' }, aHello()]));
      const connection = await welcomed;
      const file = join(folder, 'session.loopscope');
      const writer = new RecordingWriter(file, connection);
      const over = once(connection, 'bye');
      await writer.start();
      await over;
      // What a crash would leave behind at any moment can be read.
      for (let written = 0; written < bytesOf(session).length;) {
        const left = await readFile(file);
        written = left.length;
        if (written < encodeMessage(aHello()).length) continue;
        let last: FromRuntime | undefined;
        await readRecording(inPieces(left, 100), (message) => (last = message));
        assert.ok(last);
      }
      const { bytes, leftOut } = await writer.stop();
      assert.deepEqual(await readFile(file), bytesOf(session));
      assert.deepEqual([bytes, leftOut], [bytesOf(session).length, 0]);
      const read: FromRuntime[] = [];
      await readRecording(openRecording(file), (message) => read.push(message));
      assert.deepEqual(read, session);
      socket.destroy();
      await listener.close();
    });

    it('does not write over a file that is there', async () => {
      const file = join(folder, 'session.loopscope');
      await writeFile(file, 'mine');
      const connection = { helloFrame: { kind: 74, payload: Buffer.from('{}') }, on: () => 0, off: () => 0 };
      const writer = new RecordingWriter(file, connection as unknown as Connection);
      await assert.rejects(writer.stop(), /could not be written to .*EEXIST/u);
      assert.equal(await readFile(file, 'utf8'), 'mine');
    });
  });
});
