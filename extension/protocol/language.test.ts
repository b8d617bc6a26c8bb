import assert from 'node:assert/strict';
import { FrameDecoder } from './codec';
import { speakWith, t, untranslated } from './language';

describe('code that knows no VS Code', () => {
  afterEach(() => speakWith(untranslated));

  it('speaks the language it was told, in its errors too', () => {
    assert.equal(t('{0} of {1}', 2, 3), '2 of 3');
    speakWith((message, ...args) => `<${untranslated(message, ...args)}>`);
    assert.throws(() => [...new FrameDecoder().push(new Uint8Array([0, 0, 0, 1, 111, 1]))], {
      message: '<Byte 4: unknown frame kind 111; this is not a Loopscope stream.>',
    });
  });
});
