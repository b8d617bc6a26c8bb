import assert from 'node:assert/strict';
import { Sessions } from '../model';
import { aBlock, aFinding, aHello, aLoop, aSite, aTask, anUpdate } from '../model/testing';
import type { Site } from '../protocol';
import { blocks, findings, loopState, task, tasks } from './answers';
import { readToolInput } from './input';

const NOW = 1_000;

/** A window that inspects one process, which has reported. */
function window(stack: readonly Site[] = []): Sessions {
  const sessions = new Sessions();
  const model = sessions.add(aHello(), { awaitStack: () => Promise.resolve(stack) }, 0);
  const wait = { kind: 'lock', label: 'Lock', object: 3, until_ns: null, executor: null } as const;
  model.update(
    anUpdate(1, {
      snapshot: true,
      time_ns: 5_000_000_000,
      sites: [aSite(1), aSite(2, { file: '/app/api.py', line: 31, function: 'serve' })],
      loops: [aLoop(1)],
      tasks: [
        ...Array.from({ length: 25 }, (_, index) => aTask(index + 1)),
        aTask(99, { name: 'worker-1', created_site: 2, wait: { ...wait, tasks: [], since_ns: 2_000_000_000 } }),
      ],
      task_counts: { created: 30, finished: 3, cancelled: 0, failed: 1, alive: 26 },
      blocks: [
        aBlock(1),
        aBlock(2, { site: 2, callee: null, cause: 'gc', total_ns: 150e6, max_ns: 150e6, count: 1, victims: 0 }),
      ],
      findings: [
        aFinding(1),
        aFinding(2, { rule: 'deadlock', severity: 'error', site: 2, message: 'Two tasks wait for each other.' }),
      ],
    }),
    NOW,
  );
  return sessions;
}

const input = readToolInput;

describe('the tools for language models', () => {
  it('tell how the loops are doing, in sentences', () => {
    const answer = loopState(window(), input({}), NOW);
    assert.deepEqual(answer.process, { pid: 4127, parent_pid: 1, program: 'api.py', python: '3.12.1', phase: 'live' });
    assert.equal(answer.sentence, 'Two tasks wait for each other.');
    assert.deepEqual(answer.loops, [
      {
        sentence:
          'Loop 1 (asyncio.unix_events._UnixSelectorEventLoop in MainThread) is idle: 26 tasks, 0 callbacks ready, lag 0.1 ms in the middle, 1.5 ms for 99 of 100, 3 ms at most.',
        id: 1,
        state: 'idle',
      },
    ]);
    assert.deepEqual(answer.tasks, { alive: 26, created: 30, failed: 1 });
  });

  it('tell what a task waits on, and page through tasks', () => {
    const sessions = window();
    const first = tasks(sessions, input({}), NOW);
    assert.deepEqual([first.total, first.entries.length, first.next_offset], [26, 20, 20]);
    const second = tasks(sessions, input({ offset: 20 }), NOW);
    assert.deepEqual([second.entries.length, second.next_offset], [6, null]);
    const ids = [...first.entries, ...second.entries].map(({ id }) => id);
    assert.equal(new Set(ids).size, 26);
    const [found, ...others] = tasks(sessions, input({ filter: 'on:lock' }), NOW).entries;
    assert.deepEqual(others, []);
    assert.equal(
      found?.sentence,
      'Task 99 “worker-1” (worker) has waited on Lock for 3.00 s, and was made at api.py:31.',
    );
    assert.deepEqual([found.waits_on, found.waited_ms, found.created_at?.line], ['Lock', 3000, 31]);
  });

  it('give the await stack of one task', async () => {
    const answer = await task(window([aSite(2)]), input({ task: 99 }), NOW);
    assert.equal(answer.task.name, 'worker-1');
    assert.deepEqual(answer.await_stack, [{ file: '/app/pricing.py', line: 88, function: 'fetch_rates' }]);
  });

  it('list the lines that held the loop, and those of one file', () => {
    const all = blocks(window(), input({}), NOW);
    assert.equal(all.sentence, '2 places have held a loop longer than 100 ms.');
    assert.equal(
      all.entries[0]?.sentence,
      'pricing.py:88: Held the loop 2 times, longest 412 ms: time.sleep (a sleeping call), 40 tasks waited.',
    );
    assert.deepEqual(
      [all.entries[0].longest_ms, all.entries[0].line_at_fault, all.entries[1]?.line_at_fault],
      [412, true, false],
    );
    for (const file of ['/app/api.py', 'api.py', './api.py', 'app/api.py']) {
      assert.equal(blocks(window(), input({ file }), NOW).total, 1, file);
    }
    assert.equal(blocks(window(), input({ file: 'i.py' }), NOW).total, 0);
  });

  it('list findings, and those of one rule', () => {
    const all = findings(window(), input({ count: 1 }), NOW);
    assert.deepEqual([all.total, all.entries.length, all.next_offset, all.entries[0]?.rule], [2, 1, 1, 'deadlock']);
    const [only] = findings(window(), input({ rule: 'never-awaited' }), NOW).entries;
    assert.deepEqual([only?.sentence, only?.place?.line], ['The coroutine was never awaited.', 88]);
  });

  it('say what is wrong with what they were asked', async () => {
    assert.throws(
      () => loopState(new Sessions(), input({}), NOW),
      /No program is under inspection: ask the person to start one/u,
    );
    assert.throws(
      () => loopState(window(), input({ process: 7 }), NOW),
      /Process 7 is not under inspection; these are, or were: 4127\./u,
    );
    assert.throws(() => tasks(window(), input({ filter: 'age>soon' }), NOW), Error);
    await assert.rejects(task(window(), input({ task: 1234 }), NOW), /There is no task 1234/u);
    assert.throws(() => input({ offset: -1 }), /“offset” must be a whole number from 0 on\./u);
    assert.throws(() => input({ file: 7 }), /“file” must be a string\./u);
    assert.throws(() => input([]), /must be an object/u);
    assert.equal(input({ count: 100_000 }).count, 100);
  });
});
