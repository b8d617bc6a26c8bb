import type { Workspace } from '../analyze.js';
import type { Edit, Finding } from '../findings.js';
import type { SyntaxFile } from '../syntax/node.js';
import type { PythonParser } from '../syntax/parser.js';
import { requiresAtLeast } from '../workspace/requirements.js';
import { applyEdits, overlap } from './edits.js';
import { fixFor } from './fixes.js';
import { useTwin } from './twins.js';

/** What fixes may ask of the project. */
export interface Project {
  /** The oldest Python it runs on, as a minor version of Python 3. */
  oldestPython: number;
  /** What it depends on: top-level names of what it imports, and `redis.asyncio` where its release of redis has that. */
  libraries: ReadonlySet<string>;
}

/** What the fixes of a workspace's files may ask. */
export function projectOf({ files, config, roots }: Workspace): Project {
  const libraries = new Set<string>();
  for (const { summary } of files) {
    for (const { module, names } of summary.imports) {
      if (!module.startsWith('.')) libraries.add(module.split('.')[0] ?? module);
      if (module === 'redis.asyncio' || (module === 'redis' && names.includes('asyncio')))
        libraries.add('redis.asyncio');
    }
  }
  if (roots.some((root) => requiresAtLeast(root, 'redis', [4, 2]))) libraries.add('redis.asyncio');
  return { oldestPython: config.oldestPython, libraries };
}

/** Adds to a finding the changes that would remove it. */
export function attachFix(file: SyntaxFile, finding: Finding, { oldestPython, libraries }: Project): void {
  const fix = fixFor(file, finding, oldestPython);
  const twin = useTwin(file, finding, libraries);
  finding.fix = fix ?? twin;
  if (fix !== null && twin !== null) finding.alternative = twin;
}

/** Adds to each finding of one file the changes that would remove it. */
export function attachFixes(
  source: string,
  findings: readonly Finding[],
  parser: PythonParser,
  project: Project,
): void {
  if (findings.length === 0) return;
  const file = parser.parse(source);
  for (const finding of findings) attachFix(file, finding, project);
}

/**
 * Applies as many safe fixes to one file as do not touch each other, and keeps the result only if it still parses.
 * Returns undefined when there is nothing to apply.
 */
export function applySafeFixes(source: string, findings: readonly Finding[], parser: PythonParser): string | undefined {
  const taken: Edit[] = [];
  for (const finding of findings) {
    if (finding.fix?.safe !== true) continue;
    const fresh = finding.fix.edits.filter((edit) => !taken.some((other) => sameInsertion(edit, other)));
    if (fresh.some((edit) => taken.some((other) => overlap(edit, other)))) continue;
    taken.push(...fresh);
  }
  if (taken.length === 0) return undefined;
  const before = parser.parse(source);
  const result = applyEdits(source, before.lineStarts, taken);
  return parser.parse(result).hasError && !before.hasError ? undefined : result;
}

/** The same import or definition asked for by two fixes is inserted once. */
function sameInsertion(left: Edit, right: Edit): boolean {
  return (
    left.line === right.line &&
    left.column === right.column &&
    left.text === right.text &&
    left.endLine === left.line &&
    left.endColumn === left.column &&
    right.endColumn === right.column &&
    right.endLine === right.line
  );
}
