import { readFile, readdir, readlink, stat } from 'node:fs/promises';
import { uptime } from 'node:os';

/** A process of this user that can be entered although nothing of Loopscope is in it. */
export interface Enterable {
  readonly pid: number;
  readonly parentPid: number;
  /** Such as `3.14`. */
  readonly python: string;
  /** The script or module, and its arguments. */
  readonly argv: readonly string[];
  /** In ms since 1970-01-01 UTC. */
  readonly startedWallMs: number;
}

/** Interpreters that can be entered while they run: CPython from 3.14 on. */
const INTERPRETER = /^python(3\.(?:1[4-9]|[2-9]\d))t?$/u;

/** In which Linux tells a process's start, on every architecture. */
const TICKS_A_SECOND = 100;

/** The processes of this user that run Python 3.14 or later. Only Linux tells; elsewhere there are none. */
export async function listEnterable(): Promise<readonly Enterable[]> {
  if (process.platform !== 'linux') return [];
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/u.test(name));
  const found = await Promise.all(pids.map((pid) => look(Number(pid)).catch(() => null)));
  return found.filter((candidate) => candidate !== null);
}

async function look(pid: number): Promise<Enterable | null> {
  const executable = (await readlink(`/proc/${pid}/exe`)).split('/').at(-1) ?? '';
  const [, python] = INTERPRETER.exec(executable) ?? [];
  if (python === undefined) return null;
  const folder = await stat(`/proc/${pid}`);
  if (folder.uid !== process.geteuid?.()) return null;
  const [command, status] = await Promise.all([
    readFile(`/proc/${pid}/cmdline`, 'utf8'),
    readFile(`/proc/${pid}/stat`, 'latin1'),
  ]);
  const fields = status.slice(status.lastIndexOf(')') + 2).split(' ');
  const argv = programWords(command.split('\0').slice(1, -1));
  const ageSeconds = uptime() - Number(fields[19]) / TICKS_A_SECOND;
  return { pid, parentPid: Number(fields[1]), python, argv, startedWallMs: Math.round(Date.now() - ageSeconds * 1000) };
}

/** What is run, without what is meant for the interpreter. */
export function programWords(words: readonly string[]): readonly string[] {
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? '';
    if (word === '-m') return words.slice(index + 1);
    if (word === '-c' || word === '-' || !word.startsWith('-')) return words.slice(index);
    if (/^-[A-Za-z]*[WX]$/u.test(word)) index++;
  }
  return words;
}
