import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { OpenDocument } from '../../extension/lint/documents.js';
import { LintEngine } from '../../extension/lint/engine.js';
import { applyEdits } from '../../extension/lint/fix/edits.js';
import type { FromLintWorker } from '../../extension/lint/messages.js';
import { summarize } from '../../extension/lint/summary/extract.js';
import { lineStartsOf } from '../../extension/lint/syntax/node.js';
import type { SyntaxNode } from '../../extension/lint/syntax/node.js';
import { sharedParser, withFolder } from './project.js';

const PROJECT = {
  'net.py': 'import requests\n\ndef load():\n    return requests.get("u")\n',
  'app.py': 'from net import load\n\nasync def handler():\n    load()\n',
};

/** An engine with what it said, and a way to wait for what it will say. */
async function started(folder: string): Promise<{
  engine: LintEngine;
  said: FromLintWorker[];
  until: (wanted: (message: FromLintWorker) => boolean) => Promise<FromLintWorker>;
}> {
  const said: FromLintWorker[] = [];
  let wake = (): void => undefined;
  const engine = new LintEngine(await sharedParser(), (message) => {
    said.push(message);
    wake();
  });
  let seen = 0;
  const until = async (wanted: (message: FromLintWorker) => boolean): Promise<FromLintWorker> => {
    for (;;) {
      while (seen < said.length) {
        const message = said[seen++];
        if (message !== undefined && wanted(message)) return message;
      }
      await new Promise<void>((resolve) => (wake = resolve));
    }
  };
  engine.receive({ type: 'configure', roots: [folder], configFile: null, settings: {} });
  return { engine, said, until };
}

/** A syntax tree as nested lists. */
function shape({ type, start, end, children }: SyntaxNode): unknown[] {
  return [type, start, end, ...children.map(shape)];
}

const isAnalyzed = (message: FromLintWorker): boolean => message.type === 'analyzed';

describe('the lint engine', () => {
  it('reads a workspace and sends the findings of each file', () =>
    withFolder(PROJECT, async (folder) => {
      const { engine, said, until } = await started(folder);
      const done = await until(isAnalyzed);
      assert.deepEqual([done.type === 'analyzed' && done.files, done.type === 'analyzed' && done.findings], [2, 1]);
      const sent = said.flatMap((message) =>
        message.type === 'findings'
          ? [[message.path, message.version, message.findings.map((finding) => finding.line)]]
          : [],
      );
      assert.deepEqual(sent, [[join(folder, 'app.py'), null, [4]]]);
      engine.dispose();
    }));

  it('reads all of a workspace, though a file of it changes meanwhile', () => {
    const files = Object.fromEntries(Array.from({ length: 60 }, (_, number) => [`m${number}.py`, 'x = 1\n']));
    return withFolder({ ...PROJECT, ...files }, async (folder) => {
      const { engine, until } = await started(folder);
      engine.receive({ type: 'files', changed: [join(folder, 'app.py')], deleted: [] });
      await until((message) => message.type === 'analyzed' && message.files === 62 && message.findings === 1);
      engine.dispose();
    });
  });

  it('makes functions asynchronous in every file that calls them, and says why where it cannot', () =>
    withFolder({ ...PROJECT, 'other.py': 'x = 1\n' }, async (folder) => {
      const { engine, until } = await started(folder);
      await until(isAnalyzed);
      const ask = (id: number): void =>
        engine.receive({
          type: 'makeAsync',
          id,
          path: join(folder, 'app.py'),
          line: 4,
          column: 5,
          rule: 'blocking-network',
        });
      const answer = async (id: number): Promise<FromLintWorker> =>
        until((message) => message.type === 'madeAsync' && message.id === id);
      const path = join(folder, 'net.py');
      engine.receive({ type: 'open', path, version: 7, text: PROJECT['net.py'] });
      ask(1);
      const made = await answer(1);
      assert.ok(made.type === 'madeAsync' && 'files' in made);
      const texts = made.files.map(({ path: file, version, edits }) => {
        const source = file === path ? PROJECT['net.py'] : PROJECT['app.py'];
        return [file, version, applyEdits(source, lineStartsOf(source), edits)];
      });
      assert.deepEqual(texts, [
        [
          path,
          7,
          'import asyncio\nimport requests\n\nasync def load():\n    return await asyncio.to_thread(requests.get, "u")\n',
        ],
        [join(folder, 'app.py'), null, PROJECT['app.py'].replace('    load()', '    await load()')],
      ]);
      // What another document holds by now counts, though it was not analysed yet.
      const other = join(folder, 'other.py');
      engine.receive({ type: 'open', path: other, version: 1, text: 'from net import load\nload()\n' });
      ask(2);
      const refused = await answer(2);
      assert.ok(refused.type === 'madeAsync' && 'refusal' in refused);
      assert.equal(refused.refusal, 'load() is also called by the module itself in other.py:2, which is not async.');
      engine.dispose();
    }));

  it('answers an edit of an open document at once, with fixes, and then tells the files that depend on it', () =>
    withFolder(PROJECT, async (folder) => {
      const { engine, said, until } = await started(folder);
      await until(isAnalyzed);
      const app = join(folder, 'app.py');
      engine.receive({ type: 'open', path: app, version: 1, text: PROJECT['app.py'] });
      const count = said.length;
      engine.receive({
        type: 'change',
        path: app,
        version: 2,
        changes: [{ offset: PROJECT['app.py'].length, length: 0, text: '    import time\n    time.sleep(1)\n' }],
      });
      const answer = said[count];
      assert.ok(answer?.type === 'findings' && answer.version === 2);
      assert.deepEqual(
        answer.findings.map((finding) => [finding.line, finding.rule, finding.fix?.title]),
        [
          [4, 'blocking-network', 'Run load in a thread'],
          [6, 'blocking-sleep', 'Await asyncio.sleep'],
        ],
      );
      const net = join(folder, 'net.py');
      engine.receive({ type: 'open', path: net, version: 1, text: 'def load():\n    return 1\n' });
      const later = await until(
        (message) =>
          message.type === 'findings' &&
          message.path === app &&
          message.findings.length === 1 &&
          message.findings[0]?.line === 6,
      );
      assert.ok(later.type === 'findings');
      assert.deepEqual(
        later.findings.map((finding) => finding.line),
        [6],
      );
      engine.dispose();
    }));

  it('never shows the findings of a text that was edited while the workspace was analysed', () =>
    withFolder(
      {
        ...PROJECT,
        ...Object.fromEntries(Array.from({ length: 120 }, (_, index) => [`other${index}.py`, 'def f():\n    pass\n'])),
      },
      async (folder) => {
        const { engine, said, until } = await started(folder);
        await until(isAnalyzed);
        const app = join(folder, 'app.py');
        engine.receive({ type: 'open', path: app, version: 1, text: PROJECT['app.py'] });
        const before = said.length;
        engine.receive({ type: 'files', changed: [join(folder, 'other0.py')], deleted: [] });
        let version = 1;
        while (!said.slice(before).some(isAnalyzed)) {
          version++;
          const changes = [{ offset: 0, length: 0, text: '# above\n' }];
          engine.receive({ type: 'change', path: app, version, changes });
          await new Promise((resolve) => setImmediate(resolve));
        }
        assert.ok(version > 3, 'the analysis was over before an edit could fall into it');
        for (const message of said.slice(before)) {
          if (message.type !== 'findings' || message.path !== app) continue;
          assert.deepEqual(
            message.findings.map((finding) => finding.line),
            [4 + (message.version ?? 0) - 1],
          );
        }
        assert.equal(said.filter((message) => message.type === 'taken').at(-1)?.version, version);
        engine.dispose();
      },
    ));

  it('still knows while a file is typed in what its callers pass and which classes derive from its own', () =>
    withFolder(
      {
        'work.py':
          'class Store:\n    def save(self): ...\n\nasync def work(store, session):\n    session.get("u")\n\nasync def keep(store: Store):\n    store.save()\n',
        'disk.py': 'from work import Store\n\nclass Disk(Store):\n    def save(self):\n        open("x").read()\n',
        'app.py':
          'import requests\nfrom work import work\n\nasync def main():\n    await work(None, requests.Session())\n',
      },
      async (folder) => {
        const { engine, said, until } = await started(folder);
        await until(isAnalyzed);
        const path = join(folder, 'work.py');
        const of = (message: FromLintWorker | undefined): number[] =>
          message?.type === 'findings' ? message.findings.map((finding) => finding.line) : [];
        assert.deepEqual(of(said.find((message) => message.type === 'findings' && message.path === path)), [5, 8]);
        const text =
          'class Store:\n    def save(self): ...\n\nasync def work(store, session):\n    session.get("u")\n\nasync def keep(store: Store):\n    store.save()\n';
        engine.receive({ type: 'open', path, version: 1, text });
        engine.receive({ type: 'change', path, version: 2, changes: [{ offset: 0, length: 0, text: '# above\n' }] });
        assert.deepEqual(of(said.filter((message) => message.type === 'findings').at(-1)), [6, 9]);
        engine.dispose();
      },
    ));

  it('leaves out what the configuration excludes, open or not, and takes it in again when it no longer does', () =>
    withFolder(
      { ...PROJECT, 'pyproject.toml': '[tool.loopscope]\nexclude = ["old"]\n', 'old/app.py': PROJECT['app.py'] },
      async (folder) => {
        const { engine, said, until } = await started(folder);
        await until(isAnalyzed);
        const path = join(folder, 'old/app.py');
        const lines = (): number[] | undefined => {
          const last = said.filter((message) => message.type === 'findings' && message.path === path).at(-1);
          return last?.type === 'findings' ? last.findings.map((finding) => finding.line) : undefined;
        };
        const text = 'import time\n\nasync def f():\n    time.sleep(1)\n';
        engine.receive({ type: 'open', path, version: 1, text });
        engine.receive({ type: 'files', changed: [path], deleted: [] });
        await until(isAnalyzed);
        assert.deepEqual(lines(), []);
        writeFileSync(join(folder, 'pyproject.toml'), '[tool.loopscope]\n');
        engine.receive({ type: 'configure', roots: [folder], configFile: null, settings: {} });
        await until(isAnalyzed);
        assert.deepEqual(lines(), [4]);
        engine.dispose();
      },
    ));

  it('follows files on disk and goes back to them when a document closes', () =>
    withFolder(PROJECT, async (folder) => {
      const { engine, until } = await started(folder);
      await until(isAnalyzed);
      const net = join(folder, 'net.py');
      writeFileSync(net, 'def load(): pass\n');
      engine.receive({ type: 'files', changed: [net], deleted: [] });
      const gone = await until((message) => message.type === 'findings');
      assert.deepEqual(gone, { type: 'findings', path: join(folder, 'app.py'), version: null, findings: [] });
      engine.dispose();
    }));

  it('joins what a run measured, and says in one sentence what it cannot use', () =>
    withFolder(PROJECT, async (folder) => {
      const { engine, until } = await started(folder);
      await until(isAnalyzed);
      engine.receive({
        type: 'evidence',
        report: JSON.stringify({
          blocking: [
            {
              file: join(folder, 'net.py'),
              line: 4,
              function: 'load',
              callee: 'requests.get',
              cause: 'io',
              count: 2,
              total_seconds: 1,
              max_seconds: 0.5,
              victims: 3,
              stack: [],
            },
          ],
        }),
      });
      const message = await until((each) => each.type === 'findings');
      assert.match(
        message.type === 'findings' ? (message.findings[0]?.message ?? '') : '',
        /measured 2 times, longest 500 ms, 3 tasks waited/,
      );
      engine.receive({ type: 'evidence', report: 'nonsense' });
      const problem = await until((each) => each.type === 'problem');
      assert.match(problem.type === 'problem' ? problem.message : '', /is not JSON/);
      engine.dispose();
    }));

  it('summarises an edited document as it would a new one, whatever the edits', async function () {
    this.timeout(60_000);
    const parser = await sharedParser();
    const pieces = fc.constantFrom(
      'x',
      '\n',
      '    ',
      'async def f():\n',
      '(',
      ')',
      '"',
      '"""',
      'time.sleep(1)',
      ':',
      'import a\n',
      'é',
      '😀',
      '#',
      '\r\n',
      'await ',
      '@',
      'class A:\n',
    );
    const edits = fc.array(
      fc.record({ at: fc.double({ min: 0, max: 1, noNaN: true }), length: fc.nat(12), text: pieces }),
      { minLength: 1, maxLength: 6 },
    );
    fc.assert(
      fc.property(edits, (list) => {
        const document = new OpenDocument(
          parser,
          'import time\n\nclass A:\n    async def f(self):  # one\n        time.sleep(1)\n        return "é😀"\n\n    # two\n    def h(self): ...\n\ndef g(x=1):\n    return [y for y in x]  # three\n\nif g:\n    g(f"{g(2)}")\n# four\n',
          1,
        );
        for (const { at, length, text } of list) {
          const offset = Math.floor(at * document.text.length);
          document.change(
            [{ offset, length: Math.min(length, document.text.length - offset), text }],
            document.version + 1,
          );
        }
        const fresh = parser.parse(document.text);
        const edited = document.file;
        document.close();
        assert.deepEqual(shape(edited.root), shape(fresh.root));
        assert.deepEqual(edited.comments, fresh.comments);
        assert.deepEqual(summarize(edited), summarize(fresh));
      }),
      { numRuns: 400 },
    );
  });
});
