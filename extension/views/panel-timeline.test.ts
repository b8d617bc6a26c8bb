import { strict as assert } from 'node:assert';
import { ProcessModel } from '../model';
import { aHello, aLoop, anExecutor, anUpdate, aStepBatch, aTask } from '../model/testing';
import { MAX_TIMELINE_STEPS } from '../protocol/webview-messages';
import { TimelineRecorder } from './panel-timeline';

function traced(): { readonly model: ProcessModel; readonly recorder: TimelineRecorder } {
  const model = new ProcessModel('p', aHello(), 0);
  const tasks = [aTask(1), aTask(2)];
  model.update(anUpdate(1, { snapshot: true, level: 'trace', time_ns: 1e9, loops: [aLoop(1)], tasks }), 0);
  return { model, recorder: new TimelineRecorder(model) };
}

describe('the jobs of a timeline', () => {
  it('end when the program says, and how', () => {
    const model = new ProcessModel('p', aHello(), 0);
    const recorder = new TimelineRecorder(model);
    const running = { function: 'fetch', site: null, task: null, state: 'running', submitted_ns: 100 } as const;
    const jobs = [1, 2, 3].map((id) => ({ ...running, id, started_ns: 100 * id, worker: `asyncio_${String(id)}` }));
    model.update(anUpdate(1, { snapshot: true, time_ns: 1e6, executors: [anExecutor(1, { jobs })] }), 0);
    recorder.sample(0);
    const over = { function: 'fetch', site: null, started_ns: 200, exception: null } as const;
    const ended = [
      { ...over, id: 2, outcome: 'done', ended_ns: 5e5 } as const,
      { ...over, id: 3, outcome: 'failed', exception: 'TimeoutError', ended_ns: 6e5 } as const,
    ];
    model.update(anUpdate(2, { time_ns: 2e6, executors: [anExecutor(1, { jobs: [], ended })] }), 0);
    recorder.sample(0);
    const slices = recorder.since(-1)?.section.slices.filter(({ kind }) => kind === 'job') ?? [];
    assert.deepEqual(
      slices.map(({ key, toNs, outcome }) => [key, toNs, outcome]),
      [
        // Of the first is only known that it is gone.
        ['j1', 2e6, undefined],
        ['j2', 5e5, { outcome: 'done', exception: null }],
        ['j3', 6e5, { outcome: 'failed', exception: 'TimeoutError' }],
      ],
    );
  });
});

describe('TimelineRecorder at trace', () => {
  it('passes each step on once, on the lane of its task or of its loop, with who woke it', () => {
    const { model, recorder } = traced();
    model.packed(
      aStepBatch([
        [1, 100, 200, 90],
        [2, 200, 260, 150, 1],
        [0, 260, 270],
        [77, 270, 280],
      ]),
    );
    recorder.sample(0);
    const first = recorder.since(-1);
    assert.equal(first?.section.exact, true);
    const { steps, lanes } = first.section;
    assert.deepEqual(
      steps?.lane.map((lane) => lanes[lane]?.id),
      ['t1', 't2', 'l1'],
    );
    assert.deepEqual(steps.fromNs, [100, 200, 260]);
    assert.deepEqual(steps.toNs, [200, 260, 270]);
    assert.deepEqual(steps.readyNs, [90, 150, 0]);
    assert.deepEqual(
      steps.wokenBy.map((lane) => lanes[lane]?.id),
      [undefined, 't1', undefined],
    );
    // Comes in after the sample: told with the next one, not twice.
    model.packed(aStepBatch([[1, 300, 400]]));
    assert.equal(recorder.since(-1)?.section.steps?.fromNs.length, 3);
    recorder.sample(100);
    assert.deepEqual(recorder.since(first.revision)?.section.steps?.fromNs, [300]);
    recorder.sample(200);
    assert.equal(recorder.since(first.revision + 1)?.section.steps, undefined);
  });

  it('sends the newest when there are too many, and says how many it left out', () => {
    const { model, recorder } = traced();
    const rows = Array.from({ length: MAX_TIMELINE_STEPS + 5 }, (_, index) => [1, index, index + 1] as const);
    model.packed(aStepBatch(rows));
    recorder.sample(0);
    const steps = recorder.since(-1)?.section.steps;
    assert.deepEqual([steps?.fromNs.length, steps?.fromNs[0], steps?.dropped], [MAX_TIMELINE_STEPS, 5, 5]);
  });

  it('has no steps at watch', () => {
    const model = new ProcessModel('p', aHello(), 0);
    model.update(anUpdate(1, { snapshot: true, loops: [aLoop(1)], tasks: [aTask(1)] }), 0);
    const recorder = new TimelineRecorder(model);
    recorder.sample(0);
    const section = recorder.since(-1)?.section;
    assert.deepEqual([section?.exact, section?.steps], [false, undefined]);
  });
});
