#!/usr/bin/env node
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { ConfigError } from './config/config.js';
import { EvidenceError } from './evidence/evidence.js';
import type { Finding } from './findings.js';
import { applySafeFixes, attachFixes, projectOf } from './fix/apply.js';
import { HELP, parseOptions, UsageError } from './options.js';
import { jsonReport } from './report/json.js';
import { sarifReport } from './report/sarif.js';
import { textReport } from './report/text.js';
import { RULES } from './rules/registry.js';
import { run } from './run.js';
import type { RunResult } from './run.js';
import { moduleFolder, PythonParser } from './syntax/parser.js';
import { decodeSource, serveSummaries } from './workspace/summarizer.js';

/** The most rounds of fixes: a fix may uncover another finding, but not for ever. */
const MOST_ROUNDS = 5;

/** The `loopscope-lint` command. Resolves to its exit status. */
async function main(args: readonly string[]): Promise<number> {
  const options = parseOptions(args);
  if (options.help) return print(HELP);
  if (options.version) return print(`loopscope-lint ${version()}\n`);
  if (options.rules)
    return print(RULES.map((rule) => `${rule.id.padEnd(28)} ${rule.severity.padEnd(12)} ${rule.title}\n`).join(''));
  if (options.fix && options.paths.includes('-'))
    throw new UsageError('--fix cannot change standard input: name the file instead.');
  const stdin = options.paths.includes('-') ? await text(process.stdin) : undefined;
  const script = process.argv[1] ?? __filename;
  let result = await run(options, script, stdin);
  if (options.fix) {
    let fixed = 0;
    for (let round = 0; round < MOST_ROUNDS; round++) {
      const count = await fixFiles(result);
      if (count === 0) break;
      fixed += count;
      result = await run(options, script, stdin);
    }
    process.stderr.write(`loopscope-lint: ${fixed} ${fixed === 1 ? 'change' : 'changes'} written.\n`);
  }
  for (const failure of result.failures)
    process.stderr.write(`loopscope-lint: ${failure.path} was left out: ${failure.reason}\n`);
  const { findings } = result;
  if (options.format !== 'text') await attachAll(result, stdin);
  const folder = process.cwd();
  if (options.format === 'json') await write(jsonReport(findings));
  else if (options.format === 'sarif') await write(sarifReport(findings, folder, version()));
  else await write(textReport(findings, folder));
  return findings.length > 0 ? 1 : 0;
}

function byFile(findings: readonly Finding[]): Map<string, Finding[]> {
  const groups = new Map<string, Finding[]>();
  for (const finding of findings) {
    const group = groups.get(finding.file);
    if (group === undefined) groups.set(finding.file, [finding]);
    else group.push(finding);
  }
  return groups;
}

async function attachAll(result: RunResult, stdin: string | undefined): Promise<void> {
  const parser = await PythonParser.create();
  const project = projectOf(result.workspace);
  for (const [file, findings] of byFile(result.findings)) {
    const source = result.stdinPath === file ? stdin : existsSync(file) ? decodeSource(readFileSync(file)) : undefined;
    if (source !== undefined) attachFixes(source, findings, parser, project);
  }
}

/** Writes the safe fixes into the files and returns in how many. A file that is not UTF-8 is left alone. */
async function fixFiles(result: RunResult): Promise<number> {
  const parser = await PythonParser.create();
  const project = projectOf(result.workspace);
  let count = 0;
  for (const [file, findings] of byFile(result.findings)) {
    const bytes = readFileSync(file);
    const source = bytes.toString('utf8');
    if (!Buffer.from(source, 'utf8').equals(bytes)) continue;
    attachFixes(source, findings, parser, project);
    const fixed = applySafeFixes(source, findings, parser);
    if (fixed === undefined || fixed === source) continue;
    writeFileSync(file, fixed);
    count++;
  }
  return count;
}

async function print(output: string): Promise<number> {
  await write(output);
  return 0;
}

/** Writes all of it before the process may end; a closed pipe is the reader's choice, not an error. */
function write(output: string): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.on('error', (error: NodeJS.ErrnoException) => (error.code === 'EPIPE' ? resolve() : reject(error)));
    process.stdout.write(output, () => resolve());
  });
}

function version(): string {
  for (const folder of [join(moduleFolder(), '..'), join(moduleFolder(), '..', '..')]) {
    try {
      const found = (JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version?: string }).version;
      if (found !== undefined) return found;
    } catch {
      continue;
    }
  }
  return 'unknown';
}

if (!serveSummaries()) {
  main(process.argv.slice(2)).then(
    (status) => {
      process.exitCode = status;
    },
    (error: unknown) => {
      const known = error instanceof UsageError || error instanceof ConfigError || error instanceof EvidenceError;
      process.stderr.write(
        `loopscope-lint: ${known ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
      );
      process.exitCode = 2;
    },
  );
}
