import assert from 'node:assert/strict';
import { Scope } from './scope';

describe('what the editor lints', () => {
  it('is in a folder of the workspace, and not left out by the settings', () => {
    const scope = new Scope(['/app'], ['migrations', 'docs/**']);
    const files = ['/app/a.py', '/app/db/migrations/b.py', '/app/docs/c.py', '/application/d.py', '/usr/lib/os.py'];
    assert.deepEqual(
      files.filter((file) => scope.includes(file)),
      ['/app/a.py'],
    );
  });

  it('is no installed package, even below the folder', () => {
    const scope = new Scope(['/app'], []);
    assert.equal(scope.includes('/app/.venv/lib/python3.12/site-packages/requests/api.py'), false);
  });

  it('is any file where no folder is open, but for installed ones', () => {
    const scope = new Scope([], []);
    assert.equal(scope.includes('/tmp/a.py'), true);
    assert.equal(scope.includes('C:\\Python\\site-packages\\a.py'.replaceAll('\\', '/')), false);
  });
});
