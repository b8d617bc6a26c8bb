import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { analyze } from '../../extension/lint/analyze.js';
import { DEFAULT_CONFIG } from '../../extension/lint/config/config.js';
import type { LintConfig } from '../../extension/lint/config/config.js';
import type { Finding } from '../../extension/lint/findings.js';
import { fileEntry } from '../../extension/lint/resolve/values.js';
import { summarize } from '../../extension/lint/summary/extract.js';
import { PythonParser } from '../../extension/lint/syntax/parser.js';

let parser: Promise<PythonParser> | undefined;

/** The parser all tests share. */
export function sharedParser(): Promise<PythonParser> {
  return (parser ??= PythonParser.create());
}

/** The findings of a project given as paths and sources, all below `/project`. */
export async function lint(files: Record<string, string>, config: Partial<LintConfig> = {}): Promise<Finding[]> {
  const ready = await sharedParser();
  const entries = Object.entries(files).map(([path, source]) =>
    fileEntry(`/project/${path}`, summarize(ready.parse(source))),
  );
  return analyze({ files: entries, roots: ['/project'], config: { ...DEFAULT_CONFIG, ...config } }).findings;
}

/** Findings as short lines: `file:line rule severity`. */
export function brief(findings: readonly Finding[]): string[] {
  return findings.map(
    (finding) => `${finding.file.replace('/project/', '')}:${finding.line} ${finding.rule} ${finding.severity}`,
  );
}

/** A chain as short text: `handler@3 > load@7`. */
export function chainText(finding: Finding | undefined): string {
  return (finding?.chain ?? []).map((link) => `${link.function}@${link.line}`).join(' > ');
}

/** Files in a temporary folder for as long as `use` runs. */
export async function withFolder<T>(
  files: Record<string, string>,
  use: (folder: string) => T | Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'loopscope-lint-'));
  try {
    for (const [path, source] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), source);
    }
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
