import { strictEqual } from 'node:assert';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

describe('generated protocol files', () => {
  it('are what `npm run generate` writes', async function () {
    this.timeout(60_000);
    const { generate } = await import('../../scripts/generate-protocol.mjs');
    for (const [path, text] of await generate()) {
      strictEqual(readFileSync(join(__dirname, '../..', path), 'utf8'), text, `${path} differs: run npm run generate`);
    }
  });
});
