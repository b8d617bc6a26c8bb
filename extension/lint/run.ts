import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { analyze } from './analyze.js';
import type { Workspace } from './analyze.js';
import { ConfigError, DEFAULT_CONFIG, parseConfig } from './config/config.js';
import type { LintConfig } from './config/config.js';
import { joinEvidence, parseEvidence } from './evidence/evidence.js';
import { compareFindings, severityRank } from './findings.js';
import type { Finding } from './findings.js';
import { UsageError } from './options.js';
import type { Options } from './options.js';
import { fileEntry } from './resolve/values.js';
import type { FileEntry } from './resolve/values.js';
import { summarize } from './summary/extract.js';
import { PythonParser } from './syntax/parser.js';
import { findConfig, importedFiles, projectFolder, pythonFiles, slashed } from './workspace/discover.js';
import { changedLines } from './workspace/gitdiff.js';
import { summarizeFiles } from './workspace/summarizer.js';

/** A run of the command: the findings of the files asked about, and the workspace they were found in. */
export interface RunResult {
  findings: Finding[];
  workspace: Workspace;
  /** Files asked about, as opposed to files only read because those import them. */
  asked: ReadonlySet<string>;
  failures: { path: string; reason: string }[];
  /** What standard input was taken for. */
  stdinPath: string | undefined;
}

/** Follow imports of single files at most this many files far. */
const MOST_IMPORTED = 2000;

/**
 * Lints the paths of a command line.
 * @param script what threads are started from
 * @param stdin the text of standard input when a path is `-`
 * @throws UsageError, ConfigError
 */
export async function run(options: Options, script: string, stdin: string | undefined): Promise<RunResult> {
  if (options.paths.length === 0)
    throw new UsageError('no path given: name the files or folders to check, such as "loopscope-lint .".');
  const absolute = options.paths.filter((path) => path !== '-').map((path) => resolve(path));
  for (const path of absolute)
    if (!existsSync(path)) throw new UsageError(`${path} does not exist: name an existing file or folder.`);
  const first = absolute[0] ?? resolve(options.stdinFilename ?? '.');
  const start = absolute[0] !== undefined && statSync(first).isDirectory() ? first : dirname(first);
  const config = loadConfig(options.config, start);
  const folders = absolute.filter((path) => statSync(path).isDirectory());
  const singles = absolute.filter((path) => !folders.includes(path)).map(slashed);
  const roots = [
    ...new Set([
      ...folders,
      ...[...folders, ...singles.map((path) => dirname(path)), start].flatMap((folder) => projectFolder(folder) ?? []),
    ]),
  ].map(slashed);
  const paths = new Set<string>(singles);
  for (const folder of folders) for (const path of await pythonFiles(folder, config.excludes)) paths.add(path);
  const { files, failures } = await summarizeFiles([...paths], script);
  const asked = new Set(paths);
  if (options.paths.includes('-')) {
    const path = slashed(resolve(options.stdinFilename ?? 'stdin.py'));
    const parser = await PythonParser.create();
    const entry = fileEntry(path, summarize(parser.parse(stdin ?? '')));
    const existing = files.findIndex((file) => file.path === path);
    if (existing >= 0) files.splice(existing, 1, entry);
    else files.push(entry);
    asked.add(path);
    paths.add(path);
    singles.push(path);
  }
  if (singles.length > 0) await followImports(files, singles, roots, paths, script);
  const workspace: Workspace = { files, roots, config };
  let { findings } = analyze(workspace);
  if (options.evidence !== undefined) findings = withEvidence(findings, options.evidence, asked);
  const least = severityRank(options.minSeverity);
  findings = findings.filter((finding) => asked.has(finding.file) && severityRank(finding.severity) >= least);
  if (options.diff !== undefined) {
    const changed = changedLines(options.diff, start);
    findings = findings.filter((finding) => {
      const lines = changed.get(finding.file);
      return lines === 'all' || lines?.has(finding.line) === true;
    });
  }
  return {
    findings,
    workspace,
    asked,
    failures,
    stdinPath: options.paths.includes('-') ? slashed(resolve(options.stdinFilename ?? 'stdin.py')) : undefined,
  };
}

function withEvidence(findings: readonly Finding[], path: string, asked: ReadonlySet<string>): Finding[] {
  if (!existsSync(path)) throw new UsageError(`--evidence: ${path} does not exist: name the report of a run.`);
  const joined = joinEvidence(findings, parseEvidence(readFileSync(path, 'utf8'), path), (file) => asked.has(file));
  return joined.sort(compareFindings);
}

/** The configuration of a run. @throws ConfigError */
export function loadConfig(path: string | undefined, start: string): LintConfig {
  const found = path === undefined ? findConfig(start) : resolve(path);
  if (found === undefined) return DEFAULT_CONFIG;
  if (!existsSync(found)) throw new ConfigError(`${found} does not exist: name an existing file with --config.`);
  return parseConfig(readFileSync(found, 'utf8'), found);
}

/** Reads what single files import from the project, so that chains through helpers are found for them too. */
async function followImports(
  files: FileEntry[],
  singles: readonly string[],
  roots: readonly string[],
  known: Set<string>,
  script: string,
): Promise<void> {
  const places = roots.flatMap((root) => [root, `${root}/src`]);
  let fresh = files.filter((file) => singles.includes(file.path));
  while (fresh.length > 0 && known.size < MOST_IMPORTED) {
    const wanted = new Set<string>();
    for (const file of fresh) {
      for (const one of file.summary.imports) {
        for (const path of importedFiles(one.module, one.names, file.path, places))
          if (!known.has(path)) wanted.add(path);
      }
    }
    for (const path of wanted) known.add(path);
    fresh = (await summarizeFiles([...wanted], script)).files;
    files.push(...fresh);
  }
}
