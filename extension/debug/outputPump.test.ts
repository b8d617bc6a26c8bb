import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { OutputPump } from './outputPump';

describe('the output of a program', function () {
  this.timeout(20_000);

  it('arrives whole, whatever the pieces its characters come in', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: 'grapheme', maxLength: 200 }),
        fc.integer({ min: 1, max: 7 }),
        async (text, size) => {
          const bytes = Buffer.from(text);
          const pieces: Buffer[] = [];
          for (let offset = 0; offset < bytes.length; offset += size)
            pieces.push(bytes.subarray(offset, offset + size));
          let received = '';
          await new OutputPump(Readable.from(pieces, { objectMode: false }), (part) => (received += part)).finished;
          assert.equal(received, text);
        },
      ),
      { numRuns: 10 },
    );
  });

  it('is read no faster than it is forwarded, so that a loud program waits', async () => {
    let given = 0;
    const loud = new Readable({
      highWaterMark: 64 * 1024,
      read() {
        given += 65_536;
        this.push(Buffer.alloc(65_536, 'x'));
      },
    });
    const sizes: number[] = [];
    const pump = new OutputPump(loud, (part) => {
      sizes.push(part.length);
      if (sizes.length === 4) pump.stop();
    });
    await pump.finished;
    assert.ok(Math.max(...sizes) <= 65_536);
    assert.ok(given <= 65_536 * 8, `${given} bytes were taken from the program to forward 4 pieces`);
  });

  it('is given up when nobody ends it', async () => {
    const pump = new OutputPump(new Readable({ read: () => undefined }), () => undefined);
    pump.stop();
    await pump.finished;
  });
});
