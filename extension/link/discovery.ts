import { existsSync } from 'node:fs';
import { lstat, readFile, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { ENVIRONMENT_DISCOVERY } from '../protocol/generated/constants';
import type { Discovery } from '../protocol/generated/types';
import { validateDiscovery } from '../protocol/generated/validators';

/** The folder in which programs that can be attached to leave their files; the runtime finds it in the same way. */
export function discoveryFolder(environment: Readonly<NodeJS.ProcessEnv> = process.env): string {
  const named = environment[ENVIRONMENT_DISCOVERY];
  if (named) return resolve(named);
  if (process.platform === 'win32') {
    return join(environment['LOCALAPPDATA'] ?? environment['USERPROFILE'] ?? tmpdir(), 'loopscope', 'processes');
  }
  const runtime = environment['XDG_RUNTIME_DIR'];
  if (runtime && existsSync(runtime)) return join(runtime, 'loopscope');
  return join(environment['TMPDIR'] ?? '/tmp', `loopscope-${process.getuid?.() ?? 0}`);
}

/**
 * The programs of this user that have the runtime in them, by pid. A file that somebody else could have written is passed
 * over, and so is what a process has left that no longer runs.
 */
export async function readDiscovery(folder = discoveryFolder()): Promise<readonly Discovery[]> {
  if (!(await isOursAlone(folder))) return [];
  const names = (await readdir(folder).catch(() => [])).filter((name) => /^\d+\.json$/u.test(name));
  const entries = await Promise.all(names.map((name) => readEntry(join(folder, name))));
  return entries.filter((entry) => entry !== null).sort((left, right) => left.pid - right.pid);
}

async function readEntry(file: string): Promise<Discovery | null> {
  try {
    if (!(await isOursAlone(file))) return null;
    const entry: unknown = JSON.parse(await readFile(file, 'utf8'));
    return validateDiscovery(entry) && (await isAlive(entry)) ? entry : null;
  } catch {
    return null;
  }
}

async function isOursAlone(path: string): Promise<boolean> {
  const found = await lstat(path).catch(() => null);
  if (found === null || found.isSymbolicLink()) return false;
  return process.platform === 'win32' || (found.uid === process.geteuid?.() && (found.mode & 0o077) === 0);
}

async function isAlive({ pid, started }: Discovery): Promise<boolean> {
  if (process.platform === 'linux') {
    const now = await startOf(pid);
    return now !== null && (started === '' || started === now);
  }
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** When a process of a Linux system started, in clock ticks since the system did; null when there is no such process. */
async function startOf(pid: number): Promise<string | null> {
  const status = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => null);
  // The name of the program, in parentheses, may hold spaces and parentheses.
  return status?.slice(status.lastIndexOf(')') + 2).split(' ')[19] ?? null;
}
