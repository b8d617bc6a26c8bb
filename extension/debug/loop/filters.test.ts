import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FINDINGS, readFilters } from './filters';

describe('the filters of the Breakpoints view', () => {
  it('know every finding of the runtime', async () => {
    const file = join(import.meta.dirname, '..', '..', '..', 'runtime', 'loopscope', 'findings', '__init__.py');
    const [, listed = ''] = /^RULES = \(([^)]*)\)/mu.exec(await readFile(file, 'utf8')) ?? [];
    assert.deepEqual(
      [...listed.matchAll(/"([a-z-]+)"/gu)].map(([, rule]) => rule),
      [...FINDINGS],
    );
  });

  it('stop at the findings in the condition', () => {
    const filterOptions = [{ filterId: 'finding', condition: 'task-leak, queue-growth' }];
    const { stops, breakpoints } = readFilters({ filters: ['deadlock', 'never-awaited'], filterOptions });
    assert.deepEqual(stops, {
      jam_ms: null,
      task_failed: false,
      rules: ['deadlock', 'never-awaited', 'task-leak', 'queue-growth'],
    });
    assert.deepEqual(
      breakpoints.map(({ verified }) => verified),
      [true, true, true],
    );
  });

  it('stop at all findings but blocking without a condition', () => {
    const { stops } = readFilters({ filters: ['finding'] });
    assert.deepEqual(
      stops.rules,
      FINDINGS.filter((rule) => rule !== 'blocking'),
    );
  });

  it('take the shortest jam, with or without its unit', () => {
    const filterOptions = [
      { filterId: 'jam', condition: '250 ms' },
      { filterId: 'jam', condition: '90' },
    ];
    assert.equal(readFilters({ filters: ['jam'], filterOptions }).stops.jam_ms, 90);
  });

  it('say which finding there is not', () => {
    const { stops, breakpoints } = readFilters({
      filters: [],
      filterOptions: [{ filterId: 'finding', condition: 'task-leak taskleak' }],
    });
    assert.deepEqual(stops.rules, []);
    assert.match(breakpoints[0]?.message ?? '', /^There is no finding “taskleak”; write blocking, busy-poll, /u);
  });
});
