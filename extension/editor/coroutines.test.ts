import assert from 'node:assert/strict';
import { ProcessModel, untranslated } from '../model';
import { aHello, anUpdate, aSite, aTask } from '../model/testing';
import type { Task } from '../protocol/generated/types';
import { coroutineAround, coroutineBelow, coroutineText, countTasks, together, type Alive } from './coroutines';

const SOURCE = `
class Shop:
    @traced(
        name="sell",
    )
    async def sell(
        self,
        loaves,
    ):
        for loaf in range(loaves):
            # of which
    # some are late
            bake(
                loaf,
            )

            def inner():
                time.sleep(1)

        return True

def bake(loaf):
    time.sleep(loaf)
`.split('\n');

const lineOf = (text: string): number => SOURCE.findIndex((line) => line.includes(text));

/** Everything that is counted in a process, by the line of the coroutine. */
function counted(model: ProcessModel, wanted: (file: string) => boolean = () => true): Map<number, Alive> {
  const found = new Map<number, Alive>();
  const steps = countTasks(model, (file, line, alive) => {
    if (!wanted(file)) return false;
    assert.ok(!found.has(line));
    found.set(line, alive);
    return true;
  });
  while (steps.next().done !== true);
  return found;
}

function model(tasks: Task[]): ProcessModel {
  const made = new ProcessModel('1', aHello(), 0);
  const sites = [
    aSite(1, { line: 5 }),
    aSite(2, { line: 9, file: '/app/orders.py' }),
    aSite(3, { line: 7, user: false, file: '/usr/lib/python3/asyncio/streams.py' }),
  ];
  made.update(anUpdate(1, { snapshot: true, sites, tasks }), 0);
  return made;
}

function waiting(id: number, label: string, site: number | null = 1): Task {
  const { wait } = aTask(id);
  assert.ok(wait);
  return aTask(id, { coroutine_site: site, wait: { ...wait, label } });
}

describe('the lines of coroutines', () => {
  it('are found from their first decorator, and from any line of theirs', () => {
    const sell = lineOf('async def sell');
    assert.equal(coroutineBelow(SOURCE, lineOf('@traced')), sell);
    assert.equal(coroutineBelow(SOURCE, sell), sell);
    assert.equal(coroutineBelow(SOURCE, lineOf('def bake')), null);
    for (const text of ['bake(', 'loaf,', 'return True', 'for loaf']) {
      assert.equal(coroutineAround(SOURCE, lineOf(text), 'sell'), sell, text);
    }
  });

  it('are not found from a plain function, or where the text has another', () => {
    assert.equal(coroutineAround(SOURCE, lineOf('time.sleep(1)'), 'inner'), null);
    assert.equal(coroutineAround(SOURCE, lineOf('time.sleep(loaf)'), 'bake'), null);
    assert.equal(coroutineAround(SOURCE, lineOf('return True'), 'sold'), null);
    assert.equal(coroutineAround(SOURCE, 1000, 'sell'), null);
  });
});

describe('what is said above a coroutine', () => {
  it('is how many tasks run it, and on what most of them wait', () => {
    const tasks = [
      waiting(1, 'Lock'),
      waiting(2, 'sleep 1 s'),
      waiting(3, 'Lock'),
      waiting(4, 'Queue'),
      waiting(5, 'Lock'),
    ];
    const alive = counted(model([...tasks, waiting(6, 'Event', 2), aTask(7, { wait: null, coroutine_site: 2 })]));
    assert.equal(coroutineText(alive.get(5), undefined, untranslated), '5 alive, waiting on Lock (3), sleep 1 s, …');
    assert.equal(coroutineText(alive.get(9), undefined, untranslated), '2 alive, waiting on Event');
  });

  it('leaves out what is not the user’s, what is not asked for, and what has no place', () => {
    const tasks = [waiting(1, 'Lock'), waiting(2, 'Lock', 2), waiting(3, 'Lock', 3), waiting(4, 'Lock', null)];
    assert.deepEqual([...counted(model(tasks), (file) => file === '/app/orders.py').keys()], [9]);
    assert.deepEqual([...counted(model(tasks)).keys()], [5, 9]);
  });

  it('tells of a process that ended only where none runs', () => {
    const ended = model([waiting(1, 'Lock'), waiting(2, 'Lock')]);
    ended.disconnected(0);
    const [left] = counted(ended).values();
    const [running] = counted(model([aTask(1, { wait: null, coroutine_site: 1 })])).values();
    assert.ok(left && running);
    assert.equal(coroutineText(left, undefined, untranslated), '2 alive at the end, waiting on Lock (2)');
    assert.equal(coroutineText(together(left, running), undefined, untranslated), '1 alive');
    assert.equal(coroutineText(together(running, left), undefined, untranslated), '1 alive');
    assert.equal(coroutineText(together(running, running), undefined, untranslated), '2 alive');
    assert.equal(
      coroutineText(together(left, left), undefined, untranslated),
      '4 alive at the end, waiting on Lock (4)',
    );
  });

  it('has the longest hold', () => {
    const [alive] = counted(model([aTask(1, { wait: null, coroutine_site: 1 })])).values();
    assert.equal(coroutineText(undefined, 412e6, untranslated), 'longest hold 412 ms');
    assert.equal(coroutineText(alive, 1.5e9, untranslated), '1 alive · longest hold 1.50 s');
  });
});
