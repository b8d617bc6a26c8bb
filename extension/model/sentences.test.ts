import assert from 'node:assert/strict';
import { ProcessModel } from './processModel';
import { blockMark, blockSentence, durationText, untranslated as t, verdictSentence } from './sentences';
import { aBlock, anOpenBlock, aHello, aLoop, anUpdate, aSite } from './testing';

describe('sentences', () => {
  for (const [ns, text] of [
    [400_000, '0.4 ms'],
    [412_000_000, '412 ms'],
    [3_900_000_000, '3.90 s'],
    [12_340_000_000, '12.3 s'],
    [125_000_000_000, '2 min 5 s'],
  ] as const) {
    it(`${text} is how ${ns} ns are said`, () => assert.equal(durationText(ns), text));
  }

  function blockOf(change: Parameters<typeof aBlock>[1]): ReturnType<ProcessModel['blocks']>[number] {
    const model = new ProcessModel('1', aHello(), 0);
    model.update(anUpdate(1, { snapshot: true, sites: [aSite(1)], blocks: [aBlock(1, change)] }), 0);
    const [block] = model.blocks();
    assert.ok(block);
    return block;
  }

  it('say of a block how often, how long, what and whom', () => {
    assert.equal(
      blockSentence(blockOf({}), t),
      'Held the loop 2 times, longest 412 ms: time.sleep (a sleeping call), 40 tasks waited.',
    );
    assert.equal(
      blockSentence(blockOf({ count: 1, callee: null, cause: 'cpu', victims: 1 }), t),
      'Held the loop once, for 412 ms: Python code that computes, 1 task waited.',
    );
    assert.equal(blockMark([blockOf({})]), '2× · 412 ms');
  });

  it('say what is wrong first', () => {
    const model = new ProcessModel('1', aHello(), 0);
    const block = anOpenBlock({ duration_ns: 1_500_000_000, callee: 'requests.get', cause: 'io' });
    model.update(anUpdate(1, { snapshot: true, sites: [aSite(1)], loops: [aLoop(1, { block })] }), 0);
    const { verdict } = model.overview(0);
    assert.ok(verdict);
    assert.equal(verdictSentence(verdict, t), 'The loop has been held for 1.50 s by requests.get at pricing.py:88.');
    model.tick(2000);
    const silent = model.overview(2000).verdict;
    assert.ok(silent);
    assert.equal(
      verdictSentence(silent, t),
      'No heartbeat for 2.00 s: the process is suspended, or C code holds the GIL.',
    );
  });
});
