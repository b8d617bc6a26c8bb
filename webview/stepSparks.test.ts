import assert from 'node:assert/strict';
import { SPARK_SECONDS } from '../extension/model/taskSeconds';
import { StepSparks } from './stepSparks';

const SECOND = 1e9;

/** Tells of task 1 at a second: its steps and the time in them so far, and when the latest ended. */
function tell(sparks: StepSparks, steps: number, busySeconds: number, lastSeconds: number, reset = false): void {
  const columns = { task: [1], steps: [steps], busyNs: [busySeconds * SECOND], lastNs: [lastSeconds * SECOND] };
  sparks.take({ reset, ...columns }, lastSeconds * SECOND);
}

describe('the sparkline of a task', () => {
  it('knows nothing of the time before it was looked at', () => {
    const sparks = new StepSparks();
    assert.equal(sparks.of(1, 100 * SECOND), null);
    tell(sparks, 5000, 40, 100.5);
    tell(sparks, 5010, 40.25, 101.5);
    const spark = sparks.of(1, 102.2 * SECOND);
    assert.deepEqual(spark?.shares.slice(-4), [null, 0, 0.25, 0]);
    assert.deepEqual([spark.steps, spark.busyNs, spark.seconds], [10, 0.25 * SECOND, 3]);
  });

  it('takes no more of a second than there is: a long step lies in those before its end', () => {
    const sparks = new StepSparks();
    tell(sparks, 0, 0, 100);
    tell(sparks, 1, 2.5, 103.5);
    assert.deepEqual(sparks.of(1, 104 * SECOND)?.shares.slice(-6), [null, 0, 0.5, 1, 1, 0]);
  });

  it('forgets what is older than it reaches', () => {
    const sparks = new StepSparks();
    tell(sparks, 0, 0, 100);
    tell(sparks, 1, 1, 100.5);
    const spark = sparks.of(1, (100 + SPARK_SECONDS) * SECOND);
    assert.deepEqual([spark?.steps, spark?.busyNs, spark?.seconds], [0, 0, SPARK_SECONDS]);
  });

  it('begins anew for a task that was off the screen, and when nobody looked', () => {
    const sparks = new StepSparks();
    tell(sparks, 0, 0, 100);
    sparks.take({ reset: false, task: [], steps: [], busyNs: [], lastNs: [] }, 101 * SECOND);
    tell(sparks, 9, 0.5, 102);
    assert.equal(sparks.of(1, 102 * SECOND)?.steps, 0);
    tell(sparks, 20, 0.6, 103, true);
    assert.equal(sparks.of(1, 103 * SECOND)?.steps, 0);
  });
});
