import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where a project says what it depends on. */
const FILES = ['pyproject.toml', 'requirements.txt', 'requirements/base.txt', 'setup.cfg', 'setup.py', 'Pipfile'];

/**
 * Whether a project asks for at least a release of a package. What says no lowest release says nothing.
 * @param release major and minor version
 */
export function requiresAtLeast(folder: string, name: string, release: readonly [number, number]): boolean {
  return FILES.some((file) => lowestRelease(textOf(join(folder, file)), name, release));
}

function lowestRelease(text: string, name: string, [major, minor]: readonly [number, number]): boolean {
  const asked = new RegExp(
    `(?:^|["'\\s])${name}(?:\\[[^\\]]*\\])?["']?\\s*(?:=\\s*(?:\\{.*?version\\s*=\\s*)?)?["']?(?:>=|==|~=|\\^)\\s*(\\d+)(?:\\.(\\d+))?`,
    'gm',
  );
  for (const [, first, second] of text.matchAll(asked))
    if (Number(first) > major || (Number(first) === major && Number(second ?? 0) >= minor)) return true;
  return false;
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
