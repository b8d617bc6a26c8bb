import { readdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { build } from 'esbuild';

/**
 * Bundles a folder of test cases for the extension host: each file by itself, so that mocha loads them as it would from
 * the sources, and the module whose `run` the host calls.
 *
 * @param suite Folder of `*.test.ts` files.
 * @param outFolder Where the bundles go; must be inside the checkout, where `mocha` can be found.
 * @returns Path of the module to name as `extensionTestsPath`.
 */
export async function bundleSuite(suite: string, outFolder: string): Promise<string> {
  const tests = (await readdir(suite)).filter((name) => name.endsWith('.test.ts'));
  await rm(outFolder, { recursive: true, force: true });
  await build({
    entryPoints: [
      { in: join(import.meta.dirname, 'suite', 'index.ts'), out: 'index' },
      ...tests.map((name) => ({ in: join(suite, name), out: basename(name, '.ts') })),
    ],
    outdir: outFolder,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node22',
    sourcemap: 'inline',
    external: ['vscode', 'mocha'],
    logLevel: 'warning',
  });
  return join(outFolder, 'index.js');
}
