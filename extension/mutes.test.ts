import assert from 'node:assert/strict';
import { Mutes, type Memory } from './mutes';

function memory(): Memory {
  const kept = new Map<string, unknown>();
  return {
    get: (key) => kept.get(key),
    update: (key, value) => kept.set(key, JSON.parse(JSON.stringify(value))),
  };
}

describe('mutes', () => {
  it('are remembered by the next window of the workspace, with their reasons', () => {
    const kept = memory();
    const first = new Mutes(kept);
    first.mute('a', 'runs once at start');
    first.mute('b', 'in a test');
    first.unmute('b');
    const second = new Mutes(kept);
    assert.equal(second.reasonFor('a'), 'runs once at start');
    assert.equal(second.reasonFor('b'), null);
    assert.equal(second.isEmpty, false);
  });

  it('tell of every change, and of none where nothing changed', () => {
    const mutes = new Mutes(memory());
    let told = 0;
    const leave = mutes.subscribe(() => told++);
    mutes.mute('a', 'why not');
    mutes.unmute('a');
    mutes.unmute('a');
    leave();
    mutes.mute('a', 'again');
    assert.equal(told, 2);
    assert.equal(mutes.revision, 3);
  });

  it('forget the oldest beyond a thousand', () => {
    const mutes = new Mutes(memory());
    for (let index = 0; index <= 1000; index++) mutes.mute(String(index), 'r');
    assert.equal(mutes.reasonFor('0'), null);
    assert.equal(mutes.reasonFor('1'), 'r');
  });

  it('make nothing of what they cannot read', () => {
    for (const wrong of [7, 'x', [['a']], [[1, 2]], { a: 'b' }]) {
      const mutes = new Mutes({ get: () => wrong, update: () => undefined });
      assert.equal(mutes.isEmpty, true);
    }
  });
});
