import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { summarize } from '../../extension/lint/summary/extract.js';
import { CallFlag } from '../../extension/lint/summary/types.js';
import type { FileSummary } from '../../extension/lint/summary/types.js';
import { sharedParser } from './project.js';

interface AstFacts {
  path: string;
  definitions: [string, string, number][];
  imports: [number, string, string[]][];
  calls: ([number, number] | null)[];
}

/** Parenthesised expressions whose continuation lines are indented less than the block: the grammar takes them for a dedent. */
const BEYOND_THE_GRAMMAR = /\/test\/test_compile\.py$/;

/** Interpreters to compare with: those of pyenv, and those `LOOPSCOPE_PYTHONS` lists. */
function interpreters(): string[] {
  const versions = join(process.env['PYENV_ROOT'] ?? join(homedir(), '.pyenv'), 'versions');
  const pyenv = existsSync(versions)
    ? readdirSync(versions).map((version) => join(versions, version, 'bin', 'python'))
    : [];
  const listed = (process.env['LOOPSCOPE_PYTHONS'] ?? '').split(/[:,\s]+/).filter((path) => path !== '');
  return [...new Set([...pyenv, ...listed])].filter((path) => existsSync(path));
}

/** The standard library of an interpreter, tests included, without what others installed. */
function standardLibrary(python: string): { version: string; files: string[] } {
  const [version = '', folder = ''] = execFileSync(
    python,
    ['-c', 'import sys, os; print("%d.%d" % sys.version_info[:2]); print(os.path.dirname(os.__file__))'],
    { encoding: 'utf8' },
  )
    .trim()
    .split('\n');
  const files = (readdirSync(folder, { recursive: true }) as string[]).filter(
    (name) =>
      name.endsWith('.py') &&
      !BEYOND_THE_GRAMMAR.test(`/${name}`) &&
      !/site-packages|lib2to3\/tests\/data|bad_?coding|badsyntax/.test(name),
  );
  return { version, files: files.sort().map((name) => join(folder, name)) };
}

const sorted = (values: readonly unknown[]): string[] => values.map((value) => JSON.stringify(value)).sort();

function definitionsOf(summary: FileSummary): unknown[] {
  return [
    ...summary.functions
      .filter((each) => !each.isLambda && each.name !== '<module>')
      .map((each) => [each.isAsync ? 'async def' : 'def', each.name, each.decorators.length]),
    ...summary.classes.map((each) => ['class', each.name, each.bases.length]),
  ];
}

function importsOf(summary: FileSummary): unknown[] {
  return summary.imports.map((each) => [each.line, each.module, each.names]);
}

describe('the extractor, compared with the interpreter over its standard library', function () {
  this.timeout(600_000);
  const wanted = new Set(
    process.env['LOOPSCOPE_PYTHONS'] !== undefined
      ? ['3.9', '3.10', '3.11', '3.12', '3.13', '3.14', '3.15']
      : ['3.11', '3.13'],
  );
  for (const python of interpreters()) {
    const { version, files } = standardLibrary(python);
    if (!wanted.has(version)) continue;
    it(`finds the same definitions, imports and calls in Python ${version}`, async () => {
      const folder = mkdtempSync(join(tmpdir(), 'loopscope-ast-'));
      const list = join(folder, 'paths');
      writeFileSync(list, files.join('\n'));
      const output = execFileSync(python, [resolve('test/lint/ast_facts.py'), list], {
        encoding: 'utf8',
        maxBuffer: 1 << 29,
      });
      rmSync(folder, { recursive: true });
      const parser = await sharedParser();
      const differing: string[] = [];
      let calls = 0;
      let definitions = 0;
      for (const line of output.trim().split('\n')) {
        const facts = JSON.parse(line) as AstFacts;
        const file = parser.parse(readFileSync(facts.path, 'utf8'));
        const summary = summarize(file, { everyCall: true });
        const explicit = summary.functions
          .flatMap((each) => each.calls)
          .filter((call) => (call.flags & CallFlag.implicit) === 0);
        const places = new Set(explicit.map((call) => `${call.line}:${call.endColumn}`));
        calls += facts.calls.length;
        definitions += facts.definitions.length;
        try {
          assert.deepEqual(sorted(definitionsOf(summary)), sorted(facts.definitions));
          assert.deepEqual(sorted(importsOf(summary)), sorted(facts.imports));
          assert.equal(explicit.length, facts.calls.length);
          assert.deepEqual(
            facts.calls.filter((call) => call !== null && !places.has(`${call[0]}:${call[1]}`)),
            [],
          );
        } catch (error) {
          differing.push(`${facts.path}: ${error instanceof Error ? error.message.slice(0, 600) : ''}`);
        }
      }
      assert.ok(
        definitions > 10_000 && calls > 50_000,
        `only ${definitions} definitions and ${calls} calls were compared`,
      );
      assert.deepEqual(differing, []);
    });
  }
});
