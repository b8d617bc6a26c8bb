import { strict as assert } from 'node:assert';
import type { TaskSteps } from '../protocol/generated/types';
import { ProcessModel } from './processModel';
import type { LookAt } from './queries';
import { Sessions } from './sessions';
import { StepRing } from './stepRing';
import { aHello, anUpdate, aSite, aStepBatch, aTask } from './testing';

function steps(task: number, change: Partial<TaskSteps> = {}): TaskSteps {
  return {
    task,
    steps: 4,
    busy_ns: 3_000,
    delay_ns: 1_000,
    max_delay_ns: 900,
    longest_ns: 2_000,
    longest_at_ns: 50_000,
    longest_site: 1,
    since_ns: 10_000,
    last_ns: 60_000,
    ...change,
  };
}

describe('TraceModel', () => {
  it('knows the level, and what a task’s steps come to', () => {
    const model = new ProcessModel('p', aHello(), 0);
    assert.equal(model.overview(0).level, 'watch');
    assert.equal(model.trace.taskSteps(1), null);
    model.update(
      anUpdate(1, { snapshot: true, level: 'trace', sites: [aSite(1)], tasks: [aTask(1)], steps: [steps(1)] }),
      0,
    );
    assert.equal(model.overview(0).level, 'trace');
    const view = model.trace.taskSteps(1);
    assert.equal(view?.waitingNs, 46_000);
    assert.equal(view.longestSite?.line, 88);
    assert.equal(view.histogram, null);
    model.update(anUpdate(2, { histogram: { task: 1, steps: [0, 3, 1], delays: [4, 0, 0] } }), 0);
    const { histogram } = model.trace.taskSteps(1) ?? {};
    assert.deepEqual(histogram?.steps, [0, 3, 1]);
    assert.deepEqual(histogram.belowNs.slice(0, 3), [1_000, 2_000, 4_000]);
    assert.equal(model.overview(0).level, 'trace');
  });

  it('counts as waiting what is not known to have been a delay', () => {
    const model = new ProcessModel('p', aHello(), 0);
    const unseen = steps(1, { delay_ns: null, max_delay_ns: null });
    model.update(anUpdate(1, { snapshot: true, level: 'trace', tasks: [aTask(1)], steps: [unseen] }), 0);
    const view = model.trace.taskSteps(1);
    assert.deepEqual([view?.delayNs, view?.maxDelayNs, view?.waitingNs], [null, null, 47_000]);
  });

  it('answers the same from its own snapshot', () => {
    const model = new ProcessModel('p', aHello(), 0);
    model.update(anUpdate(1, { snapshot: true, level: 'trace', tasks: [aTask(1)], steps: [steps(1)] }), 0);
    const other = new ProcessModel('p', aHello(), 0);
    other.update(model.snapshot(), 0);
    assert.equal(other.trace.level, 'trace');
    assert.deepEqual(other.trace.taskSteps(1), model.trace.taskSteps(1));
  });

  it('takes single steps, and passes over batches of another kind', () => {
    const model = new ProcessModel('p', aHello({ level: 'trace' }), 0);
    const batch = aStepBatch([
      [3, 100, 200],
      [0, 200, 250],
    ]);
    model.packed(batch);
    model.packed({ ...batch, header: { ...batch.header, batch: 'something else' } });
    const seen: number[][] = [];
    model.trace.steps.forEach(0, (loop, task, startedNs, endedNs) => seen.push([loop, task, startedNs, endedNs]));
    assert.deepEqual(seen, [
      [1, 3, 100, 200],
      [1, 0, 200, 250],
    ]);
  });

  it('keeps the newest steps, by their numbers, when there is no room for more', () => {
    const ring = new StepRing(1500);
    for (let number = 0; number < 4000; number++) ring.push(1, number, number, number + 1, 0, 0);
    const tasks: number[] = [];
    ring.forEach(0, (_loop, task) => tasks.push(task));
    assert.equal(ring.oldest, 2500);
    assert.deepEqual([tasks.length, tasks[0], tasks.at(-1)], [1500, 2500, 3999]);
  });

  it('tells a process what is looked at once, and only while it traces', () => {
    const sessions = new Sessions();
    const told: LookAt[] = [];
    const port = {
      awaitStack: () => Promise.resolve([]),
      lookAt: (what: LookAt): void => {
        told.push(what);
      },
    };
    const model = sessions.add(aHello({ commands: ['look-at'] }), port, 0);
    sessions.lookAt(model.key, { steps: true, task: null });
    assert.equal(told.length, 0);
    model.update(anUpdate(1, { snapshot: true, level: 'trace' }), 0);
    sessions.lookAt(model.key, { steps: true, task: 4 });
    sessions.lookAt(model.key, { steps: true, task: 4 });
    assert.deepEqual(told, [{ steps: true, task: 4 }]);
    model.update(anUpdate(2, { level: 'watch' }), 0);
    sessions.lookAt(model.key, { steps: true, task: 4 });
    assert.deepEqual(told.at(-1), { steps: false, task: null });
  });
});
