// @ts-check
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

/**
 * Environment variable that every process started here inherits, so that none can be left behind unnoticed. It does not
 * begin with LOOPSCOPE_: tests look for what of ours gets into a program.
 */
const MARK_NAME = 'TEST_RUN_MARK';
const mark = process.env[MARK_NAME] ?? randomUUID();

/** How long a process group gets between being asked to end and being killed (ms). */
const GRACE_MS = 3000;

/** How much of a stream `run` keeps when it captures (characters); the end is what explains a failure. */
const KEPT = 4_000_000;

/** @type {Set<import('node:child_process').ChildProcess>} */
const alive = new Set();

/**
 * @typedef {object} StartOptions
 * @property {string} [cwd]
 * @property {NodeJS.ProcessEnv} [env] The whole environment; the caller's own by default.
 * @property {import('node:child_process').StdioOptions} [stdio]
 */

/**
 * Starts a program as the leader of its own process group. Whatever happens to this script, the group goes with it.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {StartOptions} [options]
 * @returns {import('node:child_process').ChildProcess}
 */
export function start(command, args, options = {}) {
  guardExit();
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: { [MARK_NAME]: mark, ...(options.env ?? process.env) },
    stdio: options.stdio ?? ['ignore', 'pipe', 'pipe'],
    detached: process.platform !== 'win32',
    shell: process.platform === 'win32' && /\.(cmd|bat)$/i.test(command),
  });
  alive.add(child);
  child.once('error', () => alive.delete(child));
  child.once('exit', () => {
    signalGroup(child, 'SIGTERM');
    alive.delete(child);
  });
  return child;
}

/**
 * @typedef {object} RunResult
 * @property {number} code The exit code; -1 when a signal ended it or it never started.
 * @property {string} output Standard output and error as they came, when captured.
 * @property {boolean} timedOut
 *
 * @typedef {object} RunOnly
 * @property {number} [timeoutMs] The group is killed after so many milliseconds.
 * @property {boolean} [capture] Keep the output instead of showing it.
 * @property {(line: string) => void} [onLine] Called with every line instead of showing it.
 *
 * @typedef {StartOptions & RunOnly} RunOptions
 */

/**
 * Runs a program to its end. Never rejects: a program that cannot be started is a result with code -1.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {RunOptions} [options]
 * @returns {Promise<RunResult>}
 */
export async function run(command, args, options = {}) {
  const piped = options.capture === true || options.onLine !== undefined;
  const child = start(command, args, {
    ...options,
    stdio: options.stdio ?? (piped ? ['ignore', 'pipe', 'pipe'] : ['ignore', 'inherit', 'inherit']),
  });
  let output = '';
  let pending = '';
  /** @param {unknown} chunk */
  const take = (chunk) => {
    const text = String(chunk);
    output = (output + text).slice(-KEPT);
    if (!options.onLine) return;
    const lines = (pending + text).split('\n');
    pending = lines.pop() ?? '';
    for (const line of lines) options.onLine(line);
  };
  child.stdout?.on('data', take);
  child.stderr?.on('data', take);

  let timedOut = false;
  const timer =
    options.timeoutMs === undefined
      ? undefined
      : setTimeout(() => {
          timedOut = true;
          void stop(child);
        }, options.timeoutMs);
  const code = await /** @type {Promise<number>} */ (
    new Promise((resolve) => {
      child.once('error', (error) => {
        output += error.message;
        resolve(-1);
      });
      child.once('close', (status) => resolve(status ?? -1));
    })
  );
  clearTimeout(timer);
  if (pending !== '' && options.onLine) options.onLine(pending);
  return { code, output, timedOut };
}

/**
 * Ends a process and its group: asks, waits, then kills.
 *
 * @param {import('node:child_process').ChildProcess} child
 * @returns {Promise<void>}
 */
export async function stop(child) {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  signalGroup(child, 'SIGTERM');
  await Promise.race([ended, pause(GRACE_MS, undefined, { ref: false })]);
  signalGroup(child, 'SIGKILL');
  await Promise.race([ended, pause(GRACE_MS, undefined, { ref: false })]);
}

/**
 * @param {import('node:child_process').ChildProcess} child
 * @param {NodeJS.Signals} signal
 */
function signalGroup(child, signal) {
  if (child.pid === undefined) return;
  try {
    process.kill(process.platform === 'win32' ? child.pid : -child.pid, signal);
  } catch {
    // The group has gone already, which is all that was wanted.
  }
}

let guarded = false;

function guardExit() {
  if (guarded) return;
  guarded = true;
  process.once('exit', () => {
    for (const child of alive) signalGroup(child, 'SIGKILL');
  });
  for (const [signal, code] of /** @type {const} */ ([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ])) {
    process.once(signal, () => {
      void Promise.all([...alive].map(stop)).then(() => process.exit(code));
    });
  }
}

/**
 * @typedef {object} LeftBehind
 * @property {number} pid
 * @property {string} command
 */

/**
 * Processes that descend from this script, are not its registered children and still run. Linux only: elsewhere there
 * is no way to see the mark they carry, and the answer is empty.
 *
 * @returns {LeftBehind[]}
 */
export function leftBehind() {
  if (process.platform !== 'linux') return [];
  const ours = new Set([process.pid, process.ppid, ...[...alive].map((child) => child.pid)]);
  /** @type {LeftBehind[]} */
  const found = [];
  for (const name of readdirSync('/proc')) {
    const pid = Number(name);
    if (!Number.isInteger(pid) || ours.has(pid)) continue;
    try {
      const environment = readFileSync(`/proc/${name}/environ`, 'latin1');
      if (!environment.includes(`${MARK_NAME}=${mark}\0`)) continue;
      found.push({ pid, command: readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ').trim() });
    } catch {
      // It ended while it was being looked at, or belongs to somebody else.
    }
  }
  return found;
}

/**
 * Waits for the descendants of this script to end by themselves, then kills those that did not.
 *
 * @param {number} patienceMs How long they may take to end.
 * @returns {Promise<LeftBehind[]>} Those that had to be killed.
 */
export async function sweep(patienceMs) {
  const deadline = Date.now() + patienceMs;
  let rest = leftBehind();
  while (rest.length > 0 && Date.now() < deadline) {
    await pause(100);
    rest = leftBehind();
  }
  for (const { pid } of rest) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It ended on its own after all.
    }
  }
  return rest;
}
