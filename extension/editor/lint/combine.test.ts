import assert from 'node:assert/strict';
import type { Edit, Finding } from '../../lint/findings';
import { combinedEdits } from './combine';

function insertion(line: number, column: number, text: string): Edit {
  return { line, column, endLine: line, endColumn: column, text };
}

function fixedBy(edits: Edit[], safe = true): Finding {
  const place = { line: 1, column: 1, endLine: 1, endColumn: 2 };
  const what = { rule: 'blocking-sleep', severity: 'warning', message: '' } as const;
  return { file: '/a.py', ...place, ...what, chain: [], fix: { title: '', safe, edits } };
}

describe('the fixes of a file, taken together', () => {
  const imports = insertion(1, 1, 'import asyncio\n');

  it('insert an import once', () => {
    const [first, second] = [insertion(5, 5, 'await '), insertion(9, 5, 'await ')];
    assert.deepEqual(combinedEdits([fixedBy([imports, first]), fixedBy([imports, second])]), [imports, first, second]);
  });

  it('leave out one that touches another, and those that are not safe', () => {
    const whole: Edit = { line: 5, column: 1, endLine: 5, endColumn: 30, text: 'x' };
    const inside: Edit = { line: 5, column: 10, endLine: 5, endColumn: 12, text: 'y' };
    const unsafe = fixedBy([insertion(9, 1, 'z')], false);
    assert.deepEqual(combinedEdits([fixedBy([whole]), fixedBy([inside]), unsafe]), [whole]);
  });
});
