import assert from 'node:assert/strict';
import fc from 'fast-check';
import { applySafeFixes, attachFixes } from '../../extension/lint/fix/apply.js';
import { applyEdits } from '../../extension/lint/fix/edits.js';
import { lineStartsOf } from '../../extension/lint/syntax/node.js';
import { lint, sharedParser } from './project.js';

const NONE: ReadonlySet<string> = new Set();

/** A source after all its safe fixes, and the rules still found in it. */
async function fixed(source: string): Promise<{ text: string; left: string[] }> {
  const parser = await sharedParser();
  const findings = await lint({ 'app.py': source });
  attachFixes(source, findings, parser, { oldestPython: 9, libraries: NONE });
  const text = applySafeFixes(source, findings, parser) ?? source;
  return { text, left: (await lint({ 'app.py': text })).map((finding) => finding.rule) };
}

/** Like {@link fixed}, for the one finding a source has, safe or not. */
async function fixedOne(source: string, rule: string, oldestPython = 9): Promise<string> {
  const parser = await sharedParser();
  const finding = (await lint({ 'app.py': source })).find((each) => each.rule === rule);
  assert.ok(finding !== undefined, `no ${rule} in ${source}`);
  attachFixes(source, [finding], parser, { oldestPython, libraries: NONE });
  assert.ok(finding.fix !== null, `no fix for ${rule}`);
  return applyEdits(source, lineStartsOf(source), finding.fix.edits);
}

describe('fixes', () => {
  it('await asyncio.sleep, however sleep was imported, and import asyncio where the docstring ends', async () => {
    const { text, left } = await fixed(
      '"""Doc."""\nfrom __future__ import annotations\nfrom time import sleep\n\nasync def f():\n    sleep(1)  # rest\n',
    );
    assert.equal(
      text,
      '"""Doc."""\nfrom __future__ import annotations\nimport asyncio\nfrom time import sleep\n\nasync def f():\n    await asyncio.sleep(1)  # rest\n',
    );
    assert.deepEqual(left, []);
  });

  it('put parentheses where the result is used at once', async () => {
    const { text, left } = await fixed(
      'import asyncio\nimport requests\n\nasync def f(u):\n    return requests.get(u, timeout=3).json()["a"]\n',
    );
    assert.equal(
      text,
      'import asyncio\nimport requests\n\nasync def f(u):\n    return (await asyncio.to_thread(requests.get, u, timeout=3)).json()["a"]\n',
    );
    assert.deepEqual(left, []);
  });

  it('keep arguments over several lines as they were written', async () => {
    const { text } = await fixed(
      'import asyncio\nimport requests\n\nasync def f(u):\n    requests.post(\n        u,\n        json={},  # body\n    )\n',
    );
    assert.equal(
      text,
      'import asyncio\nimport requests\n\nasync def f(u):\n    await asyncio.to_thread(requests.post,\n        u,\n        json={},  # body\n    )\n',
    );
  });

  it('move a with block into a thread whole, and bring out what is used after it', async () => {
    const { text, left } = await fixed(
      'import asyncio\n\nasync def f(path):\n    with open(path) as file:\n        data = file.read()\n        count = len(data)\n    return data\n',
    );
    assert.equal(
      text,
      'import asyncio\n\nasync def f(path):\n    def use_file():\n        with open(path) as file:\n            data = file.read()\n            count = len(data)\n        return data\n\n    data = await asyncio.to_thread(use_file)\n    return data\n',
    );
    assert.deepEqual(left, []);
  });

  it('leave with blocks that wait, return or rebind alone', async () => {
    for (const body of ['await g()', 'return 1', 'total = total + 1']) {
      const source = `import asyncio\n\nasync def g(): pass\n\nasync def f(path):\n    total = 0\n    with open(path) as file:\n        ${body}\n    return total\n`;
      assert.equal((await fixed(source)).text, source);
    }
  });

  it('do not tear objects away from their thread', async () => {
    const source =
      'import sqlite3\n\nasync def f(connection: sqlite3.Connection):\n    connection.execute("select 1")\n';
    assert.equal((await fixed(source)).text, source);
  });

  it('hand a blocking helper to a thread at its async caller', async () => {
    const text = await fixedOne(
      'import time\ndef slow(x): time.sleep(x)\nasync def f():\n    y = slow(1)\n',
      'blocking-sleep',
    );
    assert.equal(
      text,
      'import asyncio\nimport time\ndef slow(x): time.sleep(x)\nasync def f():\n    y = await asyncio.to_thread(slow, 1)\n',
    );
  });

  it('use run_in_executor for a Python without to_thread', async () => {
    const text = await fixedOne(
      'import asyncio\nimport subprocess\nasync def f():\n    subprocess.run(["x"], check=True)\n',
      'blocking-process',
      8,
    );
    assert.match(text, /^import functools\n/);
    assert.match(
      text,
      /await asyncio\.get_running_loop\(\)\.run_in_executor\(None, functools\.partial\(subprocess\.run, \["x"\], check=True\)\)/,
    );
  });

  it('keep a reference to a task', async () => {
    const { text, left } = await fixed(
      'import asyncio\n\nasync def job(): ...\n\nasync def f():\n    asyncio.create_task(job())\n    asyncio.create_task(job())\n',
    );
    assert.equal(
      text,
      'import asyncio\n\nbackground_tasks = set()\n\nasync def job(): ...\n\nasync def f():\n    task = asyncio.create_task(job())\n    background_tasks.add(task)\n    task.add_done_callback(background_tasks.discard)\n    task = asyncio.create_task(job())\n    background_tasks.add(task)\n    task.add_done_callback(background_tasks.discard)\n',
    );
    assert.deepEqual(left, []);
  });

  it('repair mistakes of asyncio', async () => {
    const { text, left } = await fixed(`import asyncio
import requests

async def job(): ...

async def f(**options):
    job()
    asyncio.run(job())
    await asyncio.wait([job(), job()])
    lock = asyncio.Lock(loop=None)
    tasks = asyncio.Task.all_tasks()
    loop = asyncio.get_event_loop()
    await asyncio.to_thread(requests.get("u"))
    await asyncio.to_thread(print, *options)
    await loop.run_in_executor(None, print, 1, end="")
    x = 1  # loopscope: ignore[blocking-file]
`);
    assert.equal(
      text,
      `import functools
import asyncio
import requests

async def job(): ...

async def f(**options):
    await job()
    await job()
    await asyncio.wait([asyncio.create_task(job()), asyncio.create_task(job())])
    lock = asyncio.Lock()
    tasks = asyncio.all_tasks()
    loop = asyncio.get_running_loop()
    await asyncio.to_thread(requests.get, "u")
    await asyncio.to_thread(print, **options)
    await loop.run_in_executor(None, functools.partial(print, 1, end=""))
    x = 1
`,
    );
    assert.deepEqual(left, []);
  });

  it('offer, but do not apply unasked, what changes behaviour', async () => {
    const source =
      'import asyncio\nasync def f(g):\n    try:\n        await g()\n    except BaseException:\n        pass\n';
    assert.equal((await fixed(source)).text, source);
    assert.equal(await fixedOne(source, 'cancel-swallowed'), source.replace('pass', 'raise'));
    const gather =
      'import asyncio\nasync def a(): ...\nasync def f():\n    try:\n        await asyncio.gather(a(), a())\n    except ValueError:\n        pass\n';
    assert.equal(
      await fixedOne(gather, 'gather-leaves-siblings', 11),
      gather.replace(
        'await asyncio.gather(a(), a())',
        'async with asyncio.TaskGroup() as group:\n            group.create_task(a())\n            group.create_task(a())',
      ),
    );
  });

  it('leave a file that parses, without the finding, wherever the call stands', async function () {
    this.timeout(120_000);
    const parser = await sharedParser();
    const calls = fc.constantFrom(
      'time.sleep(1)',
      'requests.get("u")',
      'requests.get("u", timeout=3)',
      'subprocess.run(["x"])',
      'shutil.rmtree("x")',
      'slow(1)',
      'slow(x=[2])',
      'os.listdir()',
      'socket.getaddrinfo("a",\n 80)',
    );
    const places = fc.constantFrom(
      'CALL', 'x = CALL', 'x = y = CALL', 'return CALL', 'x = CALL.a', 'x = CALL.b(1)[0]', 'x = CALL[0]', 'x = 1 + CALL', 'x = CALL ** 2', 'x = -CALL', 'if CALL: pass',
      'x = [CALL for _ in y]', 'x = CALL if y else CALL', 'f(CALL, k=CALL)', 'x = (CALL)', 'x = (CALL).a', 'x = not CALL', 'x: int = CALL', 'print(f"{CALL}")', 'x += CALL', 'assert CALL, CALL',
      'for x in [CALL]: pass', 'while CALL: break', 'x = {1: CALL}', 'x = lambda: 1; CALL', 'with CALL as x: pass', 'x = (z := CALL)', 'x = CALL and CALL', 'x = *CALL,', 'CALL; CALL', 'if y: CALL',
    ); // prettier-ignore
    const indents = fc.constantFrom('    ', '\t', '  ');
    const newlines = fc.constantFrom('\n', '\r\n');
    await fc.assert(
      fc.asyncProperty(calls, places, indents, newlines, async (call, place, indent, newline) => {
        const source = [
          '# comment', 'import time, requests', 'import subprocess, shutil, os, socket', 'def slow(x):', `${indent}time.sleep(x)`, '', 'async def work(y, f):', `${indent}${place.replaceAll('CALL', call.replaceAll('\n', newline))}  # end`,
          `${indent}return 1`, '',
        ].join(newline); // prettier-ignore
        if (parser.parse(source).hasError) return;
        const findings = await lint({ 'app.py': source });
        attachFixes(source, findings, parser, { oldestPython: 9, libraries: NONE });
        for (const finding of findings) {
          if (finding.fix === null) continue;
          const text = applyEdits(source, lineStartsOf(source), finding.fix.edits);
          assert.ok(!parser.parse(text).hasError, `broken by ${finding.fix.title}:\n${text}`);
          const left = await lint({ 'app.py': text });
          assert.equal(
            left.filter((each) => each.rule === finding.rule).length,
            findings.filter((each) => each.rule === finding.rule).length - 1,
            text,
          );
          assert.ok(newline === '\n' || !/[^\r]\n/.test(text), 'line breaks mixed');
        }
        const all = applySafeFixes(source, findings, parser);
        assert.ok(all === undefined || !parser.parse(all).hasError);
      }),
      { numRuns: 150 },
    );
  });
});
