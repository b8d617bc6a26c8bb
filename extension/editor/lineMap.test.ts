import assert from 'node:assert/strict';
import fc from 'fast-check';
import { LineMap } from './lineMap';

/** Applies a change of whole lines to a text that is a list of distinct lines. */
interface Edit {
  readonly start: number;
  readonly removed: number;
  readonly added: number;
}

const edit = fc.record({ start: fc.nat(30), removed: fc.nat(4), added: fc.nat(4) });

describe('a mark in an edited file', () => {
  it('stays with its line when whole lines are added and taken away', () => {
    fc.assert(
      fc.property(fc.array(edit), (edits: readonly Edit[]) => {
        const lines = Array.from({ length: 20 }, (_, index) => `line ${index}`);
        const text = [...lines];
        const map = new LineMap(lines.length);
        for (const { start, removed, added } of edits) {
          const from = Math.min(start, text.length);
          const taken = Math.min(removed, text.length - from);
          text.splice(from, taken, ...Array.from({ length: added }, () => 'new'));
          map.apply({ startLine: from, startCharacter: 0, endLine: from + taken, newLines: added });
        }
        for (const [index, line] of lines.entries()) {
          const at = text.indexOf(line);
          assert.equal(map.get(index), at === -1 ? null : at);
        }
      }),
    );
  });

  it('stays when its own line is edited, and moves down when the line is broken before it', () => {
    const map = new LineMap(3);
    map.apply({ startLine: 1, startCharacter: 4, endLine: 1, newLines: 0 });
    assert.equal(map.get(1), 1);
    map.apply({ startLine: 1, startCharacter: 8, endLine: 1, newLines: 1 });
    assert.deepEqual([map.get(1), map.get(2)], [1, 3]);
    map.apply({ startLine: 1, startCharacter: 0, endLine: 1, newLines: 2 });
    assert.deepEqual([map.get(0), map.get(1), map.get(2)], [0, 3, 5]);
  });

  it('knows which lines have kept their text, and where they came from', () => {
    const map = new LineMap(5);
    map.apply({ startLine: 1, startCharacter: 4, endLine: 1, newLines: 2 });
    assert.deepEqual(
      [0, 1, 2].map((line) => map.isSame(line)),
      [true, false, true],
    );
    assert.deepEqual(
      [0, 1, 2, 3, 4, 5, 6].map((line) => map.origin(line)),
      [0, null, null, null, 2, 3, 4],
    );
  });

  it('knows a line beyond the end by its number', () => {
    assert.equal(new LineMap(2).get(7), 7);
  });
});
