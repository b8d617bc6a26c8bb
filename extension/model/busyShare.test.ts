import assert from 'node:assert/strict';
import { BusyShare } from './busyShare';
import type { Busy } from '../protocol/generated/types';

const MS = 1e6;

function aTotal(atMs: number, busyMs: number, measure: Busy['measure'] = 'processor'): Busy {
  return { ns: busyMs * MS, at_ns: atMs * MS, measure };
}

/** The share after each of these totals. */
function shares(totals: readonly Busy[]): (number | null)[] {
  const share = new BusyShare();
  return totals.map((total) => {
    share.take(total);
    return share.share;
  });
}

describe('how busy a loop is', () => {
  it('is said of the last second, once a second of it is known', () => {
    const totals = [aTotal(0, 900), aTotal(500, 900), aTotal(1000, 1150), aTotal(1500, 1650), aTotal(2000, 1650)];
    assert.deepEqual(shares(totals), [null, null, 0.25, 0.75, 0.5]);
  });

  it('is said of the whole time in which nothing was heard', () => {
    assert.deepEqual(shares([aTotal(0, 0), aTotal(1000, 0), aTotal(5000, 3000)]), [null, 0, 0.75]);
  });

  it('never mixes two measures', () => {
    const totals = [aTotal(0, 0), aTotal(1000, 500), aTotal(1500, 9000, 'callbacks'), aTotal(2500, 9100, 'callbacks')];
    assert.deepEqual(shares(totals), [null, 0.5, null, 0.1]);
  });

  it('takes a total that was corrected downwards for what it is', () => {
    assert.deepEqual(shares([aTotal(0, 0), aTotal(1000, 700), aTotal(1100, 550)]), [null, 0.7, 0.5]);
  });

  it('is not said twice of one moment, and never exceeds the whole', () => {
    assert.deepEqual(shares([aTotal(0, 0), aTotal(1000, 600), aTotal(1000, 600), aTotal(2000, 1700)]), [
      null,
      0.6,
      0.6,
      1,
    ]);
  });

  it('rests on few totals, however many there are', () => {
    const share = new BusyShare();
    for (let at = 0; at <= 10_000; at++) share.take(aTotal(at, at / 4));
    assert.ok(Math.abs((share.share ?? 0) - 0.25) < 1e-9);
    assert.ok(Object.values(share).flat().length <= 25);
  });
});
