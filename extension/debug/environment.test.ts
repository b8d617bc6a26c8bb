import assert from 'node:assert/strict';
import { delimiter } from 'node:path';
import fc from 'fast-check';
import { inspectionVariables, isolatingFlag, mergeEnvironment, prependPath } from './environment';
import { decideInjection } from './injectionDecision';

const inspection = { bootstrapFolder: '/ours', address: 'tcp:127.0.0.1:5', token: 'secret', session: 's1' };

describe('the environment of an inspected program', () => {
  it('keeps every folder of the PYTHONPATH of the launch, in order, behind ours', () => {
    const folders = fc.array(fc.stringMatching(/^\/[a-z]{1,8}$/u).filter((folder) => folder !== '/ours'));
    fc.assert(
      fc.property(folders, (list) => {
        const own = { PYTHONPATH: list.join(delimiter) };
        const { PYTHONPATH = '' } = inspectionVariables(inspection, own, { PYTHONPATH: '/inherited' });
        assert.deepEqual(PYTHONPATH.split(delimiter), ['/ours', ...list]);
      }),
    );
  });

  it('keeps the PYTHONPATH that the program would have inherited', () => {
    const { PYTHONPATH } = inspectionVariables(inspection, {}, { PYTHONPATH: `/a${delimiter}/b` });
    assert.equal(PYTHONPATH, ['/ours', '/a', '/b'].join(delimiter));
  });

  it('does not bring back a PYTHONPATH that the launch takes away', () => {
    const { PYTHONPATH } = inspectionVariables(inspection, { PYTHONPATH: null }, { PYTHONPATH: '/a' });
    assert.equal(PYTHONPATH, '/ours');
  });

  it('is in the list once, however often a launch is restarted', () => {
    assert.equal(prependPath('/ours', prependPath('/ours', '/a')), `/ours${delimiter}/a`);
  });

  it('says where this window is, and what the launch wants', () => {
    const variables = inspectionVariables({ ...inspection, level: 'trace', thresholdMs: 50 }, {}, {});
    assert.deepEqual(variables, {
      PYTHONPATH: '/ours',
      LOOPSCOPE_CONNECT: 'tcp:127.0.0.1:5',
      LOOPSCOPE_TOKEN: 'secret',
      LOOPSCOPE_SESSION: 's1',
      LOOPSCOPE_LEVEL: 'trace',
      LOOPSCOPE_THRESHOLD_MS: '50',
    });
  });

  it('takes away what a launch sets to null', () => {
    assert.deepEqual(mergeEnvironment({ A: '1', B: '2' }, { A: null, C: '3' }), { B: '2', C: '3' });
  });
});

describe('the flags that keep the runtime out', () => {
  for (const [flags, expected] of [
    [[], null],
    [['-B', '-O'], null],
    [['-I'], 'I'],
    [['-BE'], 'E'],
    [['-X', 'dev', '-S'], 'S'],
    [['-Xdev', '-W', '-I'], null],
    [['-m', 'service', '-I'], null],
    [['-c', 'print(1)', '-I'], null],
    [['app.py', '-I'], null],
    [['-s'], null],
    [['--check-hash-based-pycs', '-I'], 'I'],
  ] as const) {
    it(`${JSON.stringify(flags)}: ${expected ?? 'none'}`, () => assert.equal(isolatingFlag(flags), expected));
  }
});

describe('a launch of another debugger', () => {
  const launch = { type: 'debugpy', request: 'launch', name: 'mine' };
  for (const [what, configuration, enabled, inject] of [
    ['is entered by default', launch, true, true],
    ['of the old type too', { ...launch, type: 'python' }, true, true],
    ['not when the setting says no', launch, false, false],
    ['when the configuration says yes and the setting no', { ...launch, loopscope: true }, false, true],
    ['not when the configuration says no', { ...launch, loopscope: false }, true, false],
    ['not when it attaches', { ...launch, request: 'attach' }, true, false],
    ['not when it runs without debugging', { ...launch, noDebug: true }, true, false],
    ['not when it is no Python', { ...launch, type: 'node' }, true, false],
  ] as const) {
    it(what, () => assert.deepEqual(decideInjection(configuration, enabled).inject, inject));
  }

  for (const [what, more, reason] of [
    ['elsewhere', { connect: { port: 5678 } }, /runs elsewhere/u],
    ['isolated', { pythonArgs: ['-I'] }, /-I keeps Loopscope out/u],
    ['isolated by its interpreter', { python: ['/usr/bin/python3', '-E'] }, /-E keeps Loopscope out/u],
  ] as const) {
    it(`that runs ${what} is left alone, and a person is told`, () => {
      const decision = decideInjection({ ...launch, ...more }, true);
      assert.match((!decision.inject && decision.reason) || '', reason);
    });
  }

  it('is never upset by what a configuration holds', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom('python', 'pythonArgs', 'loopscope', 'env'), fc.anything()), (odd) => {
        decideInjection({ ...launch, ...odd }, true);
      }),
    );
  });
});
