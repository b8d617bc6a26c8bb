import assert from 'node:assert/strict';
import { ProcessModel } from '../model';
import { aBlock, aHello, anUpdate, aSite } from '../model/testing';
import type { Memory } from '../mutes';
import { KeptMeasurements, KEPT, type Measuring } from './keptMeasurements';
import { measuredLines, type MeasuredLine } from './measuredLines';

const ORDERS = '/app/orders.py';
const PRICES = '/app/prices.py';
const SOURCE = ['import prices', '', 'async def order():', '    return prices.load("EUR")', ''];
const HELPER = ['import time', 'def load(currency):', '    time.sleep(0.4)', '    return 1', ''];

/** What a workspace remembers: as JSON, like that of VS Code. */
function memory(): Memory {
  const texts = new Map<string, string>();
  return {
    get: (key) => JSON.parse(texts.get(key) ?? 'null') as unknown,
    update: (key, value) => texts.set(key, JSON.stringify(value)),
  };
}

function window(remembered: Memory, files: Readonly<Record<string, readonly string[]>>): KeptMeasurements {
  return new KeptMeasurements(remembered, (file) => Promise.resolve(files[file] ?? null));
}

/** A run that was held in `load`, called by `order`. */
function measured(): MeasuredLine[] {
  const model = new ProcessModel('7', aHello(), 0);
  const sites = [
    aSite(1, { file: PRICES, line: 3, function: 'load' }),
    aSite(2, { file: ORDERS, line: 4, function: 'order' }),
    aSite(3, { file: '/usr/lib/python3/asyncio/events.py', line: 80, user: false }),
  ];
  const block = aBlock(1, { site: 1, stack: [3, 2, 1], count: 17, max_ns: 412e6, total_ns: 5e9, victims: 40 });
  model.update(anUpdate(1, { snapshot: true, sites, blocks: [block] }), 0);
  return measuredLines([model], 0, new Map());
}

const asItIs: Measuring = { program: (process) => `run ${process}`, place: (_, site) => site.line };

describe('measurements', () => {
  it('are found in the next window where their text is now, with the lines they were called from', async () => {
    const remembered = memory();
    await window(remembered, { [ORDERS]: SOURCE, [PRICES]: HELPER }).save(measured(), asItIs);
    const later = { [ORDERS]: ['# new', ...SOURCE], [PRICES]: ['# new', '# too', ...HELPER] };
    const [line, ...others] = await window(remembered, later).load();
    assert.deepEqual(others, []);
    assert.deepEqual([line?.file, line?.line, line?.process, line?.program], [PRICES, 5, KEPT, 'run 7']);
    const [block, ...more] = line?.blocks ?? [];
    assert.deepEqual(more, []);
    assert.deepEqual(
      [block?.callee, block?.cause, block?.count, block?.maxNs, block?.totalNs, block?.victims],
      ['time.sleep', 'sleep', 17, 412e6, 5e9, 40],
    );
    assert.deepEqual(
      block?.stack.map(({ file, line: at, function: name }) => [file, at, name]),
      [
        [ORDERS, 5, 'order'],
        [PRICES, 5, 'load'],
      ],
    );
    assert.equal(block.stack[1]?.id, block.site?.id);
  });

  it('stay with the nearest of several lines that read the same', async () => {
    const remembered = memory();
    await window(remembered, { [ORDERS]: SOURCE, [PRICES]: HELPER }).save(measured(), asItIs);
    const twice = [...HELPER, ...HELPER];
    assert.equal((await window(remembered, { [PRICES]: twice }).load())[0]?.line, 3);
    const moved = ['    time.sleep(0.4)', '', '', ...HELPER];
    assert.equal((await window(remembered, { [PRICES]: moved }).load())[0]?.line, 1);
  });

  it('are forgotten once no line reads so any more, or the file is gone', async () => {
    const remembered = memory();
    await window(remembered, { [ORDERS]: SOURCE, [PRICES]: HELPER }).save(measured(), asItIs);
    const fixed = HELPER.map((text) => text.replace('time.sleep(0.4)', 'pass'));
    assert.deepEqual(await window(remembered, { [ORDERS]: SOURCE, [PRICES]: fixed }).load(), []);
    assert.deepEqual(await window(remembered, { [ORDERS]: SOURCE }).load(), []);
  });

  it('are not kept when their line was edited since, and take the place of what was kept before', async () => {
    const remembered = memory();
    const files = { [ORDERS]: SOURCE, [PRICES]: HELPER };
    await window(remembered, files).save(measured(), asItIs);
    await window(remembered, files).save(measured(), { ...asItIs, place: () => null });
    assert.deepEqual(await window(remembered, files).load(), []);
  });

  it('are kept on from window to window, and not without end', async () => {
    const remembered = memory();
    const files = { [ORDERS]: SOURCE, [PRICES]: HELPER };
    await window(remembered, files).save(measured(), asItIs);
    const nobody: Measuring = { ...asItIs, program: () => null };
    await window(remembered, files).save(await window(remembered, files).load(), nobody);
    const [line] = await window(remembered, files).load();
    assert.deepEqual([line?.program, line?.blocks[0]?.count], ['run 7', 17]);
    const many = Array.from({ length: 150 }, () => measured()).flat();
    await window(remembered, files).save(many, asItIs);
    assert.equal((await window(remembered, files).load()).length, 100);
  });

  it('are none where another version wrote something else', async () => {
    const remembered = memory();
    remembered.update('loopscope.measured.1', 'nonsense');
    assert.deepEqual(await window(remembered, { [PRICES]: HELPER }).load(), []);
  });
});
