import assert from 'node:assert/strict';
import type { Lane, TimelineSteps } from '../extension/protocol/webview-messages';
import { MAX_TIMELINE_STEPS } from '../extension/protocol/webview-messages';
import { StepHistory } from './stepHistory';

const LANES = ['t1', 't2'].map((id): Lane => ({ id, kind: 'task', label: id, group: 'tasks', task: 1 }));

/** Steps of 1 ns, `from` to `to`, in turns on both lanes, ready 2 ns before. */
function steps(from: number, to: number, change: Partial<TimelineSteps> = {}): TimelineSteps {
  const fromNs = Array.from({ length: to - from }, (_, index) => (from + index) * 10);
  return {
    lane: fromNs.map((_, index) => (from + index) % 2),
    fromNs,
    toNs: fromNs.map((ns) => ns + 1),
    readyNs: fromNs.map((ns) => ns - 2),
    wokenBy: fromNs.map(() => -1),
    dropped: 0,
    ...change,
  };
}

function found(history: StepHistory, fromNs: number, toNs: number): number[] {
  return [...history.between(fromNs, toNs)].map((step) => step.fromNs);
}

describe('the steps a page keeps', () => {
  it('are found by the time they touch, with what they waited for their turn', () => {
    const history = new StepHistory();
    history.add(steps(1, 10), LANES);
    assert.deepEqual(found(history, 30, 48), [30, 40, 50]);
    assert.deepEqual(found(history, 32, 37), []);
    const [step] = history.between(30, 31);
    assert.deepEqual(step, { lane: 't2', fromNs: 30, toNs: 31, readyNs: 28, wokenBy: null });
  });

  it('know what woke them, by the lanes of their own message', () => {
    const history = new StepHistory();
    const [first, second] = LANES;
    assert.ok(first && second);
    history.add(steps(1, 2, { wokenBy: [0] }), LANES);
    history.add(steps(2, 3, { lane: [0], wokenBy: [1], readyNs: [0] }), [second, first]);
    assert.deepEqual(
      [...history.between(0, 100)].map(({ lane, wokenBy, readyNs }) => [lane, wokenBy, readyNs]),
      [
        ['t2', 't1', 8],
        ['t2', 't1', 20],
      ],
    );
  });

  it('are bounded: the oldest make room, and those before a moment are forgotten', () => {
    const history = new StepHistory();
    for (let at = 0; at < 3 * MAX_TIMELINE_STEPS; at += 7000) history.add(steps(at, at + 7000), LANES);
    const last = Math.ceil((3 * MAX_TIMELINE_STEPS) / 7000) * 7000;
    const all = found(history, -Infinity, Infinity);
    assert.equal(all.length, MAX_TIMELINE_STEPS);
    assert.equal(all[0], (last - MAX_TIMELINE_STEPS) * 10);
    assert.equal(all.at(-1), (last - 1) * 10);
    history.forget((last - 5) * 10);
    assert.equal(found(history, -Infinity, Infinity).length, 5);
    history.clear();
    assert.equal(history.any, false);
  });
});
