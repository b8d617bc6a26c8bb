import { strict as assert } from 'node:assert';
import { ProcessModel } from '../model';
import { aHello, aLoop, anUpdate, aStepBatch, aTask } from '../model/testing';
import type { Wait } from '../protocol/generated/types';
import type { TaskHistory } from '../protocol/webview-messages';
import { MAX_MOMENTS, MAX_TASK_LANES } from '../protocol/webview-messages';
import { TimelineRecorder } from './panel-timeline';

const SECOND = 1e9;

function wait(kind: Wait['kind'], label: string, since: number): Wait {
  return { kind, label, since_ns: since * SECOND, object: null, until_ns: null, tasks: [], executor: null };
}

/** A process whose task 1 was created at 10 s, with how to tell what it does at a second. */
class Program {
  readonly model = new ProcessModel('p', aHello(), 0);
  readonly recorder = new TimelineRecorder(this.model);
  private seq = 0;

  constructor(private readonly level: 'watch' | 'trace' = 'watch') {}

  tell(second: number, change: Parameters<typeof aTask>[1]): void {
    this.seq++;
    const task = aTask(1, { created_ns: 10 * SECOND, since_ns: second * SECOND, ...change });
    const loops = [aLoop(1)];
    const update = { snapshot: this.seq === 1, level: this.level, time_ns: second * SECOND, loops, tasks: [task] };
    this.model.update(anUpdate(this.seq, update), second * 1000);
    this.recorder.sample(second * 1000);
  }

  history(second: number): TaskHistory {
    const task = this.model.task(1);
    assert.ok(task);
    return this.recorder.historyOf(task, second * 1000);
  }
}

/** Moments as sentences, in seconds. */
function said({ moments }: TaskHistory): string[] {
  return moments.map(({ kind, label, fromNs, toNs }) =>
    [kind, label, fromNs / SECOND, '–', toNs === null ? '' : toNs / SECOND].join(' ').replace(/ +/gu, ' ').trim(),
  );
}

describe('the history of a task', () => {
  it('has what it waited on and when, newest first, to its end', () => {
    const program = new Program();
    program.tell(10, { state: 'ready', wait: null });
    program.tell(11, { wait: wait('lock', 'Lock prices', 11) });
    program.tell(13, { wait: wait('queue-get', 'Queue.get of 4', 13) });
    assert.deepEqual(said(program.history(14)), [
      'queue-get Queue.get of 4 13 –',
      'lock Lock prices 11 – 13',
      'ready 10 – 11',
    ]);
    assert.equal(program.history(14).fromNs, null, 'goes back to the creation');
    const last = program.model.task(1);
    program.tell(15, { state: 'finished', wait: null });
    assert.ok(last);
    const ended = program.recorder.historyOf(last, 16_000);
    assert.deepEqual(said(ended).slice(0, 1), ['queue-get Queue.get of 4 13 – 15']);
    assert.equal(ended.exact, false);
  });

  it('says from when on it is known where nobody looked before', () => {
    const program = new Program();
    program.tell(40, { wait: wait('sleep', 'sleep 5.0 s', 38) });
    assert.equal(program.history(41).fromNs, 38 * SECOND);
  });

  it('has single steps at trace, which end the waits that samples saw', () => {
    const program = new Program('trace');
    program.tell(10, { state: 'ready', wait: null });
    program.tell(11, { wait: wait('sleep', 'sleep 1.0 s', 11) });
    const steps = [[1, 12.2 * SECOND, 12.3 * SECOND, 12 * SECOND] as const];
    program.model.packed(aStepBatch([...steps, [2, 12.3 * SECOND, 12.4 * SECOND]]));
    program.tell(13, { wait: wait('sleep', 'sleep 1.0 s', 12.3) });
    const history = program.history(13);
    assert.deepEqual(said(history), [
      'sleep sleep 1.0 s 12.3 –',
      'running 12.2 – 12.3',
      'ready 12 – 12.2',
      'sleep sleep 1.0 s 11 – 12',
      'ready 10 – 11',
    ]);
    assert.equal(history.exact, true);
  });

  it('is bounded, and then says that it begins later', () => {
    const program = new Program();
    for (let second = 10; second < 60; second++) program.tell(second, { wait: wait('event', 'Event', second) });
    const { moments, fromNs } = program.history(60);
    assert.equal(moments.length, MAX_MOMENTS);
    assert.deepEqual([moments[0]?.fromNs, fromNs], [59 * SECOND, 20 * SECOND]);
  });

  it('is kept of a task that has no lane otherwise, from when it was chosen', () => {
    const { model, recorder } = new Program();
    const crowd = Array.from({ length: 3 * MAX_TASK_LANES }, (_, index) => aTask(index + 1));
    const tell = (seq: number, second: number, label: string): void => {
      const tasks = [...(seq === 1 ? crowd : []), aTask(70, { wait: wait('lock', label, second) })];
      const update = { snapshot: seq === 1, time_ns: second * SECOND, loops: [aLoop(1)], tasks };
      model.update(anUpdate(seq, update), second * 1000);
      recorder.sample(second * 1000);
    };
    const lanes = (): number[] => recorder.since(-1)?.section.lanes.flatMap(({ task }) => task ?? []) ?? [];
    tell(1, 10, 'Lock a');
    assert.ok(!lanes().includes(70));
    const row = model.task(70);
    assert.ok(row);
    assert.deepEqual(said(recorder.historyOf(row, 10_000)), ['lock Lock a 10 –']);
    assert.ok(lanes().includes(70));
    tell(2, 12, 'Lock b');
    assert.deepEqual(said(recorder.historyOf(row, 12_000)), ['lock Lock b 12 –', 'lock Lock a 10 – 12']);
  });
});
