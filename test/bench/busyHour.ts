/** An hour of a busy program, as its runtime would tell it: ten updates a second. */
import { aBlock, aLoop, aSite, aTask, anUpdate } from '../../extension/model/testing';
import type { Task, Update } from '../../extension/protocol/generated/types';

/** Updates of the hour, the first snapshot aside. */
export const UPDATES = 36_000;
const TASKS = 2_000;
const CHANGED = 200;
const BEGUN = 10;
const UPDATE_NS = 0.1e9;

function task(id: number, sinceNs: number): Task {
  const made = aTask(id, { name: `session-${String(id)}`, created_ns: sinceNs });
  return { ...made, since_ns: sinceNs, wait: made.wait === null ? null : { ...made.wait, since_ns: sinceNs } };
}

/**
 * A snapshot of 2,000 tasks, then {@link UPDATES} updates: in each 200 tasks wait for something else and ran at `trace`,
 * ten begin and ten end, two probes ran; now and then there was a block.
 */
export function* busyHour(): Generator<Update> {
  yield anUpdate(1, {
    snapshot: true,
    level: 'trace',
    sites: [aSite(1)],
    loops: [aLoop(1)],
    tasks: Array.from({ length: TASKS }, (_, index) => task(index + 1, 0)),
  });
  for (let update = 1; update <= UPDATES; update++) {
    const timeNs = update * UPDATE_NS;
    const tasks = Array.from({ length: CHANGED }, (_, index) => task(((update * CHANGED + index) % TASKS) + 1, timeNs));
    const turns = 1 + Math.floor((update * CHANGED) / TASKS);
    const steps = tasks.map(({ id }) => ({
      task: id,
      steps: turns,
      busy_ns: turns * 1e6,
      delay_ns: turns * 1e5,
      max_delay_ns: 1e6,
      longest_ns: 2e6,
      longest_at_ns: timeNs,
      longest_site: null,
      since_ns: 0,
      last_ns: timeNs,
    }));
    for (let index = 0; index < BEGUN; index++) {
      const id = TASKS + update * BEGUN + index;
      tasks.push(task(id, timeNs), { ...task(id - BEGUN, timeNs), state: 'finished', wait: null });
    }
    const lag = [0, 1].map((half) => ({ loop: 1, time_ns: timeNs + half * 5e7, lag_ms: 1, open: false }));
    const block = aBlock(1 + (update % 500), { count: update, last_at_ns: timeNs, last_ns: 0.12e9 });
    const blocks = update % 20 === 0 ? { blocks: [block] } : {};
    yield anUpdate(update + 1, { time_ns: timeNs, tasks, steps, lag, ...blocks });
  }
}
