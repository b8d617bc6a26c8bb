import assert from 'node:assert/strict';
import fc from 'fast-check';
import { applySafeFixes, attachFixes } from '../../extension/lint/fix/apply.js';
import { applyEdits } from '../../extension/lint/fix/edits.js';
import { lineStartsOf } from '../../extension/lint/syntax/node.js';
import { lint, sharedParser } from './project.js';

/** For every rule with a fix, statements of a coroutine it finds fault with. */
const FAULTS: Record<string, readonly string[]> = {
  'blocking-sleep': ['time.sleep(1)', 'x = [time.sleep(y)]'],
  'blocking-network': ['x = requests.get("u", timeout=3).json()["a"]', 'return requests.get("u")'],
  'blocking-process': ['subprocess.run(["a"], check=True)'],
  'blocking-file': ['shutil.rmtree("x")', 'with open("x") as file:\n    x = file.read()'],
  'blocking-path': ['if os.path.exists("x"):\n    y()'],
  'blocking-lock': ['concurrent.futures.wait(y)'],
  'blocking-terminal': ['x = input("> ") or 3'],
  'blocking-cpu': ['x = bcrypt.hashpw(y, f)'],
  'never-awaited': ['other(1)', 'asyncio.sleep(1)', 'if other(y):\n    f()'],
  'task-dropped': ['asyncio.create_task(other(1))', '_ = asyncio.ensure_future(other(2))'],
  'nested-loop-run': [
    'asyncio.run(other(1))',
    'x = asyncio.run(other(y)).a',
    'loop = asyncio.get_event_loop()\nloop.run_until_complete(other(1))',
  ],
  'wait-given-coroutines': [
    'await asyncio.wait([other(1), other(2)])',
    'done, rest = await asyncio.wait({other(i) for i in y})',
  ],
  'removed-loop-parameter': [
    'x = asyncio.Lock(loop=f)',
    'await asyncio.sleep(1, loop=f)',
    'await asyncio.wait_for(other(1), loop=f, timeout=3)',
  ],
  'removed-task-method': ['x = asyncio.Task.all_tasks()', 'asyncio.Task.current_task()'],
  'event-loop-lookup': ['loop = asyncio.get_event_loop()'],
  'called-not-passed': [
    'await asyncio.to_thread(slow(1))',
    'await asyncio.get_running_loop().run_in_executor(None, slow(x=2))',
  ],
  'keywords-as-positional': ['f(1, *kwargs)'],
  'executor-keywords': ['await asyncio.get_running_loop().run_in_executor(None, slow, x=1)'],
  'stale-ignore': ['x = 1  # loopscope: ignore[blocking-sleep] long gone', '# loopscope: ignore[blocking-file]'],
  'cancel-swallowed': [
    'try:\n    await other(1)\nexcept asyncio.CancelledError:\n    pass',
    'try:\n    await other(1)\nexcept BaseException as error:\n    f(error)',
  ],
  'gather-leaves-siblings': ['try:\n    await asyncio.gather(other(1), other(2))\nfinally:\n    f()'],
};

/** Statements around the fault; `@` stands for it. */
const PLACES = [
  '@',
  'if y:\n    @\nelse:\n    f()',
  'for i in y:\n    f(i)\n    @',
  'async with f:\n    @',
  'try:\n    @\nfinally:\n    f()',
  'while y:\n    if f():\n        @\n    await other(3)',
  'def inner():\n    return 2\n@',
  'x = """\na\n"""\n@',
];

const HEADS = [
  'import asyncio, time, requests, subprocess, shutil, os, bcrypt, concurrent.futures',
  '"""A module."""\nfrom __future__ import annotations\nimport time\nimport requests, subprocess, shutil, os, bcrypt, concurrent.futures\nimport asyncio',
  '#!/usr/bin/env python3\n# -*- coding: utf-8 -*-\nimport asyncio\nimport time, requests, subprocess, shutil, os, bcrypt\nimport concurrent.futures\n',
];

/** Lines of `inner`, each as far in as the `@` of `outer`. */
function placed(outer: string, inner: string): string {
  return outer
    .split('\n')
    .map((line) => line.replace(/^(\s*)@$/, (_, indent: string) => inner.replace(/^/gm, indent)))
    .join('\n');
}

interface Case {
  head: string;
  place: string;
  fault: string;
  isMethod: boolean;
  indent: string;
  newline: string;
}

function sourceOf({ head, place, fault, isMethod, indent, newline }: Case): string {
  const body = placed('async def work(SELFy, f, **kwargs):\n    @\n    return 1', placed(place, fault));
  const owned = isMethod ? `class Worker:\n${body.replace(/^/gm, '    ')}` : body;
  const text = `${head}\n\nasync def other(x): return x\ndef slow(x): time.sleep(x)\n\n${owned}\n`;
  return text
    .replace('SELF', isMethod ? 'self, ' : '')
    .replace(/^(?: {4})+/gm, (spaces) => indent.repeat(spaces.length / 4))
    .replaceAll('\n', newline);
}

describe('every rule that has a fix', () => {
  for (const [rule, faults] of Object.entries(FAULTS)) {
    it(`${rule}: leaves a file that parses, without the finding and without another mistake in its place`, async function () {
      this.timeout(120_000);
      const parser = await sharedParser();
      const cases = fc.record({
        head: fc.constantFrom(...HEADS),
        place: fc.constantFrom(...PLACES),
        fault: fc.constantFrom(...faults),
        isMethod: fc.boolean(),
        indent: fc.constantFrom('    ', '\t', '  '),
        newline: fc.constantFrom('\n', '\r\n'),
      });
      let fixes = 0;
      const property = fc.asyncProperty(cases, async (one) => {
        const source = sourceOf(one);
        assert.ok(!parser.parse(source).hasError, `not Python:\n${source}`);
        const findings = await lint({ 'app.py': source });
        const found = findings.filter((finding) => finding.rule === rule);
        assert.ok(found.length > 0, `nothing found in\n${source}`);
        attachFixes(source, findings, parser, { oldestPython: 11, libraries: new Set() });
        for (const { fix } of found) {
          if (fix === null) continue;
          fixes++;
          const text = applyEdits(source, lineStartsOf(source), fix.edits);
          assert.ok(!parser.parse(text).hasError, `broken by "${fix.title}":\n${text}`);
          const left = await lint({ 'app.py': text });
          assert.ok(left.filter((finding) => finding.rule === rule).length < found.length, `still there:\n${text}`);
          const others = (all: typeof left): number =>
            all.filter((finding) => finding.rule !== rule && finding.severity !== 'hint').length;
          assert.ok(others(left) <= others(findings), `"${fix.title}" makes another mistake:\n${text}`);
          if (one.newline === '\r\n') assert.doesNotMatch(text, /[^\r]\n/);
        }
        const all = applySafeFixes(source, findings, parser);
        assert.ok(all === undefined || !parser.parse(all).hasError, all);
      });
      await fc.assert(property, { numRuns: 40 });
      assert.ok(fixes > 0, 'no fix was offered');
    });
  }
});
