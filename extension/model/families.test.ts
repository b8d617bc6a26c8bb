import assert from 'node:assert/strict';
import { inFamilies } from './families';

function listed(...processes: readonly (readonly [pid: number, parentPid: number])[]): string {
  const relatives = inFamilies(processes, ([pid, parentPid]) => ({ pid, parentPid }));
  return relatives.map(({ member: [pid], depth }) => `${'>'.repeat(depth)}${pid}`).join(' ');
}

describe('processes in families', () => {
  it('has each behind the one that started it, and otherwise as they were', () => {
    assert.equal(listed([30, 20], [9, 1], [20, 10], [10, 1], [21, 10]), '9 10 >20 >>30 >21');
  });

  it('leaves alone those whose parent is not there', () => {
    assert.equal(listed([2, 1], [3, 1]), '2 3');
  });

  it('loses none to a pid that was used twice, or to two that claim each other', () => {
    assert.equal(listed([5, 5], [7, 5], [5, 1]), '5 >7 5');
    assert.equal(listed([1, 2], [2, 1], [3, 0]), '3 1 2');
  });
});
