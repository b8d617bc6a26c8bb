// @ts-check
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { delimiter, dirname, join } from 'node:path';
import { cached } from './cache.mjs';
import { aptInstall } from './debian.mjs';
import { Fault } from './fault.mjs';
import { run, start, stop } from './processes.mjs';

/** The npm package that holds a VS Code server, and the Node it insists on (major) and was tried with (version). */
const SERVER_PACKAGE = 'code-server@4.139.1';
const NODE_PACKAGE = 'node@24.21.0';

const KERBEROS_HEADERS = [
  '/usr/include/gssapi/gssapi.h',
  '/usr/include/gssapi.h',
  '/usr/local/include/gssapi/gssapi.h',
];

/** How long the server may take until it listens (ms). It needs one second on an idle machine. */
const START_MS = 60_000;

/**
 * @typedef {object} ServerProgram
 * @property {string} node
 * @property {string} main The server's script.
 */

/**
 * The VS Code server and the Node that runs it, from the cache, else from the package registry (about three minutes).
 *
 * @returns {Promise<ServerProgram>}
 */
export async function ensureServer() {
  const nodeProof = join('node_modules', '.bin', process.platform === 'win32' ? 'node.cmd' : 'node');
  const nodeFolder = await cached('node-24', nodeProof, (folder) => install(folder, NODE_PACKAGE, outsideNpm()));
  const node = join(nodeFolder, nodeProof);
  const serverRoot = join('node_modules', 'code-server');
  const serverProof = join(serverRoot, 'lib', 'vscode', 'out', 'server-main.js');
  const serverFolder = await cached(SERVER_PACKAGE.replace('@', '-'), serverProof, async (folder) => {
    if (process.platform === 'linux' && !KERBEROS_HEADERS.some((file) => existsSync(file))) {
      await aptInstall(['libkrb5-dev', 'g++', 'make', 'python3'], 'Building the VS Code server');
    }
    process.stdout.write('installing a VS Code server into the cache (once, about three minutes)\n');
    await install(folder, SERVER_PACKAGE, {
      ...outsideNpm(),
      PATH: `${dirname(node)}${delimiter}${process.env['PATH'] ?? ''}`,
    });
  });
  return { node, main: join(serverFolder, serverProof) };
}

/**
 * @param {string} folder
 * @param {string} spec
 * @param {NodeJS.ProcessEnv} env
 */
async function install(folder, spec, env) {
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const args = ['install', '--prefix', folder, '--no-audit', '--no-fund', '--no-save', '--loglevel=error', spec];
  const { code, output } = await run(npm, args, { cwd: folder, env, capture: true, timeoutMs: 1_200_000 });
  if (code !== 0) {
    throw new Fault(
      `Installing ${spec} from the package registry failed; see its last words, mend that and run this again:\n${output.slice(-3000)}`,
    );
  }
}

/**
 * The environment without what an outer `npm test` put into it: an inner npm would take the outer one's version of Node
 * for its own.
 *
 * @returns {NodeJS.ProcessEnv}
 */
function outsideNpm() {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.toLowerCase().startsWith('npm_')));
}

/** @returns {Promise<number>} A TCP port of the loopback interface that nobody listens on. */
export function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

/**
 * @typedef {object} ServerOptions
 * @property {string} dataFolder A folder of its own for settings, state and installed extensions.
 * @property {NodeJS.ProcessEnv} [env]
 * @property {(line: string) => void} onLine What the server prints.
 *
 * @typedef {object} Server
 * @property {number} port
 * @property {string} token What a browser must show before it is let in.
 * @property {() => Promise<void>} stop
 * @property {Promise<number>} ended Settles with the exit code when the server has ended.
 */

/**
 * Starts the server on a free loopback port. Nobody gets in without its token.
 *
 * @param {ServerProgram} program
 * @param {ServerOptions} options
 * @returns {Promise<Server>}
 */
export async function startServer(program, options) {
  const port = await freePort();
  const token = randomBytes(32).toString('hex');
  // In a file that only its owner can read: a command line is visible to everybody on the machine.
  const tokenFile = join(options.dataFolder, 'connection-token');
  await mkdir(options.dataFolder, { recursive: true });
  await writeFile(tokenFile, token, { mode: 0o600 });
  const child = start(
    program.node,
    [
      ...[program.main, '--host', '127.0.0.1', '--port', String(port), '--connection-token-file', tokenFile],
      ...['--accept-server-license-terms', '--server-data-dir', options.dataFolder, '--telemetry-level', 'off'],
      // Without the first of these, this build ignores the extension under development without a word.
      ...['--enable-smoke-test-driver', '--disable-workspace-trust'],
      // Otherwise a login shell's profile puts its own interpreters before those that were found to run.
      '--force-disable-user-env',
    ],
    { env: options.env ?? process.env },
  );
  const ended = /** @type {Promise<number>} */ (
    new Promise((resolve) => {
      child.once('exit', (code) => resolve(code ?? -1));
      child.once('error', () => resolve(-1));
    })
  );
  /** @type {string[]} */
  const said = [];
  const listening = new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Fault(`The VS Code server did not listen within ${START_MS / 1000} s.`)),
      START_MS,
    );
    /** @param {unknown} chunk */
    const take = (chunk) => {
      for (const line of String(chunk).split('\n')) {
        if (line.trim() === '') continue;
        if (said.length < 50) said.push(line);
        options.onLine(line.replaceAll(token, '…'));
        if (line.includes('Extension host agent listening')) {
          clearTimeout(timer);
          resolve(undefined);
        }
      }
    };
    child.stdout?.on('data', take);
    child.stderr?.on('data', take);
    void ended.then((code) => {
      clearTimeout(timer);
      reject(
        new Fault(`The VS Code server ended with code ${code} before it listened:\n${said.slice(-10).join('\n')}`),
      );
    });
  });
  try {
    await listening;
  } catch (error) {
    await stop(child);
    throw error;
  }
  return { port, token, ended, stop: () => stop(child) };
}

/**
 * Installs a packaged extension where a server with the same data folder finds it, as a marketplace user's would be.
 *
 * @param {ServerProgram} program
 * @param {string} vsix
 * @param {string} dataFolder
 */
export async function installExtension(program, vsix, dataFolder) {
  const args = [program.main, '--install-extension', vsix, '--server-data-dir', dataFolder];
  const { code, output } = await run(program.node, [...args, '--accept-server-license-terms'], { capture: true });
  if (code !== 0) throw new Fault(`${vsix} cannot be installed:\n${output}`);
}

/**
 * @typedef {object} Opening
 * @property {string} folder The workspace.
 * @property {string | undefined} [extension] An extension under development, by its folder. This build takes one only.
 * @property {string | undefined} [tests] The module whose `run` the extension host calls.
 */

/**
 * The address that opens a workspace in the browser.
 *
 * @param {Server} server
 * @param {Opening} opening
 * @returns {string}
 */
export function addressOf(server, opening) {
  const authority = `127.0.0.1:${server.port}`;
  const payload = [['skipWelcome', 'true']];
  if (opening.extension) payload.push(['extensionDevelopmentPath', `vscode-remote://${authority}${opening.extension}`]);
  if (opening.tests) payload.push(['extensionTestsPath', `vscode-remote://${authority}${opening.tests}`]);
  const address = new URL(`http://${authority}/`);
  address.searchParams.set('tkn', server.token);
  address.searchParams.set('folder', opening.folder);
  address.searchParams.set('payload', JSON.stringify(payload));
  return address.href;
}
