import assert from 'node:assert/strict';
import { blockFingerprint, findingFingerprint } from './fingerprints';
import type { BlockView, FindingView } from './queries';
import { aSite } from './testing';

function block(change: Partial<BlockView> = {}): BlockView {
  return {
    id: 1,
    loop: 1,
    site: aSite(1),
    callee: 'requests.get',
    cause: 'io',
    lineAtFault: true,
    count: 1,
    totalNs: 1,
    maxNs: 1,
    lastNs: 1,
    lastAtNs: 1,
    task: null,
    victims: 0,
    stack: [],
    ...change,
  };
}

function finding(change: Partial<FindingView> = {}): FindingView {
  return {
    id: 1,
    rule: 'stuck',
    severity: 'warning',
    site: null,
    message: '3 wait',
    count: 1,
    evidence: {},
    tasks: null,
    ...change,
  };
}

describe('fingerprints', () => {
  it('are the same for a block in another run whose line moved', () => {
    const moved = block({ id: 9, site: aSite(7, { line: 112 }), count: 40, cause: 'cpu' });
    assert.equal(blockFingerprint(moved), blockFingerprint(block()));
  });

  it('tell apart what is called, the function and the file, and the causes of what has no line', () => {
    const others = [
      block({ callee: 'time.sleep' }),
      block({ site: aSite(1, { function: 'other' }) }),
      block({ site: aSite(1, { file: '/app/other.py' }) }),
      block({ site: null, callee: null, cause: 'gc' }),
      block({ site: null, callee: null, cause: 'machine' }),
    ];
    assert.equal(new Set([block(), ...others].map(blockFingerprint)).size, 6);
  });

  it('tell findings apart by rule and place, and those without a place by their sentence without figures', () => {
    assert.equal(findingFingerprint(finding({ message: '4 wait' })), findingFingerprint(finding()));
    const others = [
      finding({ message: '3 leak' }),
      finding({ rule: 'deadlock' }),
      finding({ site: aSite(1) }),
      finding({ site: aSite(1, { function: 'other' }) }),
    ];
    assert.equal(new Set([finding(), ...others].map(findingFingerprint)).size, 5);
    const said = finding({ site: aSite(1), message: 'said otherwise' });
    assert.equal(findingFingerprint(said), findingFingerprint(finding({ site: aSite(2) })));
  });
});
