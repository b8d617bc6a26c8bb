// @ts-check
/**
 * `npm start`: from a fresh clone installs and builds, then opens VS Code on the demo workspace with the demo program
 * under inspection. `npm start -- --headless` runs the demo for ten seconds without VS Code and prints the report.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { build } from './lib/build.mjs';
import { Fault, report } from './lib/fault.mjs';
import { ensureNodeModules } from './lib/node-modules.mjs';
import { root } from './lib/paths.mjs';
import { run } from './lib/processes.mjs';
import { anyPython } from './lib/pythons.mjs';
import { findDesktopCommand } from './lib/vscode-desktop.mjs';
import { addressOf, ensureServer, startServer } from './lib/vscode-server.mjs';

const DEMO = join(root, 'demo');
const HEADLESS_SECONDS = '10';

async function main() {
  const { values } = parseArgs({ options: { headless: { type: 'boolean', default: false } } });
  const python = await anyPython();
  if (values.headless) {
    process.exitCode = await headless(python.executable);
    return;
  }
  await ensureNodeModules();
  process.stdout.write('building the extension\n');
  if (!(await build())) throw new Fault('The build failed: see its messages above.');
  const env = {
    ...process.env,
    LOOPSCOPE_AUTOSTART: demoConfiguration(),
    PATH: `${dirname(python.executable)}${delimiter}${process.env['PATH'] ?? ''}`,
  };
  const profile = mkdtempSync(join(tmpdir(), 'loopscope-start-'));
  process.once('exit', () => rmSync(profile, { recursive: true, force: true, maxRetries: 5 }));
  const desktop = await findDesktopCommand();
  process.exitCode = desktop === undefined ? await inBrowser(profile, env) : await onDesktop(desktop, profile, env);
}

/**
 * @param {string} python
 * @returns {Promise<number>} The demo's exit code.
 */
async function headless(python) {
  const paths = [join(root, 'runtime'), process.env['PYTHONPATH'] ?? ''].filter((entry) => entry !== '');
  process.stdout.write(`running the demo for ${HEADLESS_SECONDS} seconds, then its report follows\n`);
  const { code } = await run(
    python,
    [
      ...['-m', 'loopscope', 'run', '--report', '-', '--report-format', 'text'],
      ...[join(DEMO, 'app.py'), '--seconds', HEADLESS_SECONDS],
    ],
    { cwd: root, env: { ...process.env, PYTHONPATH: paths.join(delimiter) } },
  );
  return code;
}

/** @returns {string} The name of the demo's launch configuration. */
function demoConfiguration() {
  const file = join(DEMO, '.vscode', 'launch.json');
  /** @type {unknown} */
  const launch = JSON.parse(readFileSync(file, 'utf8'));
  const name = /** @type {{ configurations?: { name: string }[] }} */ (launch).configurations?.[0]?.name;
  if (name === undefined) throw new Fault(`${file} names no configuration: add the demo's to it.`);
  return name;
}

/**
 * Opens a window of a desktop VS Code with a profile of its own, and waits until it is closed.
 *
 * @param {string} command
 * @param {string} profile
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<number>}
 */
async function onDesktop(command, profile, env) {
  process.stdout.write(`opening ${command}\n`);
  const { code } = await run(
    command,
    [
      ...['--new-window', '--wait', '--disable-workspace-trust', '--skip-welcome', '--skip-release-notes'],
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
      ...[`--user-data-dir=${join(profile, 'user')}`, `--extensions-dir=${join(profile, 'extensions')}`],
      ...[`--extensionDevelopmentPath=${root}`, DEMO],
    ],
    { env },
  );
  return code;
}

/**
 * Serves VS Code to a browser until it is interrupted.
 *
 * @param {string} profile
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<number>}
 */
async function inBrowser(profile, env) {
  const settings = join(profile, 'data', 'Machine');
  await mkdir(settings, { recursive: true });
  /** @type {unknown} */
  const own = JSON.parse(readFileSync(join(DEMO, '.vscode', 'settings.json'), 'utf8'));
  const quiet = { .../** @type {object} */ (own), 'remote.autoForwardPorts': false };
  await writeFile(join(settings, 'settings.json'), JSON.stringify(quiet));
  const server = await startServer(await ensureServer(), { dataFolder: profile, env, onLine: () => undefined });
  process.stdout.write(
    [
      'No desktop VS Code here, so it is served to your browser. Open',
      '',
      `  ${addressOf(server, { folder: DEMO, extension: root })}`,
      '',
      'The demo starts with the window. Press Ctrl+C here to end.',
      '',
    ].join('\n'),
  );
  return server.ended;
}

await main().catch(report);
