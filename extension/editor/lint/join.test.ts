import assert from 'node:assert/strict';
import type { Finding } from '../../lint/findings';
import { untranslated } from '../../model';
import { joinedMessage, joinMeasured, measurementText, type Held } from './join';
import { Predictions } from './predictions';

function aFinding(change: Partial<Finding> = {}): Finding {
  const place = { line: 8, column: 5, endLine: 8, endColumn: 15 };
  const what = {
    rule: 'blocking-sleep',
    severity: 'warning',
    message: 'time.sleep blocks',
    subject: 'time.sleep',
  } as const;
  return { file: '/app/orders.py', ...place, ...what, chain: [], fix: null, ...change };
}

/** The same call, reached from `orders.py` through `prices.py`. */
function aReach(change: Partial<Finding> = {}): Finding {
  return aFinding({
    line: 3,
    chain: [
      { file: '/app/orders.py', line: change.line ?? 3, function: 'quote' },
      { file: '/app/prices.py', line: 12, function: 'load' },
    ],
    ...change,
  });
}

function aHold(change: Partial<Held> = {}): Held {
  return {
    file: '/app/orders.py',
    line: 8,
    callee: 'time.sleep',
    cause: 'sleep',
    count: 17,
    maxNs: 412e6,
    victims: 40,
    isOpen: false,
    stack: [],
    ...change,
  };
}

function predicted(...findings: Finding[]): Predictions {
  const predictions = new Predictions();
  const files = new Set(findings.map(({ file }) => file));
  for (const file of files)
    predictions.set(file, { version: null, findings: findings.filter((finding) => finding.file === file) });
  return predictions;
}

describe('a finding and a measurement', () => {
  it('meet on their line, and are said once', () => {
    const finding = aFinding();
    const hold = aHold();
    const { measured, said } = joinMeasured(predicted(finding), [hold]);
    const measurement = measured.get(finding);
    assert.ok(measurement);
    assert.equal(measurementText(measurement, untranslated), 'measured 17 times, longest 412 ms, 40 tasks waited');
    assert.deepEqual([...said], [hold]);
  });

  it('meet at the end of a chain, and both lines speak', () => {
    const finding = aReach();
    const stack = [
      { file: '/app/orders.py', line: 3 },
      { file: '/app/prices.py', line: 12 },
    ];
    const { measured, said } = joinMeasured(predicted(finding), [aHold({ file: '/app/prices.py', line: 12, stack })]);
    assert.equal(measured.get(finding)?.count, 17);
    assert.equal(said.size, 0);
  });

  it('do not meet when another caller was measured', () => {
    const innocent = aReach({ line: 30 });
    const stack = [{ file: '/app/orders.py', line: 3 }];
    const { measured } = joinMeasured(predicted(innocent), [aHold({ file: '/app/prices.py', line: 12, stack })]);
    assert.equal(measured.size, 0);
  });

  it('do not meet when the line was held by something else', () => {
    const opens = aFinding({ rule: 'blocking-file', subject: 'open' });
    const { measured, said } = joinMeasured(predicted(opens), [aHold({ callee: 'json.loads', cause: 'native' })]);
    assert.deepEqual([measured.size, said.size], [0, 0]);
  });

  it('meet by the cause where the runtime saw further down than the linter', () => {
    const gets = aFinding({ rule: 'blocking-network', subject: 'requests.get' });
    const { measured } = joinMeasured(predicted(gets), [aHold({ callee: 'socket.recv_into', cause: 'io' })]);
    assert.equal(measured.size, 1);
  });

  it('meet one to one where a line has several findings', () => {
    const sleeps = aFinding({ column: 20 });
    const waits = aFinding({ rule: 'blocking-lock', subject: 'threading.Event.wait' });
    const { measured } = joinMeasured(predicted(waits, sleeps), [aHold()]);
    assert.deepEqual([...measured.keys()], [sleeps]);
  });

  it('say of a hold that goes on what is known by now', () => {
    const finding = aFinding();
    const now = aHold({ count: 0, maxNs: 0, victims: 0, cause: null, isOpen: true });
    const measurement = joinMeasured(predicted(finding), [aHold({ count: 1, victims: 1 }), now]).measured.get(finding);
    assert.ok(measurement);
    assert.equal(
      measurementText(measurement, untranslated),
      'measured once, 412 ms, 1 task waited · holds the loop now',
    );
  });

  it('are told before the advice, which a narrow list cuts off', () => {
    const finding = aFinding({
      message: 'time.sleep blocks; instead: await asyncio.sleep',
      replacement: 'await asyncio.sleep',
    });
    const measurement = joinMeasured(predicted(finding), [aHold({ count: 1, victims: 0 })]).measured.get(finding);
    assert.ok(measurement);
    assert.equal(
      joinedMessage(finding, measurement, untranslated),
      'time.sleep blocks · measured once, 412 ms; instead: await asyncio.sleep',
    );
  });

  it('leave findings alone that are not about blocking', () => {
    const other = aFinding({ rule: 'never-awaited' });
    assert.equal(joinMeasured(predicted(other), [aHold()]).measured.size, 0);
  });
});
