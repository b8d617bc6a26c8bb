import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { closingLine, failure, lines, NOTHING, readCounts, readJunit, sum } from './counts.mjs';

const JUNIT = `<?xml version="1.0" encoding="utf-8"?><testsuites name="pytest tests"><testsuite name="pytest" errors="1"
 failures="2" skipped="1" tests="9" time="1.0"><testcase classname="t" name="test_a" time="0.1" /><testcase
 classname="t" name="test_b[uvloop]" time="0.0"><skipped type="pytest.skip" message="no &quot;uvloop&quot; here">x</skipped>
</testcase><testcase classname="t" name="test_c" time="0.2"><failure message="AssertionError: 1 &lt; 2&#10;more">x</failure>
</testcase></testsuite></testsuites>`;

describe('counting', () => {
  let folder = '';
  beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'loopscope-counts-'))));
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('reads what pytest wrote', async () => {
    const file = join(folder, 'junit.xml');
    await writeFile(file, JUNIT);
    assert.deepEqual(readJunit(file, 1), {
      passed: 5,
      failed: 3,
      skipped: [{ what: 'test_b[uvloop]: no "uvloop" here' }],
      failures: [{ what: 'test_c: AssertionError: 1 < 2' }],
    });
  });

  it('takes a runner that ended badly without a failed test for a failure', async () => {
    const file = join(folder, 'counts.json');
    assert.deepEqual(readCounts(file, 1), { ...NOTHING, failed: 1 });
    await writeFile(file, JSON.stringify({ ...NOTHING, passed: 4 }));
    assert.deepEqual(readCounts(file, 0), { ...NOTHING, passed: 4 });
    assert.deepEqual(readCounts(file, -1), { ...NOTHING, passed: 4, failed: 1 });
    assert.equal(readJunit(join(folder, 'none.xml'), 2).failed, 1);
  });

  it('ends with one line that names skipped tests only where there are any', () => {
    const one = { ...NOTHING, passed: 3 };
    assert.equal(closingLine(one), '3 passed, 0 failed');
    assert.equal(
      closingLine(sum([one, { ...NOTHING, passed: 1, failed: 2, skipped: [{ what: 'x: no y' }] }])),
      '4 passed, 2 failed, 1 skipped',
    );
  });

  it('says once what happened on several interpreters, and where', () => {
    const entries = [{ what: 'a: no b', on: '3.9.1' }, { what: 'suite c' }, { what: 'a: no b', on: '3.13.0' }];
    assert.deepEqual(lines(entries), ['a: no b (Python 3.9.1, 3.13.0)', 'suite c']);
    assert.deepEqual(failure('works', '\n  1 is not 2\nat x'), { what: 'works: 1 is not 2' });
    assert.deepEqual(failure('works', ''), { what: 'works' });
  });
});
