import assert from 'node:assert/strict';
import { ProcessModel, untranslated } from '../model';
import { aBlock, aHello, anUpdate, aSite } from '../model/testing';
import { histogram } from './histogram';
import { measuredLines, type MeasuredLine } from './measuredLines';

/** Lines of a run in which a block held the loop for so long, told of one by one; `earlier` ones before anybody looked. */
function measured(heldMs: readonly number[], earlier = 0): MeasuredLine {
  const model = new ProcessModel('1', aHello(), 0);
  let total = earlier * 100e6;
  const block = (index: number): ReturnType<typeof aBlock> => {
    const last = (heldMs[index] ?? 0) * 1e6;
    total += last;
    return aBlock(1, { count: earlier + index + 1, total_ns: total, last_ns: last, max_ns: last });
  };
  for (const index of heldMs.keys()) {
    model.update(anUpdate(index + 1, { snapshot: index === 0, sites: [aSite(1)], blocks: [block(index)] }), 0);
  }
  const [line] = measuredLines([model], 0, new Map());
  assert.ok(line);
  return line;
}

describe('the histogram of the holds of a line', () => {
  it('has a row for each span of time from the shortest to the longest, the longest bar for the most holds', () => {
    const heldMs = [120, 150, 199, 130, 700, 101, 110, 180, 1000];
    assert.equal(
      histogram(measured(heldMs), untranslated),
      [
        '100 ms – 200 ms  ████████████████████ 7',
        '200 ms – 500 ms  0',
        '   500 ms – 1 s  ███ 1',
        '      1 s – 2 s  ███ 1',
      ].join('\n'),
    );
  });

  it('is left out for a single hold', () => {
    assert.equal(histogram(measured([120]), untranslated), '');
  });

  it('says how many holds it does not show, because they came before anybody looked', () => {
    assert.equal(
      histogram(measured([120, 130], 17), untranslated),
      '100 ms – 200 ms  ████████████████████ 2\n17 before anybody looked',
    );
  });

  it('adds up over processes', () => {
    const [first, second] = ['1', '2'].map((key) => {
      const model = new ProcessModel(key, aHello(), 0);
      const change = { count: 1, total_ns: 60e9, last_ns: 60e9, max_ns: 60e9 };
      model.update(anUpdate(1, { snapshot: true, sites: [aSite(1)], blocks: [aBlock(1, change)] }), 0);
      return model;
    });
    assert.ok(first && second);
    const [line] = measuredLines([first, second], 0, new Map());
    assert.ok(line);
    assert.equal(histogram(line, untranslated), '50 s and more  ████████████████████ 2');
  });
});
