import { execFile } from 'node:child_process';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { access, constants } from 'node:fs/promises';

const PROBE_TIMEOUT_MS = 10_000;
/** The oldest Python that can be looked into. */
export const OLDEST: readonly [number, number] = [3, 9];

/** An interpreter that was run and answered. */
export interface Python {
  readonly executable: string;
  readonly version: string;
}

/** A place to look for an interpreter, in words and as it can be run; `command` is null when nothing is set there. */
export interface PythonCandidate {
  /** Such as `the setting loopscope.pythonPath`. */
  readonly source: string;
  readonly command: string | null;
  /** True when a person named it for this program: then nothing else is tried in its place. */
  readonly explicit: boolean;
}

/** No interpreter could be run. The message says where Loopscope looked and what to do. */
export class PythonNotFoundError extends Error {
  public override readonly name = 'PythonNotFoundError';
}

/** Tries the candidates in order. @throws PythonNotFoundError when none can be run, or an explicit one cannot. */
export async function findPython(candidates: readonly PythonCandidate[], cwd: string): Promise<Python> {
  const looked: string[] = [];
  for (const { source, command, explicit } of candidates) {
    if (command === null || command === '') {
      looked.push(`${source} (not set)`);
      continue;
    }
    const answer = await probe(command, cwd);
    if (typeof answer !== 'string') return answer;
    if (explicit) {
      throw new PythonNotFoundError(
        `The Python “${command}” of ${source} could not be run: ${answer}. ` +
          'Correct it, or take it away to let Loopscope look elsewhere.',
      );
    }
    looked.push(`${source} (${answer})`);
  }
  throw new PythonNotFoundError(
    `No Python was found. Looked at ${looked.join(', ')}. ` +
      `Install Python ${OLDEST.join('.')} or later, or set “loopscope.pythonPath” to the path of an interpreter.`,
  );
}

/** The usual names of Python on PATH, each as a candidate. */
export function pathCandidates(path: string | undefined): PythonCandidate[] {
  const names = process.platform === 'win32' ? ['python', 'py'] : ['python3', 'python'];
  return names.map((name) => ({ source: `“${name}” on PATH`, command: path ? name : null, explicit: false }));
}

/** The virtual environments people keep in a project folder. */
export async function folderCandidates(folder: string): Promise<PythonCandidate[]> {
  const inside = process.platform === 'win32' ? join('Scripts', 'python.exe') : join('bin', 'python');
  const found: PythonCandidate[] = [];
  for (const name of ['.venv', 'venv']) {
    const command = join(folder, name, inside);
    if (await exists(command)) found.push({ source: `the folder ${name}`, command, explicit: false });
  }
  return found;
}

/** Replaces what settings may hold: `${workspaceFolder}`, `${env:NAME}` and a `~` at the beginning. */
export function expandSetting(value: string, folder: string, environment: NodeJS.ProcessEnv): string {
  return value
    .replace(/^~(?=$|[\\/])/u, () => homedir())
    .replace(/\$\{workspaceFolder\}/gu, () => folder)
    .replace(/\$\{env:(\w+)\}/gu, (_, name: string) => environment[name] ?? '');
}

/** The version of an interpreter that is too old to be looked into; null when it is not, or cannot be run. */
export async function tooOldVersion(command: string, cwd: string): Promise<string | null> {
  const answer = await ask(command, cwd);
  return typeof answer !== 'string' && isTooOld(answer.version) ? answer.version : null;
}

/** Runs a command as Python that can be looked into. @returns what it is, or in a few words why not. */
async function probe(command: string, cwd: string): Promise<Python | string> {
  const answer = await ask(command, cwd);
  if (typeof answer === 'string' || !isTooOld(answer.version)) return answer;
  return `Python ${answer.version} is older than ${OLDEST.join('.')}`;
}

/** Runs a command as Python. @returns what it is, or in a few words why not. */
async function ask(command: string, cwd: string): Promise<Python | string> {
  const executable = isAbsolute(command) || !/[\\/]/u.test(command) ? command : join(cwd, command);
  const script = 'import sys; print(sys.executable); print("%d.%d.%d" % sys.version_info[:3])';
  return new Promise((resolve) => {
    const options = { cwd, timeout: PROBE_TIMEOUT_MS, windowsHide: true, encoding: 'utf8' as const };
    execFile(executable, ['-I', '-c', script], options, (error, output) => {
      const [path = '', version = ''] = output.split(/\r?\n/u);
      if (error) resolve(reason(error));
      else if (!/^\d+\.\d+\.\d+$/u.test(version)) resolve('not a Python');
      else resolve({ executable: path === '' ? executable : path, version });
    });
  });
}

function reason(error: Error & { code?: unknown; killed?: boolean }): string {
  if (error.code === 'ENOENT') return 'no such file';
  if (error.code === 'EACCES') return 'not allowed to run it';
  if (error.killed === true) return `no answer in ${PROBE_TIMEOUT_MS / 1000} s`;
  return typeof error.code === 'number' ? `it ended with exit code ${error.code}` : error.message;
}

function isTooOld(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1]);
}

async function exists(file: string): Promise<boolean> {
  return access(file, constants.F_OK).then(
    () => true,
    () => false,
  );
}
