import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { listFiles, PackageManager } from '@vscode/vsce';
import { root } from '../../scripts/lib/paths.mjs';
import { pack } from '../host/pack';

/** The most a package may weigh (bytes): people install it over all kinds of lines. */
const MOST_BYTES = 1.5 * 1024 * 1024;

const NEEDED = [
  'CHANGELOG.md',
  'LICENSE',
  'README.md',
  'dist/codicon.css',
  'dist/codicon.ttf',
  'dist/extension.js',
  'dist/lint-worker.js',
  'dist/loopscope-debug-adapter.js',
  'dist/loopscope-lint.js',
  'dist/replay-worker.js',
  'dist/tree-sitter-python.wasm',
  'dist/web-tree-sitter.wasm',
  'dist/webview.css',
  'dist/webview.js',
  'media/icon.png',
  'package.json',
  'package.nls.json',
  'runtime/loopscope/__init__.py',
  'docs/rules/blocking-sleep.md',
  'runtime/loopscope/__main__.py',
  'runtime/loopscope/bootstrap/sitecustomize.py',
];

/** Everything that may be in the package; what matches none of these got in by mistake. */
const ALLOWED = [
  /^(CHANGELOG|README)\.md$/,
  /^LICENSE$/,
  /^package(\.nls(\.[\w-]+)?)?\.json$/,
  /^l10n\/[\w.-]+\.json$/,
  /^docs\/rules\/[\w-]+\.md$/,
  /^media\/[\w-]+\.(png|svg)$/,
  /^dist\/[\w-]+\.(js|css|ttf|wasm)$/,
  /^runtime\/loopscope\/([\w]+\/)*\w+\.py$/,
];

describe('the package', function () {
  this.timeout(120_000);

  before(() => {
    assert.ok(existsSync(join(root, 'dist', 'extension.js')), 'dist is not built: run `npm run build` first');
  });

  it('contains all that is needed and nothing else', async () => {
    const files = await listFiles({ cwd: root, packageManager: PackageManager.None });
    assert.deepEqual(
      NEEDED.filter((file) => !files.includes(file)),
      [],
      'missing',
    );
    assert.deepEqual(
      files.filter((file) => !ALLOWED.some((pattern) => pattern.test(file))),
      [],
      'got in by mistake',
    );
  });

  it('weighs less than 1.5 MB', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'loopscope-package-'));
    try {
      const packagePath = join(folder, 'loopscope.vsix');
      await pack(root, packagePath);
      const { size } = await stat(packagePath);
      assert.ok(size < MOST_BYTES, `${size} bytes`);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
