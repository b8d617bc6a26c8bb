import assert from 'node:assert/strict';
import type { ToLintWorker } from '../../lint/messages';
import { EditPacer } from './editPacer';

const typed = (offset: number): { offset: number; length: number; text: string } => ({ offset, length: 0, text: 'x' });

describe('the pace of edits', () => {
  let sent: ToLintWorker[];
  let pacer: EditPacer;
  const looks = (): [string, number, number[]][] =>
    sent.map((message) => {
      assert.ok(message.type === 'change');
      return [message.path, message.version, message.changes.map(({ offset }) => offset)];
    });

  beforeEach(() => {
    sent = [];
    pacer = new EditPacer((message) => sent.push(message));
  });

  it('is that of the typing, while the linter keeps up', () => {
    pacer.edited('/a.py', 2, [typed(0)]);
    pacer.taken('/a.py', 2);
    pacer.edited('/a.py', 3, [typed(1)]);
    assert.deepEqual(looks(), [
      ['/a.py', 2, [0]],
      ['/a.py', 3, [1]],
    ]);
  });

  it('is that of the linter, while it does not: what was typed meanwhile goes in one', () => {
    pacer.edited('/a.py', 2, [typed(0)]);
    pacer.edited('/a.py', 3, [typed(1)]);
    pacer.edited('/a.py', 4, [typed(2), typed(3)]);
    assert.deepEqual(looks(), [['/a.py', 2, [0]]]);
    pacer.taken('/a.py', 2);
    assert.deepEqual(looks().slice(1), [['/a.py', 4, [1, 2, 3]]]);
  });

  it('of one document does not hold up another, and a document that was told anew starts afresh', () => {
    pacer.edited('/a.py', 2, [typed(0)]);
    pacer.edited('/a.py', 3, [typed(1)]);
    pacer.edited('/b.py', 7, [typed(9)]);
    pacer.forget('/a.py');
    pacer.taken('/a.py', 2);
    pacer.edited('/a.py', 4, [typed(5)]);
    assert.deepEqual(looks(), [
      ['/a.py', 2, [0]],
      ['/b.py', 7, [9]],
      ['/a.py', 4, [5]],
    ]);
  });

  it('can be hurried, and then the answer that counts is the last', () => {
    pacer.edited('/a.py', 2, [typed(0)]);
    pacer.edited('/a.py', 3, [typed(1)]);
    pacer.flush('/a.py');
    pacer.edited('/a.py', 4, [typed(2)]);
    pacer.taken('/a.py', 2);
    assert.deepEqual(looks().length, 2);
    pacer.taken('/a.py', 3);
    assert.deepEqual(looks().at(-1), ['/a.py', 4, [2]]);
  });
});
