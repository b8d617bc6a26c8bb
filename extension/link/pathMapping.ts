/** A folder here that has the files of a folder there: in a container, or on another machine. */
export interface PathMapping {
  readonly localRoot: string;
  readonly remoteRoot: string;
}

/** Turns paths of the inspected program into those of this machine, and back. */
export class PathMap {
  private readonly toLocalRules: readonly Rule[];
  private readonly toRemoteRules: readonly Rule[];

  public constructor(mappings: readonly PathMapping[]) {
    const rules = mappings.map(({ localRoot, remoteRoot }) => ({
      local: withoutEnd(localRoot),
      remote: withoutEnd(remoteRoot),
    }));
    // The longest folder that fits is the one that is meant.
    this.toLocalRules = rules
      .map(({ local, remote }) => ({ from: remote, to: local }))
      .sort((left, right) => right.from.length - left.from.length);
    this.toRemoteRules = rules
      .map(({ local, remote }) => ({ from: local, to: remote }))
      .sort((left, right) => right.from.length - left.from.length);
  }

  /** Whether every path is left as it is. */
  public get isEmpty(): boolean {
    return this.toLocalRules.length === 0;
  }

  public toLocal(path: string): string {
    return apply(this.toLocalRules, path);
  }

  public toRemote(path: string): string {
    return apply(this.toRemoteRules, path);
  }
}

interface Rule {
  readonly from: string;
  readonly to: string;
}

function apply(rules: readonly Rule[], path: string): string {
  for (const { from, to } of rules) {
    if (path === from) return to;
    const rest = path.slice(from.length);
    if (!path.startsWith(from) || !/^[\\/]/u.test(rest)) continue;
    const separator = to.includes('\\') && !to.includes('/') ? '\\' : '/';
    return to + rest.replace(/[\\/]/gu, separator);
  }
  return path;
}

function withoutEnd(folder: string): string {
  return folder.replace(/[\\/]+$/u, '');
}
