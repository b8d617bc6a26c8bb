import assert from 'node:assert/strict';
import fc from 'fast-check';
import { analyze } from '../../extension/lint/analyze.js';
import { DEFAULT_CONFIG } from '../../extension/lint/config/config.js';
import { applyEdits } from '../../extension/lint/fix/edits.js';
import { makeAsync } from '../../extension/lint/fix/makeAsync.js';
import { fileEntry } from '../../extension/lint/resolve/values.js';
import { summarize } from '../../extension/lint/summary/extract.js';
import { lineStartsOf } from '../../extension/lint/syntax/node.js';
import { lint, sharedParser } from './project.js';

interface Made {
  /** The changed files; undefined where it was refused. */
  files?: Record<string, string>;
  refusal?: string;
}

/** The project after its first finding through a helper was removed by making the helpers asynchronous. */
async function made(sources: Record<string, string>): Promise<Made> {
  const parser = await sharedParser();
  const files = Object.entries(sources).map(([path, source]) =>
    fileEntry(`/project/${path}`, summarize(parser.parse(source))),
  );
  const analysis = analyze({ files, roots: ['/project'], config: DEFAULT_CONFIG });
  const finding = analysis.findings.find(({ chain, rule }) => chain.length > 1 && rule.startsWith('blocking-'));
  assert.ok(finding !== undefined, 'nothing found through a helper');
  const displayed = (path: string): string => path.replace('/project/', '');
  const textOf = (path: string): string | undefined => sources[displayed(path)];
  const plan = makeAsync(finding, { analysis, files, parser, oldestPython: 9, textOf, displayed });
  if ('refusal' in plan) return { refusal: plan.refusal };
  const result: Record<string, string> = {};
  for (const [path, edits] of plan.edits) {
    const source = textOf(path) ?? '';
    const text = applyEdits(source, lineStartsOf(source), edits);
    assert.ok(!parser.parse(text).hasError, `broken:\n${text}`);
    result[displayed(path)] = text;
  }
  const left = await lint({ ...sources, ...result });
  const isThere = left.some(
    ({ file, function: name, rule, chain }) =>
      file === finding.file && name === finding.function && rule === finding.rule && chain.length > 0,
  );
  assert.ok(!isThere, `still there:\n${JSON.stringify(left)}\n${JSON.stringify(result)}`);
  const mistakes = left.filter(({ rule }) => rule === 'never-awaited');
  assert.deepEqual(mistakes, [], Object.values(result).join('\n'));
  return { files: result };
}

const HELPERS = `import requests

def outer(url):
    return inner(url)["a"]

def inner(url):
    return requests.get(url).json()
`;
const APP = `from helpers import outer

async def first(url):
    return outer(url).strip()

async def second(url):
    print([outer(one) for one in url])
`;

describe('making functions asynchronous through their callers', () => {
  it('changes every function on the way, awaits every call in every file, and replaces the call that blocks', async () => {
    assert.deepEqual(await made({ 'app.py': APP, 'helpers.py': HELPERS }), {
      files: {
        'helpers.py': `import asyncio
import requests

async def outer(url):
    return (await inner(url))["a"]

async def inner(url):
    return (await asyncio.to_thread(requests.get, url)).json()
`,
        'app.py': `from helpers import outer

async def first(url):
    return (await outer(url)).strip()

async def second(url):
    print([await outer(one) for one in url])
`,
      },
    });
  });

  it('changes methods, and leaves functions of the same name alone', async () => {
    const source = `import time
class Worker:
    def load(self): time.sleep(1)
    async def run(self, other: "Other"):
        self.load()
        other.load()
class Other:
    def load(self): ...
async def load(): ...
`;
    const { files } = await made({ 'app.py': source });
    assert.equal(
      files?.['app.py'],
      source
        .replace('import time', 'import asyncio\nimport time')
        .replace('    def load(self): time.sleep', '    async def load(self): await asyncio.sleep')
        .replace('        self.load()', '        await self.load()'),
    );
  });

  const refusals: Record<string, [string, RegExp]> = {
    'a caller that is not async': [
      'def other(): load()\n',
      /^load\(\) is also called by other\(\) in app\.py:5, which is not async\.$/,
    ],
    'a call at module level': ['load()\n', /by the module itself in app\.py:5, which is not async/],
    'a function passed as a value': [
      'def other(run): run(load)\n',
      /^load\(\) is used as a value or under another name in app\.py:5/,
    ],
    'another name': ['again = load\n', /used as a value or under another name in app\.py:5/],
    'a name in a string': [
      'import app\ndef other(): getattr(app, "load")()\n',
      /is used as a value .* in app\.py:6|also called by/,
    ],
    'a lambda': ['async def other(x): return [lambda: load(), x]\n', /is not async|nothing can be awaited/],
    'a generator expression': [
      'async def other(x): return list(load() for _ in x)\n',
      /^load\(\) is called in app\.py:5 where nothing can be awaited/,
    ],
  };
  for (const [what, [source, sentence]] of Object.entries(refusals))
    it(`refuses with a sentence because of ${what}`, async () => {
      const { refusal, files } = await made({
        'app.py': `import time\ndef load(): time.sleep(1)\nasync def f():\n    load()\n${source}`,
      });
      assert.equal(files, undefined);
      assert.match(refusal ?? '', sentence);
    });

  const definitions: Record<string, [string, RegExp]> = {
    'a generator': [
      'def load():\n    time.sleep(1)\n    yield\nasync def f():\n    for _ in load(): ...\n',
      /is a generator/,
    ],
    'a property': [
      'class C:\n    @property\n    def load(self): time.sleep(1)\nasync def f(c: C):\n    c.load\n',
      /^C\.load\(\) is decorated/,
    ],
    'a constructor': [
      'class C:\n    def __init__(self): time.sleep(1)\nasync def f():\n    C()\n',
      /called by Python itself/,
    ],
    'a method that another class overrides': [
      'class C:\n    def load(self): time.sleep(1)\nclass D(C):\n    def load(self): ...\nasync def f(c: C):\n    c.load()\n',
      /overridden or overrides: D has it too/,
    ],
    'a method of a class of a library': [
      'import threading\nclass C(threading.Thread):\n    def load(self): time.sleep(1)\nasync def f(c: C):\n    c.load()\n',
      /may be called by threading\.Thread, which C derives from/,
    ],
    'a call of an object that nobody knows': [
      'class C:\n    def load(self): time.sleep(1)\nasync def f(c: C, d):\n    c.load()\n    d.load()\n',
      /^Whether app\.py:6 calls load\(\) cannot be seen\.$/,
    ],
    'a call that blocks and has no replacement': [
      'import sqlite3\ndef load(c: sqlite3.Connection):\n    c.execute("")\nasync def f(c: sqlite3.Connection):\n    load(c)\n',
      /no replacement is known: change it first/,
    ],
  };
  for (const [what, [source, sentence]] of Object.entries(definitions))
    it(`refuses with a sentence because of ${what}`, async () => {
      assert.match((await made({ 'app.py': `import time\n${source}` })).refusal ?? '', sentence);
    });

  it('leaves files that parse, without the finding and without a coroutine that is not awaited', async function () {
    this.timeout(120_000);
    const uses = fc.constantFrom(
      '@',
      'x = @',
      'return @',
      'if @: pass',
      'x = @.a["b"]',
      'x = -@',
      'print(@, [@ for _ in y])',
    );
    const cases = fc.record({
      blocks: fc.constantFrom(
        'time.sleep(1)',
        'x = requests.get(y).text',
        'with open(y) as file:\n    x = file.read()',
      ),
      inner: uses,
      outer: uses,
      isMethod: fc.boolean(),
      isApart: fc.boolean(),
      indent: fc.constantFrom('    ', '\t'),
      newline: fc.constantFrom('\n', '\r\n'),
    });
    const block = (text: string, indent: string): string => text.replace(/^/gm, indent);
    const property = fc.asyncProperty(cases, async ({ blocks, inner, outer, isMethod, isApart, indent, newline }) => {
      const call = (name: string): string => (isMethod ? `self.${name}(y)` : `${name}(y)`);
      const define = (head: string, body: string): string =>
        `${head}(${isMethod ? 'self, ' : ''}y):\n${block(body, indent)}\n`;
      const low = define('def low', blocks);
      const middle = define('def middle', inner.replaceAll('@', call('low')));
      const top = define('async def top', outer.replaceAll('@', call('middle')));
      const head = 'import time, requests\n';
      const isSplit = isApart && !isMethod;
      const sources = isMethod
        ? { 'app.py': `${head}class C:\n${block(low + middle + top, indent)}\n` }
        : isSplit
          ? { 'low.py': head + low, 'app.py': `from low import low\n${middle}${top}` }
          : { 'app.py': head + low + middle + top };
      const written = Object.fromEntries(
        Object.entries(sources).map(([path, text]) => [path, text.replaceAll('\n', newline)]),
      );
      const { files, refusal } = await made(written);
      assert.equal(refusal, undefined);
      assert.equal(Object.keys(files ?? {}).length, isSplit ? 2 : 1);
      for (const text of Object.values(files ?? {})) if (newline === '\r\n') assert.doesNotMatch(text, /[^\r]\n/);
    });
    await fc.assert(property, { numRuns: 60 });
  });
});
