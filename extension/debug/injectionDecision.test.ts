import assert from 'node:assert/strict';
import { decideInjection, namedPython, type ForeignConfiguration } from './injectionDecision';

const LAUNCH: ForeignConfiguration = { type: 'debugpy', request: 'launch', program: 'app.py' };
const SILENT = { inject: false, reason: null };

describe('whether the runtime goes into a launch of debugpy', () => {
  it('does by default, for both of its types', () => {
    for (const type of ['debugpy', 'python'])
      assert.deepEqual(decideInjection({ ...LAUNCH, type }, true), { inject: true });
  });

  it('does as the configuration says, then as the setting says', () => {
    assert.deepEqual(decideInjection(LAUNCH, false), SILENT);
    assert.deepEqual(decideInjection({ ...LAUNCH, loopscope: true }, false), { inject: true });
    assert.deepEqual(decideInjection({ ...LAUNCH, loopscope: false }, true), SILENT);
  });

  it('does not, and has nothing to say, for other types, an attach, or a run without debugging', () => {
    for (const other of [{ type: 'node' }, { request: 'attach' }, { noDebug: true }, { type: 'loopscope' }]) {
      assert.deepEqual(decideInjection({ ...LAUNCH, ...other }, true), SILENT);
    }
  });

  it('does not where the program runs elsewhere, and says so', () => {
    for (const elsewhere of [{ connect: { host: 'box', port: 5678 } }, { listen: 5678 }]) {
      assert.deepEqual(decideInjection({ ...LAUNCH, ...elsewhere }, true), {
        inject: false,
        reason: 'The program runs elsewhere, so Loopscope does not look into it.',
      });
    }
  });

  it('has the same to say of an attach to another machine, and of a container', () => {
    const attach = { type: 'debugpy', request: 'attach', connect: { host: 'localhost', port: 5678 } };
    const mapped = (remoteRoot: string): ForeignConfiguration => ({
      ...attach,
      pathMappings: [{ localRoot: '/home/me/shop', remoteRoot }],
    });
    const docker = { type: 'docker', request: 'launch', platform: 'python' };
    for (const elsewhere of [{ ...attach, connect: { host: 'box', port: 5678 } }, mapped('/app'), docker]) {
      assert.deepEqual(decideInjection(elsewhere, true), {
        inject: false,
        reason: 'The program runs elsewhere, so Loopscope does not look into it.',
      });
      assert.deepEqual(decideInjection({ ...elsewhere, loopscope: false }, true), SILENT);
    }
    for (const here of [attach, mapped('.'), mapped('/home/me/shop'), { ...docker, platform: 'netCore' }]) {
      assert.deepEqual(decideInjection(here, true), SILENT);
    }
  });

  it('knows the interpreter that is named', () => {
    assert.equal(namedPython({ ...LAUNCH, python: '/usr/bin/python3' }), '/usr/bin/python3');
    assert.equal(namedPython({ ...LAUNCH, python: ['/usr/bin/python3', '-B'] }), '/usr/bin/python3');
    assert.equal(namedPython({ ...LAUNCH, pythonPath: 'python3.8' }), 'python3.8');
    assert.equal(namedPython(LAUNCH), null);
  });

  for (const [flag, more] of [
    ['I', { pythonArgs: ['-I'] }],
    ['E', { python: ['/usr/bin/python3', '-E'] }],
    ['S', { pythonArgs: ['-X', 'dev', '-BS'] }],
    ['I', { python: ['python3', '-W', 'error', '-I'] }],
  ] as const) {
    it(`does not with ${JSON.stringify(more)}, and says which flag it is`, () => {
      assert.deepEqual(decideInjection({ ...LAUNCH, ...more }, true), {
        inject: false,
        reason: `The flag -${flag} keeps Loopscope out of this program; run it without that flag to look inside.`,
      });
    });
  }

  it('does where such a letter is no flag of Python’s', () => {
    for (const more of [{ args: ['-I'] }, { pythonArgs: ['-m', 'module', '-I'] }, { python: 'python3 -I' }]) {
      assert.deepEqual(decideInjection({ ...LAUNCH, ...more }, true), { inject: true });
    }
  });
});
