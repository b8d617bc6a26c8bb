import assert from 'node:assert/strict';
import { ProcessModel } from './processModel';
import { aBlock, aFinding, aHello, aSite, aTask, anUpdate } from './testing';
import { MAX_FINDING_TASKS } from '../protocol/generated/constants';
import type { Finding, Update } from '../protocol/generated/types';

const DEFINED = aSite(1, { file: '/app/app.py', line: 10, function: 'Service.work' });
const INSIDE = aSite(2, { file: '/app/app.py', line: 14, function: 'Service.work' });
const CREATED = aSite(3, { file: '/app/app.py', line: 40, function: 'main' });
const ELSEWHERE = aSite(4, { file: '/app/other.py', line: 14, function: 'Service.work' });

/** What is said to be about each of two tasks, which only differ in their names. */
function about(findings: readonly Finding[], change: Partial<Update> = {}): Record<string, string[]> {
  const model = new ProcessModel('1', aHello(), 0);
  const likeness = { coroutine: 'Service.work', coroutine_site: 1, created_site: 3 };
  model.update(
    anUpdate(1, {
      snapshot: true,
      sites: [DEFINED, INSIDE, CREATED, ELSEWHERE],
      tasks: [aTask(1, { name: 'a', ...likeness }), aTask(2, { name: 'b; c', ...likeness })],
      findings: [...findings],
      ...change,
    }),
    0,
  );
  const query = { filter: '', sort: 'id', descending: false, offset: 0, count: 9 } as const;
  const told = model
    .tasks(query, 0)
    .rows.map((row): [string, string[]] => [
      row.name,
      model.taskFindings(row).map(({ finding, by }) => `${finding.rule} ${by}`),
    ]);
  return Object.fromEntries(told);
}

describe('findings that are about a task', () => {
  const named: readonly (readonly [rule: string, evidence: Finding['evidence'], names: readonly string[]])[] = [
    ['stuck', { task: 'a', awaited: 'a future' }, ['a']],
    ['cancel-swallowed', { task: 'b; c' }, ['b; c']],
    ['lock-held-long', { holder: 'a', first_waiter: 'b; c' }, ['a', 'b; c']],
    ['lock-held-long', { holder: null, first_waiter: 'a' }, ['a']],
    ['still-running', { what: 'task', name: 'a' }, ['a']],
    ['still-running', { what: 'thread', name: 'a' }, []],
    ['busy-poll', { what: 'Task b; c' }, ['b; c']],
    ['busy-poll', { what: 'The callback a' }, []],
    ['deadlock', { circle: 'x waits at app.py:1 for a; a waits at app.py:2 for a lock that x holds' }, ['a']],
    ['never-retrieved', { task: 'a' }, []],
    ['task-dropped', { task: 'a' }, []],
  ];
  for (const [rule, evidence, names] of named) {
    it(`are those that name it: ${rule} of ${names.join(' and ') || 'none'}`, () => {
      const found = about([aFinding(1, { rule, evidence, site: null })]);
      const expected = ['a', 'b; c'].map((name) => [name, names.includes(name) ? [`${rule} name`] : []]);
      assert.deepEqual(found, Object.fromEntries(expected));
    });
  }

  it('are those that tell it by its number, and of those that do so no others', () => {
    const deadlock = { rule: 'deadlock', evidence: { circle: 'b; c waits at app.py:1 for b; c' }, site: 2 } as const;
    assert.deepEqual(about([aFinding(1, { ...deadlock, tasks: [1] })]), { a: ['deadlock task'], 'b; c': [] });
    const both = about([aFinding(1, { ...deadlock, site: null, tasks: [2, 1] })]);
    assert.deepEqual(both, { a: ['deadlock task'], 'b; c': ['deadlock task'] });
  });

  it('are those of its line, too, when they are about more tasks than they tell', () => {
    const tasks = Array.from({ length: MAX_FINDING_TASKS }, (_, index) => 1000 + index);
    const found = about([
      aFinding(1, { rule: 'stuck', site: 2, evidence: { task: 'a' }, tasks: [...tasks.slice(1), 2] }),
    ]);
    assert.deepEqual(found, { a: ['stuck coroutine'], 'b; c': ['stuck task'] });
  });

  it('are not those of its name, when the program says that they are about no task', () => {
    const evidence = { what: 'task', name: 'a' };
    assert.deepEqual(about([aFinding(1, { rule: 'still-running', site: null, evidence, tasks: [] })])['a'], []);
  });

  it('are those of a line in its coroutine, and of the line that created it', () => {
    const findings = [
      aFinding(1, { rule: 'queue-growth', site: 2 }),
      aFinding(2, { rule: 'task-leak', site: 3 }),
      aFinding(3, { rule: 'left-open', site: 4 }),
    ];
    const both = ['queue-growth coroutine', 'task-leak created'];
    assert.deepEqual(about(findings), { a: both, 'b; c': both });
  });

  it('are those of the block that held the loop in it last', () => {
    const blocks = [aBlock(7, { site: 4, task: 'a' })];
    assert.deepEqual(about([aFinding(7, { rule: 'blocking', site: 4 })], { blocks }), {
      a: ['blocking name'],
      'b; c': [],
    });
  });

  it('are those of the tasks that held the loop, not of one that has the name of the last, where it tells them', () => {
    const blocks = [aBlock(7, { site: 4, task: 'a' })];
    const found = about([aFinding(7, { rule: 'blocking', site: 2, tasks: [2] })], { blocks });
    assert.deepEqual(found, { a: [], 'b; c': ['blocking task'] });
    assert.deepEqual(about([aFinding(7, { rule: 'blocking', site: 4, tasks: [] })], { blocks }), { a: [], 'b; c': [] });
  });

  it('come once each, what says its name first, then the worst first', () => {
    const findings = [
      aFinding(1, { rule: 'lock-held-long', severity: 'warning', site: 2, evidence: { holder: 'a' } }),
      aFinding(2, { rule: 'task-leak', severity: 'information', site: 3 }),
      aFinding(3, { rule: 'never-retrieved', severity: 'error', site: 3 }),
    ];
    assert.deepEqual(about(findings)['a'], ['lock-held-long name', 'never-retrieved created', 'task-leak created']);
  });

  it('follow what is found later', () => {
    const model = new ProcessModel('1', aHello(), 0);
    model.update(anUpdate(1, { snapshot: true, tasks: [aTask(1, { name: 'a' })] }), 0);
    const row = model.task(1);
    assert.ok(row);
    assert.deepEqual(model.taskFindings(row), []);
    model.update(anUpdate(2, { findings: [aFinding(1, { rule: 'stuck', evidence: { task: 'a' } })] }), 0);
    assert.deepEqual(
      model.taskFindings(row).map(({ finding }) => finding.rule),
      ['stuck'],
    );
  });
});
