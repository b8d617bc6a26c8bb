import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Task } from '../protocol/generated/types';
import type { TaskColumn, TaskGrouping } from './queries';
import { parseTaskFilter } from './taskFilter';
import { compareNatural, taskOrder } from './taskOrder';
import { TaskTable } from './taskTable';
import { aSite, aTask } from './testing';

const site = (id: number | null): ReturnType<typeof aSite> | null => (id === null ? null : aSite(id, { line: id }));
const columns: readonly TaskColumn[] = ['id', 'name', 'coroutine', 'created', 'age', 'state', 'waiting', 'waited'];

const task = fc
  .record({
    id: fc.integer({ min: 1, max: 60 }),
    name: fc.constantFrom('Task-9', 'Task-10', 'worker', 'Worker-2'),
    coroutine: fc.constantFrom('fetch', 'serve', 'tick'),
    created_site: fc.constantFrom(null, 1, 2),
    created_ns: fc.nat(5),
    state: fc.constantFrom<Task['state']>('running', 'ready', 'waiting', 'finished'),
    waits: fc.option(fc.constantFrom('Lock', 'sleep 1.0 s')),
  })
  .map(({ waits, ...rest }) => {
    const made = aTask(rest.id, rest);
    return waits === null || made.wait === null
      ? { ...made, wait: null }
      : { ...made, wait: { ...made.wait, label: waits } };
  });

const selection = fc.record(
  {
    filter: fc.constantFrom('', 'fetch', '-fetch', 'state:waiting', 'on:lock', 'age>2ns', 'name:/^task/'),
    sort: fc.constantFrom(...columns),
    descending: fc.boolean(),
    group: fc.record({ by: fc.constant<TaskGrouping>('coroutine'), key: fc.constantFrom('fetch', 'serve') }),
  },
  { requiredKeys: ['filter', 'sort', 'descending'] },
);

describe('the table of tasks', () => {
  it('gives after any changes the list that sorting everything again would give', () => {
    fc.assert(
      fc.property(fc.array(fc.array(task, { maxLength: 30 }), { maxLength: 12 }), selection, (batches, wanted) => {
        const table = new TaskTable(1000, site);
        for (const batch of batches) {
          for (const one of batch) table.put(one);
          const { tasks } = table.select(wanted, 4);
          const filter = parseTaskFilter(wanted.filter);
          const expected = [...table.values()]
            .filter((one) => filter.matches(one, { nowNs: 4, site }))
            .filter((one) => !wanted.group || one.coroutine === wanted.group.key)
            .sort(taskOrder(wanted.sort, wanted.descending, site));
          assert.deepEqual(
            tasks.map((one) => one.id),
            expected.map((one) => one.id),
          );
        }
      }),
    );
  });

  it('refuses tasks beyond its bound and goes on following those it has', () => {
    const table = new TaskTable(2, site);
    assert.deepEqual(
      [1, 2, 3].map((id) => table.put(aTask(id))),
      [true, true, false],
    );
    assert.equal(table.put(aTask(2, { state: 'finished' })), true);
    assert.equal(table.put(aTask(3)), true);
    assert.deepEqual(
      [...table.values()].map((one) => one.id),
      [1, 3],
    );
  });

  it('orders numbers in names by their value', () => {
    const names = ['Task-10', 'Task-9', 'Task-009', 'a', 'Task-9b', 'Task'];
    assert.deepEqual(names.sort(compareNatural), ['Task', 'Task-009', 'Task-9', 'Task-9b', 'Task-10', 'a']);
  });
});

describe('the filter of tasks', () => {
  const subject = aTask(7, {
    name: 'refresh-prices-7',
    coroutine: 'Prices.refresh',
    created_site: 12,
    created_ns: 1e9,
  });
  const context = { nowNs: 7e9, site };
  const matches = (text: string): boolean => parseTaskFilter(text).matches(subject, context);

  for (const text of [
    '',
    'prices',
    'PRICES sleep',
    '"sleep 2.0"',
    '/prices-\\d$/',
    'name:/^refresh/',
    'coroutine:Prices',
    'on:sleep',
    'at:pricing.py:12',
    'state:waiting loop:1',
    'age>5s',
    'age<1m waited>1s',
    '-state:running -nobody',
  ]) {
    it(`“${text}” matches`, () => assert.equal(matches(text), true));
  }
  for (const text of [
    'nobody',
    '-prices',
    'name:worker',
    'on:Lock',
    'age>6s',
    'waited<10ms',
    'state:ready',
    'loop:2',
  ]) {
    it(`“${text}” does not match`, () => assert.equal(matches(text), false));
  }
  for (const [text, reason] of [
    ['state:sleeping', /“sleeping” is no state of a task; write one of running,/u],
    ['colour:red', /“colour” is nothing to filter by; write name, coroutine,/u],
    ['name:/(/', /no regular expression/u],
    ['age:5s', /write for instance age>5s/u],
    ['age>soon', /write for instance age>5s/u],
  ] as const) {
    it(`“${text}” matches nothing and says what to write`, () => {
      assert.match(parseTaskFilter(text).error ?? '', reason);
      assert.equal(matches(text), false);
    });
  }
  it('never throws', () => {
    fc.assert(fc.property(fc.string(), (text) => void parseTaskFilter(text).matches(subject, context)));
  });
});
