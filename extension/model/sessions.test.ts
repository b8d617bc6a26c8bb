import assert from 'node:assert/strict';
import { Sessions } from './sessions';
import { aHello, anUpdate } from './testing';

const port = { awaitStack: () => Promise.resolve([]) };

describe('the processes of a window', () => {
  it('keeps an ended process readable until the same launch runs again', () => {
    const sessions = new Sessions();
    sessions.beginLaunch('s1', 'folder/api', 'api');
    const first = sessions.add(aHello({ session: 's1' }), port, 0);
    first.disconnected(5);
    sessions.beginLaunch('s2', 'folder/other', 'other');
    assert.equal(sessions.get(first.key), first);
    sessions.beginLaunch('s3', 'folder/api', 'api');
    assert.equal(sessions.get(first.key), undefined);
  });

  it('tells runs that nobody launched from here apart by their command line', () => {
    const sessions = new Sessions();
    const process = aHello().process;
    const first = sessions.add(aHello(), port, 0);
    first.disconnected(5);
    const other = sessions.add(aHello({ process: { ...process, argv: ['/app/other.py'] } }), port, 6);
    other.disconnected(7);
    const again = sessions.add(aHello(), port, 8);
    assert.deepEqual(sessions.processes, [again, other]);
  });

  it('does not forget a twin that is still alive', () => {
    const sessions = new Sessions();
    const first = sessions.add(aHello(), port, 0);
    const second = sessions.add(aHello(), port, 1);
    assert.deepEqual(sessions.processes, [second, first]);
  });

  it('shows the newest that is alive, else the newest', () => {
    const sessions = new Sessions();
    const process = aHello().process;
    const old = sessions.add(aHello(), port, 0);
    const young = sessions.add(aHello({ process: { ...process, pid: 2, argv: ['/app/b.py'] } }), port, 1);
    assert.equal(sessions.current, young);
    young.disconnected(2);
    assert.equal(sessions.current, old);
    old.disconnected(3);
    assert.equal(sessions.current, young);
  });

  it('follows a launch from its start to its process, or to what went wrong', () => {
    const sessions = new Sessions();
    sessions.beginLaunch('s1', 'a', 'api.py');
    assert.equal(sessions.launch('s1')?.phase, 'starting');
    sessions.add(aHello({ session: 's1' }), port, 0);
    assert.equal(sessions.launch('s1')?.phase, 'connected');
    sessions.endLaunch('s1');
    assert.equal(sessions.launch('s1')?.phase, 'ended');
    sessions.beginLaunch('s2', 'b', 'b.py');
    sessions.failLaunch('s2', 'no-python', 'No Python was found.');
    sessions.endLaunch('s2');
    const failed = sessions.launches[0];
    assert.deepEqual([failed?.phase, failed?.code, failed?.message], ['failed', 'no-python', 'No Python was found.']);
  });

  it('tells listeners what happened, and no longer those that left', () => {
    const sessions = new Sessions();
    const events: string[] = [];
    const leave = sessions.subscribe((event) => events.push(event.kind));
    const model = sessions.add(aHello(), port, 0);
    model.update(anUpdate(1, { snapshot: true }), 0);
    sessions.changed(model);
    sessions.tick(5000);
    model.disconnected(5001);
    sessions.changed(model);
    leave();
    sessions.forgetEnded();
    assert.deepEqual(events, ['added', 'changed', 'changed', 'ended']);
    assert.equal(sessions.processes.length, 0);
  });

  it('keeps no more than 32 ended processes', () => {
    const sessions = new Sessions();
    const process = aHello().process;
    for (let index = 0; index < 50; index++) {
      const hello = aHello({ process: { ...process, argv: [`/app/worker${index}.py`] } });
      sessions.add(hello, port, index).disconnected(index);
    }
    assert.equal(sessions.processes.length, 33);
    assert.equal(sessions.processes[0]?.hello.process.argv[0], '/app/worker49.py');
  });

  it('cannot read the stacks of a process that is gone, and says so', async () => {
    const sessions = new Sessions();
    await assert.rejects(sessions.awaitStack('7', 1), /The program has ended/u);
  });
});
