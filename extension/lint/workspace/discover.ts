import { existsSync, readFileSync, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';

/** Folders that hold other people's code, caches or builds. */
const SKIPPED = new Set([
  'node_modules', '__pycache__', 'site-packages', 'dist-packages', '.git', '.hg', '.svn', '.tox', '.nox', '.venv', 'venv', '.mypy_cache',
  '.ruff_cache', '.pytest_cache', '.eggs', '.ipynb_checkpoints',
]); // prettier-ignore
const PROJECT_MARKERS = ['pyproject.toml', 'setup.py', 'setup.cfg', '.git'];

/** `path` with `/` as separator. */
export function slashed(path: string): string {
  return sep === '\\' ? path.replaceAll('\\', '/') : path;
}

/**
 * The Python files below a folder, sorted. Virtual environments, caches and other people's code are left out.
 * Unreadable folders are passed over.
 */
export async function pythonFiles(folder: string, excludes: (path: string) => boolean): Promise<string[]> {
  const found: string[] = [];
  const walk = async (directory: string): Promise<void> => {
    const entries = await readdir(directory, { withFileTypes: true }).catch(() => []);
    if (directory !== folder && entries.some((entry) => entry.name === 'pyvenv.cfg')) return;
    for (const entry of entries) {
      const path = join(directory, entry.name);
      if (excludes(slashed(relative(folder, path)))) continue;
      if (entry.isDirectory()) {
        if (!SKIPPED.has(entry.name) && !entry.name.endsWith('.egg-info')) await walk(path);
      } else if (/\.pyi?$/.test(entry.name) && entry.isFile()) found.push(slashed(path));
    }
  };
  await walk(folder);
  return found.sort();
}

/** The nearest folder at or above `start` that looks like a project, or undefined. */
export function projectFolder(start: string): string | undefined {
  for (let folder = start; ; folder = dirname(folder)) {
    if (PROJECT_MARKERS.some((marker) => existsSync(join(folder, marker)))) return folder;
    if (dirname(folder) === folder) return undefined;
  }
}

/** The folder a file's absolute imports start from: the one above its outermost package. */
export function importRootOf(path: string): string {
  let folder = dirname(path);
  while (existsSync(join(folder, '__init__.py')) && dirname(folder) !== folder) folder = dirname(folder);
  return folder;
}

/** The configuration file that applies at a folder: `loopscope.json`, or a `pyproject.toml` that says something of use. */
export function findConfig(start: string): string | undefined {
  for (let folder = start; ; folder = dirname(folder)) {
    const own = join(folder, 'loopscope.json');
    if (existsSync(own)) return own;
    const project = join(folder, 'pyproject.toml');
    if (existsSync(project) && /^\s*\[tool\.loopscope\b|^\s*requires-python/m.test(readFileSync(project, 'utf8')))
      return project;
    if (dirname(folder) === folder) return undefined;
  }
}

/** The files an import in `from` may mean, of those that exist on disk. */
export function importedFiles(
  module: string,
  names: readonly string[],
  from: string,
  roots: readonly string[],
): string[] {
  const dots = /^\.*/.exec(module)?.[0].length ?? 0;
  const segments = module
    .slice(dots)
    .split('.')
    .filter((segment) => segment !== '');
  const bases =
    dots > 0 ? [resolve(dirname(from), ...new Array<string>(dots - 1).fill('..'))] : [importRootOf(from), ...roots];
  const found: string[] = [];
  for (const base of bases) {
    const before = found.length;
    let folder = base;
    for (const segment of segments) {
      folder = join(folder, segment);
      addModule(folder, found);
    }
    for (const name of names) addModule(join(folder, name), found);
    if (found.length > before) break;
  }
  return found;
}

function addModule(path: string, found: string[]): void {
  for (const candidate of [`${path}.py`, join(path, '__init__.py'), `${path}.pyi`]) {
    if (existsSync(candidate) && statSync(candidate).isFile()) {
      found.push(slashed(candidate));
      return;
    }
  }
}
