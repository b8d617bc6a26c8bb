import assert from 'node:assert/strict';
import { ProcessModel } from '../model';
import { aBlock, anOpenBlock, aFinding, aHello, aLoop, anUpdate, aSite } from '../model/testing';
import type { Update } from '../protocol/generated/types';
import { clearedNow, measuredLines } from './measuredLines';

function process(key: string, change: Partial<Update>): ProcessModel {
  const model = new ProcessModel(key, aHello(), 0);
  model.update(anUpdate(1, { snapshot: true, sites: [aSite(1), aSite(2, { line: 12 })], ...change }), 0);
  return model;
}

describe('measured lines', () => {
  it('gather the blocks of a line over all processes', () => {
    const lines = measuredLines(
      [
        process('2', { blocks: [aBlock(1, { count: 3, total_ns: 900, max_ns: 700, victims: 2 })] }),
        process('1', { blocks: [aBlock(1, { count: 1, total_ns: 400, max_ns: 400, victims: 9 })] }),
      ],
      0,
      new Map(),
    );
    assert.equal(lines.length, 1);
    const [line] = lines;
    assert.deepEqual([line?.file, line?.line, line?.process], ['/app/pricing.py', 88, '1']);
    const [block, ...others] = line?.blocks ?? [];
    assert.deepEqual(others, []);
    assert.deepEqual([block?.count, block?.totalNs, block?.maxNs, block?.victims], [4, 1300, 700, 9]);
  });

  it('keep what differs in callee or cause apart, longest first', () => {
    const blocks = [aBlock(1, { total_ns: 5 }), aBlock(2, { total_ns: 9, callee: 'json.dumps', cause: 'native' })];
    const [line] = measuredLines([process('1', { blocks })], 0, new Map());
    assert.deepEqual(
      line?.blocks.map((block) => block.callee),
      ['json.dumps', 'time.sleep'],
    );
  });

  it('do not blame a line for what is not its doing, nor code that is not the user’s', () => {
    const blocks = [aBlock(1, { cause: 'debugger' }), aBlock(2, { site: null }), aBlock(3, { site: 3 })];
    const sites = [aSite(1), aSite(3, { user: false })];
    assert.deepEqual(measuredLines([process('1', { blocks, sites })], 0, new Map()), []);
  });

  it('say a block once: its finding adds nothing', () => {
    const findings = [aFinding(1, { rule: 'blocking' }), aFinding(2, { site: 2 })];
    const lines = measuredLines([process('1', { blocks: [aBlock(1)], findings })], 0, new Map());
    assert.deepEqual(
      lines.map((line) => [line.line, line.blocks.length, line.findings.length]),
      [
        [88, 1, 0],
        [12, 0, 1],
      ],
    );
  });

  it('know the line that holds the loop now', () => {
    const block = anOpenBlock({ site: 2, callee: null, cause: null });
    const [line] = measuredLines([process('1', { loops: [aLoop(1, { block })] })], 0, new Map());
    assert.deepEqual([line?.line, line?.open?.callee], [12, null]);
  });

  it('are gone when cleared, until they happen again', () => {
    const model = process('1', { blocks: [aBlock(1, { count: 2 })], findings: [aFinding(1)] });
    const cleared = clearedNow([model]);
    assert.deepEqual(measuredLines([model], 0, cleared), []);
    model.update(anUpdate(2, { blocks: [aBlock(1, { count: 3 })] }), 0);
    assert.equal(measuredLines([model], 0, cleared)[0]?.blocks[0]?.count, 3);
  });

  it('leave out what a person muted, but not what goes on now', () => {
    const block = anOpenBlock();
    const model = process('1', {
      blocks: [aBlock(1)],
      findings: [aFinding(1, { site: 2 })],
      loops: [aLoop(1, { block })],
    });
    const lines = measuredLines([model], 0, new Map(), () => true);
    assert.deepEqual(
      lines.map(({ line, blocks, findings, open }) => [line, blocks.length, findings.length, open !== null]),
      [[88, 0, 0, true]],
    );
  });
});
