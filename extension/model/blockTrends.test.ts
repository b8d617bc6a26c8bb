import assert from 'node:assert/strict';
import { BlockTrends, MAX_STRETCHES } from './blockTrends';
import { spreadBars } from './holdSpread';
import { ProcessModel } from './processModel';
import { aBlock, aHello, aLoop, anOpenBlock, anUpdate } from './testing';

const SECOND = 1e9;

function held(count: number, atNs: number, lastNs: number, totalNs = count * lastNs): ReturnType<typeof aBlock> {
  return aBlock(1, { count, last_at_ns: atNs, last_ns: lastNs, total_ns: totalNs });
}

describe('the trend of a block', () => {
  it('says when it held the loop and for how long, each hold once', () => {
    const trends = new BlockTrends();
    trends.take([held(1, 2 * SECOND, 0.2 * SECOND)], false);
    trends.take([held(1, 2 * SECOND, 0.2 * SECOND)], false);
    trends.take([held(3, 7.5 * SECOND, 0.2 * SECOND)], false);
    assert.deepEqual(trends.view(), {
      stretchNs: SECOND,
      trends: [{ block: 1, stretches: [2, 7], holds: [1, 2], heldNs: [0.2 * SECOND, 0.4 * SECOND], untimed: 0 }],
    });
  });

  it('spreads a long hold over the time that it took', () => {
    const trends = new BlockTrends();
    trends.take([held(1, 1.5 * SECOND, 2 * SECOND)], false);
    const [trend] = trends.view().trends;
    assert.deepEqual(trend?.stretches, [1, 2, 3]);
    assert.deepEqual(trend.holds, [1, 0, 0]);
    assert.deepEqual(trend.heldNs, [0.5 * SECOND, SECOND, 0.5 * SECOND]);
  });

  it('does not make up when holds were that came before anybody looked', () => {
    const trends = new BlockTrends();
    trends.take([held(17, 30 * SECOND, 0.2 * SECOND)], true);
    assert.deepEqual(trends.view().trends, [
      { block: 1, stretches: [30], holds: [1], heldNs: [0.2 * SECOND], untimed: 16 },
    ]);
  });

  it('knows how long the holds lasted, and takes those told of together to have been equally long', () => {
    const trends = new BlockTrends();
    trends.take([held(17, SECOND, 0.2 * SECOND)], true);
    trends.take([held(18, 3 * SECOND, 0.15 * SECOND, 3.55 * SECOND)], false);
    trends.take([held(21, 9 * SECOND, 4 * SECOND, 9.55 * SECOND)], false);
    const bars = spreadBars(trends.spread(1)).map(({ fromNs, holds }) => [fromNs / SECOND, holds]);
    assert.deepEqual(bars, [
      [0.1, 1],
      [0.2, 1],
      [0.5, 0],
      [1, 2],
      [2, 1],
    ]);
    const copy = new BlockTrends();
    copy.adopt(trends);
    assert.deepEqual(copy.spread(1), trends.spread(1));
    assert.deepEqual(spreadBars(trends.spread(7)), []);
  });

  it('covers a session of any length in no more room, and loses no hold', () => {
    const trends = new BlockTrends();
    for (let minute = 1; minute <= 600; minute++) trends.take([held(minute, minute * 60 * SECOND, SECOND / 4)], false);
    const { stretchNs, trends: all } = trends.view();
    const [trend] = all;
    assert.equal(stretchNs, 1024 * SECOND);
    assert.ok(trend && trend.stretches.every((stretch) => stretch < MAX_STRETCHES));
    assert.deepEqual(
      [trend.holds, trend.heldNs].map((column) => column.reduce((sum, value) => sum + value, 0)),
      [600, 150 * SECOND],
    );
    // Every stretch is 17 minutes and 4 seconds.
    assert.deepEqual(trend.holds.slice(0, 4), [17, 17, 17, 17]);
  });

  it('outlives snapshots, and has the hold that a killed program ended in', () => {
    const model = new ProcessModel('1', aHello(), 0);
    model.update(anUpdate(1, { snapshot: true, blocks: [held(1, SECOND, SECOND / 2)] }), 0);
    const open = anOpenBlock({ started_ns: 5 * SECOND, duration_ns: SECOND / 2 });
    const loops = [aLoop(1, { state: 'blocked', block: open })];
    model.update(anUpdate(2, { snapshot: true, blocks: [held(2, 3 * SECOND, SECOND / 2)], loops }), 0);
    model.disconnected(0);
    assert.deepEqual(model.blockTrends().trends, [
      { block: 1, stretches: [1, 3, 5], holds: [1, 1, 1], heldNs: [SECOND / 2, SECOND / 2, SECOND / 2], untimed: 0 },
    ]);
  });
});
