import assert from 'node:assert/strict';
import type { Update } from '../protocol/generated/types';
import { changesBetween, MAX_CHANGES, momentOf, type Change, type Moment } from './moments';
import { ProcessModel } from './processModel';
import { aBlock, aFinding, aHello, aSite, aTask, anUpdate } from './testing';

const SITES = [
  aSite(1),
  aSite(2, { line: 12, function: 'serve' }),
  aSite(3, { line: 19, function: 'spawn' }),
  aSite(4, { line: 24, function: 'spawn' }),
];

function moment(change: Partial<Update>, pid = 1): Moment {
  const model = new ProcessModel('1', aHello({ process: { ...aHello().process, pid } }), 0);
  model.update(anUpdate(1, { snapshot: true, sites: SITES, ...change }), 0);
  return momentOf(model, 0);
}

function waiting(id: number, kind: 'lock' | 'sleep', coroutine = 'work'): ReturnType<typeof aTask> {
  const wait = {
    kind,
    label: `${kind} ${String(id)}`,
    since_ns: 0,
    object: null,
    until_ns: null,
    tasks: [],
    executor: null,
  };
  return aTask(id, { coroutine, wait });
}

function amounts<Row>(changes: readonly Change<Row>[], of: (row: Row) => unknown): [unknown, unknown][] {
  return changes.map(({ before, after }) => [before && of(before), after && of(after)]);
}

describe('what changed between two moments', () => {
  it('is which lines have more tasks alive than before, what grew most first', () => {
    const before = moment({
      task_sites: [
        { site: 2, created: 9, alive: 5 },
        { site: 3, created: 4, alive: 4 },
      ],
    });
    const after = moment({
      task_sites: [
        { site: 2, created: 19, alive: 2 },
        { site: 3, created: 44, alive: 34 },
        { site: 4, created: 1, alive: 1 },
      ],
    });
    const { tasks, omitted } = changesBetween(before, after);
    assert.deepEqual(
      tasks.map(({ before: old, after: now }) => [(now ?? old)?.site?.line, old?.alive ?? 0, now?.alive ?? 0]),
      [
        [19, 4, 34],
        [24, 0, 1],
        [12, 5, 2],
      ],
    );
    assert.equal(omitted, 0);
  });

  it('goes by function between two runs, whose lines may have moved', () => {
    const before = moment({ task_sites: [{ site: 3, created: 4, alive: 4 }] });
    const after = moment({ task_sites: [{ site: 4, created: 4, alive: 4 }] }, 2);
    assert.deepEqual(changesBetween(before, after).tasks, []);
    const again = moment({ task_sites: [{ site: 4, created: 4, alive: 4 }] });
    assert.equal(changesBetween(before, again).tasks.length, 2);
  });

  it('is which waits are new and which are gone, whatever the single thing waited on is called', () => {
    const before = moment({ tasks: [waiting(1, 'sleep'), waiting(2, 'sleep')] });
    const after = moment({ tasks: [waiting(7, 'sleep'), waiting(8, 'sleep'), waiting(9, 'lock')] });
    const { waits } = changesBetween(before, after);
    assert.deepEqual(
      amounts(waits, (row) => [row.kind, row.coroutine, row.count]),
      [[null, ['lock', 'work', 1]]],
    );
    assert.deepEqual(
      amounts(changesBetween(after, before).waits, (row) => row.kind),
      [['lock', null]],
    );
  });

  it('is which lines hold the loop that did not, which no longer do, and by how much more', () => {
    const before = moment({ blocks: [aBlock(1, { site: 1, total_ns: 5 }), aBlock(2, { site: 2, total_ns: 8 })] });
    const after = moment({ blocks: [aBlock(1, { site: 1, total_ns: 25 }), aBlock(3, { site: 3, total_ns: 9 })] });
    const { holds } = changesBetween(before, after);
    assert.deepEqual(
      amounts(holds, (row) => [row.site?.function, row.totalNs]),
      [
        [
          ['fetch_rates', 5],
          ['fetch_rates', 25],
        ],
        [null, ['spawn', 9]],
        [['serve', 8], null],
      ],
    );
  });

  it('is which findings came and went', () => {
    const before = moment({ findings: [aFinding(1, { rule: 'stuck', site: 1 })] });
    const after = moment({ findings: [aFinding(1, { rule: 'deadlock', site: 1 })] });
    assert.deepEqual(
      amounts(changesBetween(before, after).findings, (row) => row.rule),
      [
        [null, 'deadlock'],
        ['stuck', null],
      ],
    );
  });

  it('is nothing between a moment and itself, and bounded between any', () => {
    const tasks = Array.from({ length: 100 }, (_, index) => waiting(index + 1, 'lock', `coroutine_${String(index)}`));
    const many = moment({ tasks, blocks: [aBlock(1)], findings: [aFinding(1)] });
    assert.deepEqual(changesBetween(many, many), { tasks: [], waits: [], holds: [], findings: [], omitted: 0 });
    const changes = changesBetween(moment({}), many);
    assert.equal(changes.waits.length, MAX_CHANGES);
    assert.equal(changes.omitted, 100 - MAX_CHANGES);
  });
});
