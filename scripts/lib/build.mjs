// @ts-check
import { createRequire } from 'node:module';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './paths.mjs';

/**
 * Bundles into `dist`, and removes from it what an earlier build left there: everything in `dist` is published.
 *
 * @returns {Promise<boolean>} Whether it succeeded; what is wrong has been printed.
 */
export async function build() {
  const require = createRequire(import.meta.url);
  // Installed by now, but not yet when this file was read.
  const { default: webpack } = await import('webpack');
  /** @type {unknown} */
  const configure = require(join(root, 'webpack.config.js'));
  const configurations = /** @type {(env: object, options: { mode: string }) => import('webpack').Configuration[]} */ (
    configure
  )({}, { mode: 'production' });
  const compiler = webpack(configurations);
  /** @type {import('webpack').MultiStats} */
  const stats = await new Promise((resolve, reject) => {
    compiler.run((error, result) => {
      compiler.close(() => (result ? resolve(result) : reject(error ?? new Error('webpack gave no result'))));
    });
  });
  const said = stats.toString('errors-warnings').trim();
  if (said !== '') process.stdout.write(`${said}\n`);
  if (stats.hasErrors()) return false;
  const written = new Set(stats.stats.flatMap(({ compilation }) => Object.keys(compilation.assets)));
  for (const name of readdirSync(join(root, 'dist'))) {
    if (!written.has(name)) rmSync(join(root, 'dist', name), { recursive: true });
  }
  return true;
}
