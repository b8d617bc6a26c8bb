import assert from 'node:assert/strict';
import { silenceOf } from './silence';

/** The line after the insertion, `…` standing for the reason that a person types. */
function silenced(line: string): string | null {
  const silence = silenceOf(line, 'blocking-sleep');
  if (!silence) return null;
  const text = silence.wantsReason ? `${silence.text}…` : silence.text;
  return line.slice(0, silence.character) + text + line.slice(silence.character);
}

describe('a comment that silences a rule', () => {
  it('goes to the end of the line, after a comment that is there', () => {
    assert.equal(silenced('    time.sleep(1)'), '    time.sleep(1)  # loopscope: ignore[blocking-sleep] …');
    assert.equal(silenced('f()  # why  '), 'f()  # why  # loopscope: ignore[blocking-sleep] …  ');
  });

  it('joins a comment of the kind', () => {
    assert.equal(
      silenced('f()  # loopscope: ignore[blocking-file] the disk is fast'),
      'f()  # loopscope: ignore[blocking-file, blocking-sleep] the disk is fast',
    );
  });

  it('is not offered where a comment cannot stand', () => {
    assert.equal(silenced('x = f() + \\'), null);
    assert.equal(silenced('f("""first'), null);
    assert.equal(silenced('f("""a""")'), 'f("""a""")  # loopscope: ignore[blocking-sleep] …');
  });
});
