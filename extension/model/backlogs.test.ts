import assert from 'node:assert/strict';
import { STRETCH_NS, STRETCHES } from './backlogs';
import { ProcessModel } from './processModel';
import { aHello, anExecutor, anUpdate } from './testing';

/** A model that was told of an executor at these times, in stretches, each with busy workers and waiting jobs. */
function told(...samples: readonly (readonly [stretch: number, busy: number, queued: number])[]): ProcessModel {
  const model = new ProcessModel('1', aHello(), 0);
  samples.forEach(([stretch, busy, queued], index) => {
    const executors = [anExecutor(1, { busy, queued })];
    model.update(anUpdate(index + 1, { snapshot: index === 0, time_ns: stretch * STRETCH_NS, executors }), 0);
  });
  return model;
}

describe('the backlog of an executor', () => {
  it('is the most of each stretch, and goes on as it was while nothing is told', () => {
    const model = told([10, 1, 0], [10.2, 6, 9], [10.4, 6, 2], [13, 2, 0], [13.1, 1, 0]);
    assert.deepEqual(model.backlogs(), [{ executor: 1, last: 13, busy: [6, 6, 6, 6], queued: [9, 2, 2, 2] }]);
  });

  it('reaches back a minute', () => {
    const model = told(...Array.from({ length: 300 }, (_, at) => [at, at % 7, at] as const), [420, 0, 0]);
    const [backlog] = model.backlogs();
    assert.ok(backlog);
    assert.deepEqual([backlog.last, backlog.busy.length], [420, STRETCHES]);
    // Since 299 nothing was told.
    assert.deepEqual(
      backlog.queued,
      Array.from({ length: STRETCHES }, () => 299),
    );
    model.update(anUpdate(302, { time_ns: 421 * STRETCH_NS, executors: [anExecutor(1, { busy: 3, queued: 5 })] }), 0);
    assert.deepEqual(model.backlogs()[0]?.queued.slice(-3), [299, 299, 5]);
  });

  it('is not lost with a snapshot, and gone with the executor', () => {
    const model = told([10, 1, 4], [11, 2, 5]);
    const snapshot = { snapshot: true, time_ns: 12 * STRETCH_NS };
    model.update(anUpdate(3, { ...snapshot, partial: true, executors: [anExecutor(1, { busy: 3, queued: 6 })] }), 0);
    assert.equal(model.backlogs()[0]?.last, 11);
    model.update(anUpdate(4, snapshot), 0);
    assert.deepEqual(model.backlogs(), [{ executor: 1, last: 12, busy: [1, 2, 3], queued: [4, 5, 6] }]);
    model.update(anUpdate(5, snapshot), 0);
    assert.deepEqual(model.backlogs(), []);
  });
});
