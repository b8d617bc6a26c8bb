import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import Ajv from 'ajv';
import { withFolder } from './project.js';
import sarifShape from './sarif-2.1.0-subset.json' with { type: 'json' };

const CLI = resolve('extension/lint/cli.ts');
const PROJECT = {
  'pkg/__init__.py': '',
  'pkg/net.py': 'import requests\n\n\ndef load():\n    return requests.get("u")\n',
  'pkg/app.py': 'import time\nfrom .net import load\n\n\nasync def handler():\n    time.sleep(1)\n    return load()\n',
};

interface Row {
  file: string;
  line: number;
  column: number;
  endLine: number;
  endColumn: number;
  rule: string;
  severity: string;
  message: string;
  chain: { file: string; line: number; function: string }[];
  fix: { title: string; edits: unknown[] } | null;
}

function run(
  args: readonly string[],
  folder: string,
  input?: string,
): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', CLI, ...args], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, NODE_PATH: resolve('node_modules') },
    ...(input === undefined ? {} : { input }),
  });
  return { status, stdout, stderr };
}

function rows(output: string): Row[] {
  return JSON.parse(output) as Row[];
}

describe('loopscope-lint', function () {
  this.timeout(60_000);
  // The loader is found from the checkout, so the command is started there and given absolute paths.
  const checkout = resolve('.');

  it('prints JSON as the public surface says, with absolute paths, chains and fixes', () =>
    withFolder(PROJECT, (folder) => {
      const { status, stdout } = run(['--format', 'json', folder], checkout);
      assert.equal(status, 1);
      const found = rows(stdout);
      assert.deepEqual(Object.keys(found[0] ?? {}), [
        'file',
        'line',
        'column',
        'endLine',
        'endColumn',
        'rule',
        'severity',
        'message',
        'chain',
        'fix',
      ]);
      assert.deepEqual(
        found.map((row) => [row.file, row.line, row.column, row.rule]),
        [
          [join(folder, 'pkg/app.py'), 6, 5, 'blocking-sleep'],
          [join(folder, 'pkg/app.py'), 7, 12, 'blocking-network'],
        ],
      );
      assert.equal(found[0]?.fix?.title, 'Await asyncio.sleep');
      assert.deepEqual(found[1]?.chain, [
        { file: join(folder, 'pkg/app.py'), line: 7, function: 'handler' },
        { file: join(folder, 'pkg/net.py'), line: 5, function: 'load' },
      ]);
    }));

  it('follows the imports of a single file, and reports only on that file', () =>
    withFolder(PROJECT, (folder) => {
      const found = rows(run(['--format=json', join(folder, 'pkg/app.py')], checkout).stdout);
      assert.deepEqual(
        found.map((row) => row.line),
        [6, 7],
      );
    }));

  it('exits 0 and says nothing when there is nothing to say', () =>
    withFolder({ 'a.py': 'x = 1\n' }, (folder) => {
      assert.deepEqual(run([folder], checkout), { status: 0, stdout: '', stderr: '' });
      assert.equal(run([folder, '--format', 'json'], checkout).stdout, '[]\n');
    }));

  it('reports and counts hints as well, unless asked for what is more severe', () =>
    withFolder({ 'a.py': 'import os\n\nasync def f():\n    os.path.exists("x")\n' }, (folder) => {
      const all = run([folder], checkout);
      assert.equal(all.status, 1);
      assert.match(all.stdout, /blocking-path/);
      assert.deepEqual(run([folder, '--min-severity', 'warning'], checkout), { status: 0, stdout: '', stderr: '' });
      assert.equal(run([folder, '--min-severity=hint'], checkout).status, 1);
    }));

  it('exits 2 with one sentence when it cannot run', () =>
    withFolder(
      {
        'bad.json': '{',
        'unknown.json': '{"rules": {"nope": "off"}}',
        'bad.toml': '[tool.loopscope]\nrules = 3\n',
        'a.py': '',
      },
      (folder) => {
        const cases: [string[], RegExp][] = [
          [[], /no path given/],
          [[join(folder, 'missing')], /does not exist/],
          [['--format', 'xml', folder], /must be text, json or sarif/],
          [['--min-severity', 'grave', folder], /must be error, warning, information or hint/],
          [['--nonsense', folder], /unknown option --nonsense/],
          [['--config', join(folder, 'bad.json'), folder], /cannot be read/],
          [['--config', join(folder, 'unknown.json'), folder], /unknown rule "nope"/],
          [['--config', join(folder, 'bad.toml'), folder], /"rules" must be an object/],
          [['--evidence', join(folder, 'a.py'), folder], /is not JSON/],
          [['--diff', 'HEAD', folder], /git could not tell/],
        ];
        for (const [args, message] of cases) {
          const { status, stdout, stderr } = run(args, checkout);
          assert.equal(status, 2, args.join(' '));
          assert.equal(stdout, '');
          assert.match(stderr, message);
          assert.equal(stderr.trim().split('\n').length, 1);
        }
      },
    ));

  it('reads settings from pyproject.toml', () =>
    withFolder(
      {
        ...PROJECT,
        'pyproject.toml':
          '[project]\nrequires-python = ">=3.9"\n[tool.loopscope]\nblocking = [{ name = "vendor.fetch", kind = "network", severity = "error" }]\nexclude = ["generated"]\n[tool.loopscope.rules]\nblocking-sleep = "off"\n[tool.loopscope.paths]\n"pkg/**" = { blocking-network = "hint" }\n',
        'generated/x.py': 'import time\nasync def f():\n    time.sleep(1)\n',
        'other.py': 'import vendor\nasync def f():\n    vendor.fetch()\n',
      },
      (folder) => {
        const found = rows(run(['--format', 'json', folder], checkout).stdout);
        assert.deepEqual(
          found.map((row) => [row.file.slice(folder.length + 1), row.rule, row.severity]),
          [
            ['other.py', 'blocking-network', 'error'],
            ['pkg/app.py', 'blocking-network', 'hint'],
          ],
        );
      },
    ));

  it('prints SARIF 2.1.0', () =>
    withFolder(PROJECT, (folder) => {
      const { status, stdout } = run(['--format', 'sarif', folder], checkout);
      assert.equal(status, 1);
      const log = JSON.parse(stdout) as {
        runs: { results: { ruleId: string; codeFlows?: unknown[]; fixes?: unknown[] }[] }[];
      };
      const validate = new Ajv({ strict: false }).compile(sarifShape);
      assert.ok(validate(log), JSON.stringify(validate.errors));
      const results = log.runs[0]?.results ?? [];
      assert.deepEqual(
        results.map((result) => [result.ruleId, result.codeFlows !== undefined, result.fixes !== undefined]),
        [
          ['blocking-sleep', false, true],
          ['blocking-network', true, true],
        ],
      );
    }));

  it('applies safe fixes with --fix and reports the rest', () =>
    withFolder(
      {
        'a.py': 'import time\n\n\ndef slow():\n    time.sleep(1)\n\n\nasync def f():\n    time.sleep(1)\n    slow()\n',
      },
      (folder) => {
        const { status, stdout } = run(['--fix', '--format', 'json', folder], checkout);
        assert.equal(
          readFileSync(join(folder, 'a.py'), 'utf8'),
          'import asyncio\nimport time\n\n\ndef slow():\n    time.sleep(1)\n\n\nasync def f():\n    await asyncio.sleep(1)\n    slow()\n',
        );
        assert.equal(status, 1);
        assert.deepEqual(
          rows(stdout).map((row) => row.line),
          [11],
        );
      },
    ));

  it('lints standard input as the file it stands for', () =>
    withFolder(PROJECT, (folder) => {
      const found = rows(
        run(
          ['--format', 'json', '--stdin-filename', join(folder, 'pkg/new.py'), '-'],
          checkout,
          'from .net import load\nasync def f():\n    load()\n',
        ).stdout,
      );
      assert.deepEqual(
        found.map((row) => [row.file, row.line]),
        [[join(folder, 'pkg/new.py'), 3]],
      );
    }));

  it('keeps to changed lines with --diff', () =>
    withFolder(PROJECT, (folder) => {
      const git = (...args: string[]): string =>
        execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args], {
          cwd: folder,
          encoding: 'utf8',
        });
      git('init', '-q');
      git('add', '.');
      git('commit', '-qm', 'start');
      writeFileSync(join(folder, 'pkg/app.py'), PROJECT['pkg/app.py'].replace('return load()', 'return load() or 1'));
      writeFileSync(join(folder, 'new.py'), 'import time\nasync def f():\n    time.sleep(1)\n');
      const found = rows(run(['--format', 'json', '--diff', 'HEAD', folder], checkout).stdout);
      assert.deepEqual(
        found.map((row) => [row.file.slice(folder.length + 1), row.line]),
        [
          ['new.py', 3],
          ['pkg/app.py', 7],
        ],
      );
    }));

  it('joins findings with the report of a run', () =>
    withFolder({ ...PROJECT, 'other.py': 'import unknown\n\n\nasync def g():\n    unknown.work()\n' }, (folder) => {
      const app = join(folder, 'pkg/app.py');
      const net = join(folder, 'pkg/net.py');
      const report = {
        schema: 1,
        blocking: [
          {
            file: net, line: 5, function: 'load', callee: 'requests.get', cause: 'io', count: 17, total_seconds: 3, max_seconds: 0.412, task: 'Task-1', victims: 40,
            stack: [{ file: app, line: 7, function: 'handler' }, { file: net, line: 5, function: 'load' }],
          },
          { file: join(folder, 'other.py'), line: 5, function: 'g', callee: 'unknown.work', cause: 'cpu', count: 1, total_seconds: 0.2, max_seconds: 0.2, task: 'Task-2', victims: 1, stack: [] },
        ],
      }; // prettier-ignore
      const path = join(folder, 'report.json');
      writeFileSync(path, JSON.stringify(report));
      const found = rows(run(['--format', 'json', '--evidence', path, folder], checkout).stdout);
      const load = found.find((row) => row.line === 7);
      assert.match(
        load?.message ?? '',
        /load\(\) → requests\.get.* · measured 17 times, longest 412 ms, 40 tasks waited$/,
      );
      const surprise = found.find((row) => row.rule === 'measured-block');
      assert.deepEqual([surprise?.file, surprise?.line, surprise?.severity], [join(folder, 'other.py'), 5, 'warning']);
      assert.match(
        surprise?.message ?? '',
        /unknown\.work held the event loop \(cpu\) · measured once, longest 200 ms, 1 task waited/,
      );
    }));

  it('makes a hint of what the report says ran without harm, the whole way, and never held the loop', () =>
    withFolder(PROJECT, (folder) => {
      const app = join(folder, 'pkg/app.py');
      const net = join(folder, 'pkg/net.py');
      const found = (executed: object[], blocking: object[] = []): string[] => {
        const path = join(folder, 'report.json');
        writeFileSync(path, JSON.stringify({ schema: 1, blocking, executed }));
        return rows(run(['--format', 'json', '--evidence', path, folder], checkout).stdout).map(
          ({ line, severity, message }) => `${line} ${severity} ${message.split(' · ')[1] ?? 'foreseen'}`,
        );
      };
      const ran = (file: string, ...lines: number[]): object => ({ file, lines, threshold_ms: 100 });
      const harmless = 'hint executed in this run, never held the loop over 100 ms';
      assert.deepEqual(found([]), ['6 warning foreseen', '7 warning foreseen']);
      assert.deepEqual(found([ran(app, 6, 7)]), [`6 ${harmless}`, '7 warning foreseen']);
      assert.deepEqual(found([ran(app, 7), ran(net, 5)]), ['6 warning foreseen', `7 ${harmless}`]);
      const frame = { file: app, line: 6, function: 'handler' };
      const held = { ...frame, callee: null, cause: 'gc', count: 1, total_seconds: 1, max_seconds: 1, stack: [frame] };
      assert.deepEqual(found([ran(app, 6)], [held]), ['6 warning foreseen', '7 warning foreseen']);
    }));
});
