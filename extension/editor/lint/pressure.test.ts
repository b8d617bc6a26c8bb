import assert from 'node:assert/strict';
import { ProcessModel, untranslated } from '../../model';
import { aHello, anExecutor, anUpdate, aSite } from '../../model/testing';
import type { Executor } from '../../protocol/generated/types';
import { executorPressure } from './pressure';

function run(key: string, ...executors: Executor[]): ProcessModel {
  const model = new ProcessModel(key, aHello(), 0);
  model.update(anUpdate(1, { sites: [aSite(1)], executors }), 0);
  return model;
}

describe('the pressure of the default executor', () => {
  it('is what a run measured, and is high when jobs waited long for a worker', () => {
    assert.deepEqual(executorPressure([run('1', anExecutor(1))], untranslated), {
      text: 'Default executor, as measured: 6 of 6 workers busy, longest queue 30, queue wait 310 ms in the middle and 900 ms at the longest.',
      isHigh: true,
    });
    const calm = anExecutor(1, { shut_down: true, busy: 0, max_queued: 1, queue_wait_ms: { p50: 0.2, max: 3 } });
    assert.deepEqual(executorPressure([run('1', calm)], untranslated), {
      text: 'Default executor, as measured: 6 workers, longest queue 1, queue wait 0.2 ms in the middle and 3.0 ms at the longest.',
      isHigh: false,
    });
  });

  it('is that of the latest run that used one, and of the busiest of its loops', () => {
    const quiet = anExecutor(1, { max_workers: 7, submitted: 3 });
    const busy = anExecutor(2, { max_workers: 8, submitted: 90 });
    const processes = [run('3'), run('2', quiet, busy), run('1', anExecutor(1))];
    assert.match(executorPressure(processes, untranslated)?.text ?? '', /6 of 8 workers busy/);
  });

  it('is nothing where nobody used it', () => {
    const own = anExecutor(1, { default_of: null });
    const unused = anExecutor(2, { submitted: 0 });
    assert.equal(executorPressure([run('1', own, unused)], untranslated), null);
    assert.equal(executorPressure([], untranslated), null);
  });
});
