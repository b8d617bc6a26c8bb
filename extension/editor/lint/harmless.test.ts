import assert from 'node:assert/strict';
import { harmlessMs, type HarmlessLines } from '../../lint/evidence/harmless';
import type { Finding } from '../../lint/findings';
import { ProcessModel, untranslated } from '../../model';
import { aBlock, aHello, aLoop, anOpenBlock, anUpdate, aSite } from '../../model/testing';
import type { Update } from '../../protocol/generated/types';
import { harmlessNow, type Locate } from './harmless';
import { harmlessMessage } from './join';

const ORDERS = '/app/orders.py';
const PRICES = '/app/prices.py';

const asItWas: Locate = (_, file, line) => ({ file, line });

function aFinding(change: Partial<Finding> = {}): Finding {
  return {
    file: ORDERS,
    line: 8,
    column: 5,
    endLine: 8,
    endColumn: 15,
    rule: 'blocking-sleep',
    severity: 'warning',
    message: 'time.sleep blocks; instead: await asyncio.sleep',
    replacement: 'await asyncio.sleep',
    chain: [],
    fix: null,
    ...change,
  };
}

/** The same call, reached through `prices.py`. */
const reaching = aFinding({
  chain: [
    { file: ORDERS, line: 8, function: 'quote' },
    { file: PRICES, line: 12, function: 'load' },
  ],
});

function run(key: string, ...updates: Partial<Update>[]): ProcessModel {
  const model = new ProcessModel(key, aHello(), 0);
  for (const [index, update] of updates.entries()) model.update(anUpdate(index + 1, update), 0);
  return model;
}

function executed(file: string, lines: number[], threshold = 100): Partial<Update> {
  return { executed: [{ id: file === ORDERS ? 0 : 1, file, lines, threshold_ms: threshold }] };
}

function linesOf(...processes: ProcessModel[]): HarmlessLines {
  return harmlessNow(processes, asItWas);
}

describe('a line that was executed', () => {
  it('did no harm, and the finding says so before the advice', () => {
    const threshold = harmlessMs(aFinding(), linesOf(run('1', executed(ORDERS, [8]))));
    assert.ok(threshold !== null);
    assert.equal(
      harmlessMessage(aFinding(), threshold, untranslated),
      'time.sleep blocks · executed in this run, never held the loop over 100 ms; instead: await asyncio.sleep',
    );
  });

  it('says nothing of another line, or of a rule that foresees no block', () => {
    const lines = linesOf(run('1', executed(ORDERS, [8])));
    assert.equal(harmlessMs(aFinding({ line: 9 }), lines), null);
    assert.equal(harmlessMs(aFinding({ file: PRICES }), lines), null);
    assert.equal(harmlessMs(aFinding({ rule: 'never-awaited' }), lines), null);
  });

  it('says something of a call through a helper only when the whole way to it was executed', () => {
    assert.equal(harmlessMs(reaching, linesOf(run('1', executed(ORDERS, [8])))), null);
    assert.equal(harmlessMs(reaching, linesOf(run('1', executed(ORDERS, [8]), executed(PRICES, [12], 250)))), 250);
  });

  it('is not harmless once it was on the stack while a loop was held, in whichever process and for whatever', () => {
    const harmless = run('1', executed(ORDERS, [8]));
    const sites = [aSite(1, { file: ORDERS, line: 8 }), aSite(2, { file: PRICES, line: 12 })];
    const held = run('2', { sites, blocks: [aBlock(1, { site: 2, stack: [1, 2], cause: 'machine' })] });
    const holding = run('3', {
      sites,
      loops: [aLoop(1, { state: 'blocked', block: anOpenBlock({ site: 2, stack: [1, 2] }) })],
    });
    assert.equal(harmlessMs(aFinding(), linesOf(harmless)), 100);
    assert.equal(harmlessMs(aFinding(), linesOf(harmless, held)), null);
    assert.equal(harmlessMs(aFinding(), linesOf(harmless, holding)), null);
  });

  it('moves with its text, and says nothing once that may be another', () => {
    const process = run('1', executed(ORDERS, [6, 7]));
    const edited: Locate = (_, file, line) => (line === 6 ? { file, line: 8 } : null);
    const lines = harmlessNow([process], edited);
    assert.equal(harmlessMs(aFinding(), lines), 100);
    assert.equal(lines.size, 1);
  });

  it('is still known when the process is told anew, and when it has ended', () => {
    const process = run('1', executed(ORDERS, [8]));
    process.disconnected(1);
    assert.equal(harmlessMs(aFinding(), linesOf(process)), 100);
    assert.equal(harmlessMs(aFinding(), linesOf(run('2', process.snapshot()))), 100);
  });
});
