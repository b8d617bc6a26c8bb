// @ts-check
const { existsSync, readdirSync, readFileSync } = require('node:fs');
const path = require('node:path');
const { sources } = require('webpack');

/**
 * Copies files into `dist` without a plug-in of its own: the wasm of the parser, the styles and the icon font.
 *
 * @param {Record<string, string | string[]>} files Target name in `dist` to the source, or to the sources to join.
 */
function copy(files) {
  return {
    /** @param {import('webpack').Compiler} compiler */
    apply(compiler) {
      compiler.hooks.thisCompilation.tap('copy', (compilation) => {
        const stage = compiler.webpack.Compilation.PROCESS_ASSETS_STAGE_ADDITIONAL;
        compilation.hooks.processAssets.tap({ name: 'copy', stage }, () => {
          for (const [target, origin] of Object.entries(files)) {
            const origins = [origin].flat().filter((file) => existsSync(file));
            for (const file of origins) compilation.fileDependencies.add(file);
            compilation.emitAsset(
              target,
              new sources.RawSource(Buffer.concat(origins.map((file) => readFileSync(file)))),
            );
          }
        });
      });
    },
  };
}

/** @param {string} specifier A file inside an installed package. */
const installed = (specifier) => path.join(__dirname, 'node_modules', specifier);

/** @param {string} mode */
function common(mode) {
  return {
    mode: /** @type {'production' | 'development'} */ (mode),
    context: __dirname,
    devtool: mode === 'production' ? /** @type {const} */ (false) : 'source-map',
    output: { path: path.join(__dirname, 'dist'), filename: '[name].js' },
    resolve: { extensions: ['.ts', '.tsx', '.js'], extensionAlias: { '.js': ['.ts', '.tsx', '.js'] } },
    performance: { hints: /** @type {const} */ (false) },
    stats: /** @type {const} */ ('errors-warnings'),
  };
}

/** @param {string} target */
const typescript = (target) => ({
  test: /\.tsx?$/,
  loader: 'esbuild-loader',
  options: { target, tsconfig: path.join(__dirname, 'tsconfig.base.json') },
});

/**
 * @param {unknown} _environment
 * @param {{ mode?: string }} options
 */
module.exports = (_environment, options) => {
  const mode = options.mode ?? 'production';
  const node = {
    ...common(mode),
    target: 'node20',
    module: { rules: [typescript('node20')] },
    node: { __dirname: /** @type {const} */ (false), __filename: /** @type {const} */ (false) },
  };
  return [
    {
      ...node,
      name: 'extension',
      entry: { extension: './extension/extension.ts' },
      output: { ...node.output, libraryTarget: 'commonjs2' },
      externals: { vscode: 'commonjs vscode' },
    },
    {
      ...node,
      name: 'adapter',
      entry: { 'loopscope-debug-adapter': './extension/debug/stdio.ts' },
    },
    {
      ...node,
      name: 'replay',
      entry: { 'replay-worker': './extension/views/replay/worker.ts' },
    },
    {
      ...node,
      name: 'lint',
      // The parser's ESM build would carry the path of the checkout into the bundle.
      module: { ...node.module, parser: { javascript: { createRequire: false } } },
      resolve: { ...node.resolve, alias: { 'web-tree-sitter': installed('web-tree-sitter/web-tree-sitter.cjs') } },
      entry: { 'loopscope-lint': './extension/lint/cli.ts', 'lint-worker': './extension/lint/worker.ts' },
      plugins: [
        copy({
          'web-tree-sitter.wasm': installed('web-tree-sitter/web-tree-sitter.wasm'),
          'tree-sitter-python.wasm': installed('tree-sitter-python/tree-sitter-python.wasm'),
        }),
      ],
    },
    {
      ...common(mode),
      name: 'webview',
      target: 'web',
      entry: { webview: './webview/index.tsx' },
      module: { rules: [typescript('es2022')] },
      plugins: [
        copy({
          'codicon.css': installed('@vscode/codicons/dist/codicon.css'),
          'codicon.ttf': installed('@vscode/codicons/dist/codicon.ttf'),
          'webview.css': styles(),
        }),
      ],
    },
  ];
};

/** The styles, in the order of their names: `00-…` first. */
function styles() {
  const folder = path.join(__dirname, 'webview/styles');
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith('.css'))
    .sort()
    .map((name) => path.join(folder, name));
}
