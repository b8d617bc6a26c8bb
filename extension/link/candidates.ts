import { inFamilies } from '../model';
import { dial } from './dialing';
import { readDiscovery } from './discovery';
import { listEnterable } from './enterable';
import type { Discovery } from '../protocol/generated/types';

/** How long a program may take to say how many tasks it has, in ms. One that is busy is listed without. */
const ASKING_MS = 1_000;

/** A running process that can be attached to. */
export interface Candidate {
  readonly pid: number;
  readonly parentPid: number;
  /** How many of its ancestors are in the list: 0 for a parent, 1 for its workers. */
  readonly depth: number;
  readonly python: string;
  readonly argv: readonly string[];
  readonly startedWallMs: number;
  /** How many tasks are alive in it; null when it did not say. */
  readonly tasks: number | null;
  /** How it is reached; null for one that has to be entered. */
  readonly discovery: Discovery | null;
}

/** The processes of this user that can be attached to: each behind its parent, and those started last first. */
export async function listCandidates(folder?: string): Promise<readonly Candidate[]> {
  const [discovered, enterable] = await Promise.all([readDiscovery(folder), listEnterable()]);
  const known = new Set(discovered.map(({ pid }) => pid));
  const tasks = await Promise.all(discovered.map(countTasks));
  const candidates = [
    ...discovered.map((entry, index): Candidate => {
      const { pid, parent_pid, python, argv, started_wall_ms } = entry;
      const alive = tasks[index] ?? null;
      const common = { pid, parentPid: parent_pid, python, argv, startedWallMs: started_wall_ms };
      return { ...common, depth: 0, tasks: alive, discovery: entry };
    }),
    ...enterable
      .filter(({ pid }) => !known.has(pid))
      .map((entry): Candidate => ({ ...entry, depth: 0, tasks: null, discovery: null })),
  ];
  return grouped(candidates);
}

/** Puts each process behind its parent, those without one that were started last first. */
export function grouped(candidates: readonly Candidate[]): readonly Candidate[] {
  const byAge = candidates.toSorted((left, right) => right.startedWallMs - left.startedWallMs || left.pid - right.pid);
  return inFamilies(byAge, (candidate) => candidate).map(({ member, depth }) => ({ ...member, depth }));
}

/** The processes of a list that descend from one of them. */
export function descendants<Process extends { readonly pid: number; readonly parentPid: number }>(
  pid: number,
  processes: readonly Process[],
): readonly Process[] {
  const family = new Set([pid]);
  const found: Process[] = [];
  for (let grew = true; grew;) {
    grew = false;
    for (const each of processes) {
      if (family.has(each.pid) || !family.has(each.parentPid)) continue;
      family.add(each.pid);
      found.push(each);
      grew = true;
    }
  }
  return found;
}

async function countTasks({ address, token }: Discovery): Promise<number | null> {
  try {
    const greeted = await dial({ address, token, timeoutMs: ASKING_MS });
    greeted.hangUp();
    return greeted.hello.tasks_alive ?? null;
  } catch {
    return null;
  }
}
