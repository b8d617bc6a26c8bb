import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';
import { UsageError } from '../options.js';
import { slashed } from './discover.js';

/** Lines changed in the working tree, by absolute path; `all` for a file git does not know yet. */
export type ChangedLines = ReadonlyMap<string, ReadonlySet<number> | 'all'>;

/**
 * What changed in the repository around `folder` since a revision, untracked files included.
 * @throws UsageError when git is missing, the folder is in no repository, or the revision does not exist
 */
export function changedLines(revision: string, folder: string): ChangedLines {
  const git = (...args: string[]): string => {
    try {
      return execFileSync('git', args, {
        cwd: folder,
        encoding: 'utf8',
        maxBuffer: 1 << 28,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
    } catch (error) {
      const stderr =
        typeof error === 'object' && error !== null && 'stderr' in error
          ? String(error.stderr).trim().split('\n')[0]
          : '';
      throw new UsageError(
        `--diff ${revision}: git could not tell what changed (${stderr === '' || stderr === undefined ? 'is git installed?' : stderr}).`,
      );
    }
  };
  if (revision.startsWith('-')) throw new UsageError(`--diff ${revision}: this is not a revision.`);
  const top = git('rev-parse', '--show-toplevel').trim();
  const changed = new Map<string, Set<number> | 'all'>();
  let current: Set<number> | undefined;
  for (const line of git(
    '-c',
    'core.quotePath=false',
    'diff',
    '-U0',
    '--no-color',
    '--no-ext-diff',
    '--relative',
    revision,
    '--',
    '.',
  ).split('\n')) {
    if (line.startsWith('+++ ')) {
      const name = /^\+\+\+ b\/(.*)$/.exec(line)?.[1];
      current = new Set<number>();
      if (name !== undefined) changed.set(slashed(resolve(folder, name.replace(/\t$/, ''))), current);
    }
    const hunk = /^@@ -\S+ \+(\d+)(?:,(\d+))? @@/.exec(line);
    if (hunk === null || current === undefined) continue;
    const start = Number(hunk[1]);
    for (let offset = 0; offset < Number(hunk[2] ?? 1); offset++) current.add(start + offset);
  }
  for (const name of git(
    '-c',
    'core.quotePath=false',
    'ls-files',
    '--others',
    '--exclude-standard',
    '--full-name',
  ).split('\n')) {
    if (name !== '') changed.set(slashed(resolve(top, name)), 'all');
  }
  return changed;
}
