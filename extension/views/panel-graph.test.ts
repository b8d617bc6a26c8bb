import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { Task, Wait } from '../protocol/generated/types';
import { aHello, aLoop, anUpdate, aTask } from '../model/testing';
import { Sessions } from '../model';
import { waitGraph } from './panel-graph';

function graphOf(tasks: Task[]): ReturnType<typeof waitGraph> {
  const model = new Sessions().add(aHello(), { awaitStack: () => Promise.resolve([]) }, 0);
  model.update(anUpdate(1, { snapshot: true, loops: [aLoop(1)], tasks }), 0);
  return waitGraph(model, 0);
}

function on(kind: Wait['kind'], change: Partial<Wait>): Wait {
  return { kind, label: kind, since_ns: 0, object: null, until_ns: null, tasks: [], executor: null, ...change };
}

describe('waitGraph', () => {
  it('leaves out what waits for nothing others have a part in', () => {
    assert.deepEqual(graphOf([aTask(1), aTask(2)]), { nodes: [], edges: [], omitted: 0 });
  });

  it('leads from a waiter over the lock to its holder', () => {
    const graph = graphOf([aTask(1), aTask(2, { wait: on('lock', { object: 7, tasks: [1] }) })]);
    const edges = graph.edges.map((edge) => `${edge.from} → ${edge.to}`).sort();
    assert.deepEqual(edges, ['o7 → t1', 't2 → o7']);
  });

  it('draws equals as one node with their number', () => {
    const waiters = Array.from({ length: 5000 }, (_, index) =>
      aTask(10 + index, { wait: on('queue-get', { object: 3 }) }),
    );
    const graph = graphOf(waiters);
    assert.deepEqual(
      graph.nodes.map((node) => [node.label, node.count]),
      [
        ['worker', 5000],
        ['queue-get', 1],
      ],
    );
    assert.equal(graph.edges.length, 1);
  });

  it('marks the tasks and locks of a cycle, and nothing that only leads to it', () => {
    const graph = graphOf([
      aTask(1, { wait: on('lock', { object: 11, tasks: [2] }) }),
      aTask(2, { wait: on('lock', { object: 12, tasks: [1] }) }),
      aTask(3, { wait: on('gather', { tasks: [1, 2] }) }),
    ]);
    const cyclic = graph.nodes.filter((node) => node.inCycle).map((node) => node.id);
    assert.deepEqual(cyclic.sort(), ['o11', 'o12', 't1', 't2']);
    assert.deepEqual(
      graph.edges.filter((edge) => edge.from === 't3').map((edge) => edge.inCycle),
      [false, false],
    );
  });
});
