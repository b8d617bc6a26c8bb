// @ts-check
const vscode = require('vscode');

/**
 * Starts the real adapter of debugpy with the interpreter of the tests.
 *
 * @param {import('vscode').ExtensionContext} context
 */
function activate(context) {
  const python = process.env['LOOPSCOPE_TEST_PYTHON'] ?? 'python3';
  context.subscriptions.push(
    vscode.debug.registerDebugConfigurationProvider('debugpy', {
      resolveDebugConfiguration: (_folder, configuration) => ({ python: [python], ...configuration }),
    }),
    vscode.debug.registerDebugAdapterDescriptorFactory('debugpy', {
      createDebugAdapterDescriptor: ({ configuration }) => {
        const connect = connection(configuration);
        // A child process of the program connects to the adapter that its parent started.
        if (connect) return new vscode.DebugAdapterServer(connect.port, connect.host);
        return new vscode.DebugAdapterExecutable(python, ['-m', 'debugpy.adapter']);
      },
    }),
    vscode.debug.onDidReceiveDebugSessionCustomEvent(({ event, body, session }) => {
      if (event !== 'debugpyAttach') return;
      const options = { parentSession: session };
      void vscode.debug.startDebugging(session.workspaceFolder, asConfiguration(body), options);
    }),
  );
}

/**
 * @param {Readonly<Record<string, unknown>>} configuration
 * @returns {{ host: string, port: number } | undefined} Where a running adapter listens.
 */
function connection({ connect }) {
  return /** @type {{ host: string, port: number } | undefined} */ (connect);
}

/**
 * @param {unknown} body What debugpy says about a child process.
 * @returns {import('vscode').DebugConfiguration}
 */
function asConfiguration(body) {
  return { .../** @type {import('vscode').DebugConfiguration} */ (body), type: 'debugpy' };
}

module.exports = { activate };
