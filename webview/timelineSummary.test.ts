import assert from 'node:assert/strict';
import { aSite } from '../extension/model/testing';
import type { Lane, Slice } from '../extension/protocol/webview-messages';
import type { Step } from './stepHistory';
import { summarise, type SummaryGrouping } from './timelineSummary';

const LANES = ['l1', 't1', 't2'].map((id): Lane => ({
  id,
  kind: id.startsWith('l') ? 'loop' : 'task',
  label: id.toUpperCase(),
  group: '',
  task: null,
}));
const WORKER = aSite(1, { line: 10 });
const CULPRIT = aSite(2, { line: 20 });

function slice(lane: string, kind: Slice['kind'], fromNs: number, toNs: number | null, label = ''): Slice {
  const site = kind === 'block' ? CULPRIT : WORKER;
  return { key: `${lane} ${String(fromNs)}`, lane, kind, fromNs, toNs, label, site, target: null };
}

const SLICES = [
  slice('l1', 'block', 100, 130, 'time.sleep'),
  slice('t1', 'lock', 0, 60, 'Lock a'),
  slice('t1', 'lock', 60, 90, 'Lock b'),
  slice('t2', 'lock', 50, null, 'Lock a'),
  slice('t2', 'running', 40, 50),
];
const STEPS: Step[] = [{ lane: 't2', fromNs: 46, toNs: 48, readyNs: 45, wokenBy: null }];

function lines(by: SummaryGrouping, steps: readonly Step[] = []): unknown[] {
  return summarise({ lanes: LANES, slices: SLICES, steps }, by, 40, 110, 200).map((line) => [
    [...line.lanes].join(),
    line.kind,
    line.label,
    line.site?.line ?? null,
    line.totalNs,
  ]);
}

describe('what happened in a range', () => {
  it('by task is each thing that each lane did, only the part in the range, blocks first', () => {
    assert.deepEqual(lines('task'), [
      ['L1', 'block', 'time.sleep', 20, 10],
      ['T2', 'lock', 'Lock a', 10, 60],
      ['T1', 'lock', 'Lock b', 10, 30],
      ['T1', 'lock', 'Lock a', 10, 20],
      ['T2', 'running', '', 10, 10],
    ]);
  });

  it('by line adds up all lanes of the line, by cause all lines', () => {
    assert.deepEqual(lines('line'), [
      ['L1', 'block', 'time.sleep', 20, 10],
      ['T1,T2', 'lock', '', 10, 110],
      ['T2', 'running', '', 10, 10],
    ]);
    assert.deepEqual(lines('cause'), [
      ['L1', 'block', 'time.sleep', null, 10],
      ['T1,T2', 'lock', '', null, 110],
      ['T2', 'running', '', null, 10],
    ]);
  });

  it('takes exact runs instead of sampled ones where there are some', () => {
    assert.deepEqual(lines('cause', STEPS).slice(2), [
      ['T2', 'running', '', null, 2],
      ['T2', 'ready', '', null, 1],
    ]);
  });
});
