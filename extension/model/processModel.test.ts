import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Update } from '../protocol/generated/types';
import { ProcessModel } from './processModel';
import type { TaskQuery } from './queries';
import { aBlock, aFinding, aHello, aLoop, anExecutor, anOpenBlock, anUpdate, aSite, aTask } from './testing';

const ALL: TaskQuery = { filter: '', sort: 'id', descending: false, offset: 0, count: 1000 };

function started(...updates: readonly Update[]): ProcessModel {
  const model = new ProcessModel('1', aHello(), 0);
  for (const update of updates) model.update(update, 0);
  return model;
}

/** Everything a person can see of a model but the history of the lag, which no snapshot brings back. */
function seen(model: ProcessModel): unknown {
  const { loops, counts, states, executors, blocks, findings, complete } = model.overview(0);
  return {
    overview: { loops, counts, states, executors, blocks, findings, complete },
    tasks: model.tasks(ALL, 0).rows,
    groups: model.taskGroups('coroutine', '', 0),
    blocks: model.blocks(),
    executors: model.executors(),
    findings: model.findings(),
    taskSites: model.taskSites(),
  };
}

const id = fc.integer({ min: 1, max: 8 });
const state = fc.constantFrom('running', 'ready', 'waiting', 'finished', 'failed');
const content = fc.record(
  {
    sites: fc.array(id.map((value) => aSite(value, { line: value }))),
    loops: fc.array(fc.tuple(id, fc.nat(50)).map(([value, ready]) => aLoop(value, { ready }))),
    tasks: fc.array(
      fc
        .tuple(id, state, fc.constantFrom('a', 'b'))
        .map(([value, now, coroutine]) => aTask(value, { state: now, coroutine })),
    ),
    executors: fc.array(fc.tuple(id, fc.nat(9)).map(([value, queued]) => anExecutor(value, { queued }))),
    blocks: fc.array(fc.tuple(id, fc.nat(9)).map(([value, count]) => aBlock(value, { count: count + 1 }))),
    findings: fc.array(fc.tuple(id, fc.nat(9)).map(([value, count]) => aFinding(value, { count: count + 1 }))),
    task_sites: fc.array(fc.tuple(id, fc.nat(9)).map(([site, alive]) => ({ site, created: alive, alive }))),
    task_counts: fc.nat(9).map((n) => ({ created: n, finished: 0, cancelled: 0, failed: 0, alive: n })),
  },
  { requiredKeys: [] },
);

/** Source places are told once and for all: a snapshot names all that it refers to. */
const places = Array.from({ length: 8 }, (_, index) => aSite(index + 1, { line: index + 1 }));

function asSnapshot(parts: readonly Partial<Update>[], firstSeq: number): Update[] {
  return parts.map((part, index) =>
    anUpdate(firstSeq + index, { ...part, sites: places, snapshot: true, partial: index < parts.length - 1 }),
  );
}

function asChanges(parts: readonly Partial<Update>[], firstSeq: number): Update[] {
  return parts.map((part, index) => anUpdate(firstSeq + index, part));
}

describe('a process', () => {
  it('looks the same after a snapshot whatever came before it', () => {
    fc.assert(
      fc.property(fc.array(content), fc.array(content, { minLength: 1, maxLength: 4 }), (prefix, parts) => {
        const after = started(...asChanges(prefix, 1), ...asSnapshot(parts, prefix.length + 1));
        const alone = started(...asSnapshot(parts, 1));
        assert.deepEqual(seen(after), seen(alone));
      }),
    );
  });

  it('heals at the next snapshot when any update was lost', () => {
    fc.assert(
      fc.property(
        fc.array(content, { minLength: 1 }),
        fc.nat(),
        fc.array(content, { minLength: 1, maxLength: 3 }),
        fc.array(content),
        (before, which, parts, after) => {
          const updates = [
            ...asSnapshot([{}], 1),
            ...asChanges(before, 2),
            ...asSnapshot(parts, 2 + before.length),
            ...asChanges(after, 2 + before.length + parts.length),
          ];
          const lost = 1 + (which % before.length);
          const whole = started(...updates);
          const healed = started(...updates.filter((_, index) => index !== lost));
          assert.deepEqual(seen(healed), seen(whole));
        },
      ),
    );
  });

  it('does not take a snapshot with a lost part for whole', () => {
    const [first, second, third] = asSnapshot([{ tasks: [aTask(1)] }, { tasks: [aTask(2)] }, { tasks: [aTask(3)] }], 2);
    assert.ok(first && second && third);
    const model = started(anUpdate(1, { snapshot: true }), first, third);
    assert.equal(model.overview(0).complete, false);
    assert.equal(model.wantsSnapshot(1001), true);
    model.update(anUpdate(5, { snapshot: true }), 0);
    assert.equal(model.overview(0).complete, true);
    const cut = started(anUpdate(1, { snapshot: true }), first, anUpdate(4, { tasks: [aTask(9)] }));
    assert.equal(cut.overview(0).complete, false);
    assert.deepEqual(
      cut.tasks(ALL, 0).rows.map((row) => row.id),
      [9],
    );
  });

  it('asks for a snapshot when updates were lost and none comes by itself', () => {
    const model = started(anUpdate(1, { snapshot: true }));
    model.update(anUpdate(5), 1000);
    assert.equal(model.overview(1000).complete, false);
    assert.equal(model.wantsSnapshot(1500), false);
    model.update(anUpdate(6), 2100);
    assert.equal(model.wantsSnapshot(2100), true);
    model.askedForSnapshot(2100);
    assert.equal(model.wantsSnapshot(2200), false);
    model.update(anUpdate(7, { snapshot: true }), 2300);
    assert.equal(model.overview(2300).complete, true);
    assert.equal(model.wantsSnapshot(9000), false);
  });

  it('shows nothing of a snapshot before it is whole', () => {
    const model = started(anUpdate(1, { snapshot: true, tasks: [aTask(1), aTask(2)] }));
    model.update(anUpdate(2, { snapshot: true, partial: true, tasks: [aTask(3)] }), 0);
    assert.equal(model.overview(0).states.waiting, 2);
    model.update(anUpdate(3, { snapshot: true, tasks: [aTask(4)] }), 0);
    assert.deepEqual(
      model.tasks(ALL, 0).rows.map((row) => row.id),
      [3, 4],
    );
  });

  it('forgets a task that has ended, and keeps the loop count of tasks right', () => {
    const model = started(anUpdate(1, { snapshot: true, loops: [aLoop(1)], tasks: [aTask(1), aTask(2), aTask(3)] }));
    model.update(anUpdate(2, { tasks: [aTask(2, { state: 'failed', exception: 'ValueError: no' })] }), 0);
    assert.equal(model.task(2), null);
    assert.equal(model.overview(0).loops[0]?.tasks, 2);
  });

  it('is silent, not blocked, when heartbeats stop for more than four of their periods', () => {
    const model = started(anUpdate(1, { snapshot: true, loops: [aLoop(1, { state: 'running' })] }));
    model.tick(1000);
    assert.equal(model.overview(1000).phase, 'live');
    model.tick(1250);
    const overview = model.overview(1250);
    assert.equal(overview.phase, 'silent');
    assert.equal(overview.silentMs, 1250);
    assert.equal(overview.loops[0]?.state, 'silent');
    assert.deepEqual(overview.verdict, { kind: 'silent', silentMs: 1250 });
    model.update(anUpdate(2), 1300);
    assert.equal(model.overview(1300).phase, 'live');
    assert.equal(model.overview(1300).loops[0]?.state, 'running');
  });

  it('says while a block goes on which line holds the loop, and how long by now', () => {
    const block = anOpenBlock({ task: 2 });
    const model = started(
      anUpdate(1, {
        snapshot: true,
        sites: [aSite(1)],
        loops: [aLoop(1, { state: 'blocked', block })],
        tasks: [aTask(2, { name: 'refresh-prices' })],
      }),
    );
    const { verdict } = model.overview(50);
    assert.ok(verdict?.kind === 'blocked');
    assert.equal(verdict.block.durationNs, 200_000_000);
    assert.equal(verdict.block.site?.line, 88);
    assert.equal(verdict.block.callee, 'time.sleep');
    assert.deepEqual(verdict.block.task, { id: 2, name: 'refresh-prices' });
    const later = model.overview(900).verdict;
    assert.ok(later?.kind === 'blocked');
    assert.equal(later.block.durationNs, 400_000_000, 'nobody measured beyond the next heartbeat');
  });

  it('is in the debugger, not blocked, while another debugger has stopped it', () => {
    const block = anOpenBlock({ callee: null, cause: 'debugger' });
    const model = started(
      anUpdate(1, {
        snapshot: true,
        sites: [aSite(1)],
        loops: [aLoop(1, { state: 'blocked', block })],
        blocks: [aBlock(1, { cause: 'debugger' })],
      }),
    );
    const { verdict, loops, blocks } = model.overview(50);
    assert.equal(verdict, null);
    assert.deepEqual([loops[0]?.state, loops[0]?.block], ['debugger', null]);
    assert.deepEqual([blocks, model.blocks()], [0, []]);
  });

  it('stays readable after the end, its clock at rest', () => {
    const model = started(anUpdate(1, { snapshot: true, sites: [aSite(1)], loops: [aLoop(1)], blocks: [aBlock(1)] }));
    model.bye({ type: 'bye', reason: 'exit', time_ns: 7_000_000_000 }, 10);
    model.disconnected(20);
    model.tick(99_999);
    const overview = model.overview(99_999);
    assert.deepEqual([overview.phase, overview.end, overview.nowNs], ['ended', 'exit', 7_000_000_000]);
    assert.equal(overview.loops[0]?.state, 'closed');
    assert.equal(model.blocks()[0]?.site?.line, 88);
    assert.equal(overview.verdict?.kind, 'blocks');
  });

  it('counts as lost when the connection breaks without a goodbye', () => {
    const model = started(anUpdate(1, { snapshot: true }));
    model.disconnected(20);
    assert.equal(model.overview(20).end, 'lost');
  });

  it('keeps what held the loop when the program was killed, for as long as that was measured', () => {
    const open = anOpenBlock({ started_ns: 4_000_000_000, duration_ns: 900_000_000, site: 1, callee: 'time.sleep' });
    const model = started(
      anUpdate(1, { snapshot: true, sites: [aSite(1)], loops: [aLoop(1, { state: 'blocked', block: open })] }),
    );
    const before = model.revisions.blocks;
    model.disconnected(20_000);
    const { verdict, blocks } = model.overview(20_000);
    assert.ok(verdict?.kind === 'blocks');
    assert.deepEqual(
      [verdict.block.callee, verdict.block.count, verdict.block.maxNs, verdict.block.lastAtNs, blocks],
      ['time.sleep', 1, 900_000_000, 4_000_000_000, 1],
    );
    assert.ok(model.revisions.blocks > before, 'whoever shows blocks is told');
  });

  it('adds the last hold of a program that was killed to those of the same line, and counts none twice', () => {
    const open = anOpenBlock({ started_ns: 4_000_000_000, duration_ns: 900_000_000, site: 1, callee: 'time.sleep' });
    const before = aBlock(1, { site: 1, callee: 'time.sleep', count: 2, total_ns: 300, max_ns: 200, last_at_ns: 7 });
    const ended = (block: typeof before): unknown => {
      const update = { snapshot: true, sites: [aSite(1)], loops: [aLoop(1, { block: open })], blocks: [block] };
      const model = started(anUpdate(1, update));
      model.disconnected(20);
      return model.blocks().map(({ id, count, totalNs, maxNs }) => [id, count, totalNs, maxNs]);
    };
    assert.deepEqual(ended(before), [[1, 3, 900_000_300, 900_000_000]]);
    assert.deepEqual(ended({ ...before, last_at_ns: open.started_ns }), [[1, 2, 300, 200]]);
  });

  it('lists blocks by the time they held the loop, and does not blame a line for the machine', () => {
    const model = started(
      anUpdate(1, {
        snapshot: true,
        sites: [aSite(1)],
        blocks: [
          aBlock(1, { total_ns: 5 }),
          aBlock(2, { total_ns: 9, cause: 'machine' }),
          aBlock(3, { total_ns: 7, cause: 'io' }),
        ],
      }),
    );
    assert.deepEqual(
      model.blocks().map((block) => [block.id, block.lineAtFault]),
      [
        [2, false],
        [3, true],
        [1, true],
      ],
    );
    const { verdict } = model.overview(0);
    assert.ok(verdict?.kind === 'blocks');
    assert.deepEqual([verdict.block.id, verdict.places], [3, 2]);
  });

  it('keeps the latest 12,000 probes of a loop, the open one once', () => {
    const model = started(anUpdate(1, { snapshot: true, loops: [aLoop(1)] }));
    const points = Array.from({ length: 13_000 }, (_, index) => ({
      loop: 1,
      time_ns: index,
      lag_ms: index,
      open: false,
    }));
    model.update(anUpdate(2, { lag: points }), 0);
    model.update(anUpdate(3, { lag: [{ loop: 1, time_ns: 13_000, lag_ms: 20, open: true }] }), 0);
    model.update(anUpdate(4, { lag: [{ loop: 1, time_ns: 13_000, lag_ms: 70, open: true }] }), 0);
    const series = model.lag(1, -1);
    assert.equal(series.timesNs.length, 12_000);
    assert.deepEqual([series.timesNs[0], series.timesNs.at(-1), series.lagsMs.at(-1)], [1001, 13_000, 70]);
    assert.equal(series.open, 11_999);
    model.update(anUpdate(5, { lag: [{ loop: 1, time_ns: 13_000, lag_ms: 90, open: false }] }), 0);
    assert.deepEqual(model.lag(1, 12_998), { timesNs: [12_999, 13_000], lagsMs: [12_999, 90], open: -1 });
  });

  it('has room for ever new loops, as long as the old ones were closed', () => {
    const model = started(anUpdate(1, { snapshot: true }));
    for (let id = 1; id <= 3000; id++) {
      model.update(anUpdate(2 * id, { loops: [aLoop(id)] }), 0);
      model.update(anUpdate(2 * id + 1, { loops: [aLoop(id, { state: 'closed' })] }), 0);
    }
    model.update(anUpdate(6002, { loops: [aLoop(3001)] }), 0);
    const { loops, dropped } = model.overview(0);
    assert.equal(loops.at(-1)?.id, 3001);
    assert.ok(loops.length <= 1000);
    assert.equal(dropped.records, 0);
  });

  it('says which parts changed, so that a viewer asks only for those', () => {
    const model = started(anUpdate(1, { snapshot: true }));
    const before = { ...model.revisions };
    model.update(anUpdate(2, { blocks: [aBlock(1)] }), 0);
    assert.equal(model.revisions.blocks, before.blocks + 1);
    assert.equal(model.revisions.tasks, before.tasks);
    assert.equal(model.revisions.executors, before.executors);
  });
});
