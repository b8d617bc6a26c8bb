import type { FileEntry, Value } from './values.js';

/** Finds modules among the files of a workspace the way Python would: packages, `src` folders, namespace packages, siblings. */
export class ModuleIndex {
  /** By path without extension. */
  private readonly modules = new Map<string, FileEntry>();
  private readonly directories = new Set<string>();
  /** Folders holding a top-level package or module of that name. */
  private readonly topLevel = new Map<string, string[]>();
  private readonly roots: readonly string[];
  private readonly cache = new Map<string, { value: Value; rest: readonly string[] } | null>();

  /**
   * @param files every file of the workspace
   * @param roots workspace folders, absolute, with `/` as separator
   * @param sourceRoots further folders imports start from
   */
  constructor(files: Iterable<FileEntry>, roots: readonly string[], sourceRoots: readonly string[] = []) {
    for (const file of files) this.add(file);
    this.roots = [...sourceRoots, ...roots.flatMap((root) => [root, `${root}/src`, `${root}/lib`, `${root}/python`])];
    for (const [path] of this.modules) this.addTopLevel(path);
  }

  private add(file: FileEntry): void {
    const path = file.path.replace(/\.pyi?$/, '');
    const isStub = file.path.endsWith('.pyi');
    if (!isStub || !this.modules.has(path)) this.modules.set(path, file);
    for (
      let directory = parentOf(path);
      directory !== '' && !this.directories.has(directory);
      directory = parentOf(directory)
    ) {
      this.directories.add(directory);
    }
  }

  /** Puts a new summary of a known file in the place of the old one. Returns false for a file not known yet. */
  replace(file: FileEntry): boolean {
    const path = file.path.replace(/\.pyi?$/, '');
    const old = this.modules.get(path);
    if (old?.path !== file.path) return false;
    this.modules.set(path, file);
    for (const [key, found] of this.cache)
      if (found?.value.kind === 'module' && found.value.file === old) this.cache.delete(key);
    return true;
  }

  private addTopLevel(path: string): void {
    if (!path.endsWith('/__init__')) return;
    const folder = parentOf(path);
    const parent = parentOf(folder);
    if (this.modules.has(`${parent}/__init__`)) return;
    const name = folder.slice(parent.length + 1);
    const known = this.topLevel.get(name);
    if (known === undefined) this.topLevel.set(name, [parent]);
    else known.push(parent);
  }

  /** The package folder of a file, from which relative imports count. */
  packageFolder(file: FileEntry): string {
    return parentOf(file.path);
  }

  /** The folder a file's absolute imports start from: the one above its outermost package. */
  private importRoot(file: FileEntry): string {
    let folder = parentOf(file.path);
    while (this.modules.has(`${folder}/__init__`)) folder = parentOf(folder);
    return folder;
  }

  /**
   * Resolves an imported dotted name, with leading dots when relative, to the deepest module found and the names left over.
   * Returns null when the name starts outside the workspace.
   */
  resolve(dotted: string, from: FileEntry): { value: Value; rest: readonly string[] } | null {
    const dots = /^\.*/.exec(dotted)?.[0].length ?? 0;
    if (dots > 0) {
      let folder = this.packageFolder(from);
      for (let level = 1; level < dots; level++) folder = parentOf(folder);
      const rest = dotted.slice(dots);
      return this.locate(folder, rest === '' ? [] : rest.split('.'), true);
    }
    const root = this.importRoot(from);
    const key = `${root}|${dotted}`;
    const cached = this.cache.get(key);
    if (cached !== undefined) return cached;
    const found = this.absolute(dotted.split('.'), root);
    this.cache.set(key, found);
    return found;
  }

  private absolute(segments: readonly string[], root: string): { value: Value; rest: readonly string[] } | null {
    const known = this.topLevel.get(segments[0] ?? '') ?? [];
    const nearest = [...known].sort((left, right) => sharedPrefix(right, root) - sharedPrefix(left, root));
    let namespace: { value: Value; rest: readonly string[] } | null = null;
    for (const candidate of [root, ...this.roots, ...nearest]) {
      const found = this.locate(candidate, segments, false);
      if (found?.value.kind === 'module') return found;
      namespace ??= found;
    }
    return namespace;
  }

  private locate(
    folder: string,
    segments: readonly string[],
    relative: boolean,
  ): { value: Value; rest: readonly string[] } | null {
    let path = folder;
    let best: { value: Value; rest: readonly string[] } | null = null;
    if (relative) {
      const own = this.modules.get(`${folder}/__init__`);
      best = {
        value: own === undefined ? { kind: 'namespace', name: '', directory: folder } : { kind: 'module', file: own },
        rest: segments,
      };
    }
    for (let index = 0; index < segments.length; index++) {
      path = `${path}/${segments[index] ?? ''}`;
      const rest = segments.slice(index + 1);
      const file = this.modules.get(path) ?? this.modules.get(`${path}/__init__`);
      if (file !== undefined) best = { value: { kind: 'module', file }, rest };
      else if (this.directories.has(path))
        best = { value: { kind: 'namespace', name: segments.slice(0, index + 1).join('.'), directory: path }, rest };
      else break;
    }
    return best;
  }

  /** The submodule `name` of a package or namespace folder. */
  submodule(parent: Value, name: string): Value | undefined {
    let folder: string;
    if (parent.kind === 'namespace') folder = parent.directory;
    else if (parent.kind === 'module' && /\/__init__\.pyi?$/.test(parent.file.path))
      folder = parentOf(parent.file.path);
    else return undefined;
    const path = `${folder}/${name}`;
    const file = this.modules.get(path) ?? this.modules.get(`${path}/__init__`);
    if (file !== undefined) return { kind: 'module', file };
    if (!this.directories.has(path)) return undefined;
    return {
      kind: 'namespace',
      name: parent.kind === 'namespace' && parent.name !== '' ? `${parent.name}.${name}` : name,
      directory: path,
    };
  }
}

function parentOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash <= 0 ? '' : path.slice(0, slash);
}

function sharedPrefix(left: string, right: string): number {
  let index = 0;
  while (index < left.length && left[index] === right[index]) index++;
  return index;
}
