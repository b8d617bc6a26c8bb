import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import * as vscode from 'vscode';
import { countedHolds, fileOf, launch, linesMarked, problemsOf, untilProblems } from './programs';
import { window } from './ui';

const LINT = 'loopscope.lint';

const DIRECT = `import asyncio
import time


async def first() -> None:
    time.sleep(0.2)


async def second() -> None:
    time.sleep(0.3)  # twice as polite


asyncio.run(first())
`;

const HARMLESS = `import asyncio
import os
import sys
import time


async def quick(seconds: float) -> None:
    time.sleep(seconds)


async def never() -> None:
    time.sleep(0.001)


async def main() -> None:
    while True:
        await asyncio.sleep(0.02)
        slow = os.path.exists(__file__ + ".slow")
        await quick(0.3 if slow else 0.001)
        if len(sys.argv) > 1:
            await never()


asyncio.run(main())
`;

const OFFLOADING = `import asyncio
import time


def load() -> None:
    time.sleep(0.2)


async def main() -> None:
    await asyncio.to_thread(load)
    load()


asyncio.run(main())
`;

const CALLED_TWICE = `import time


def load() -> None:
    time.sleep(0.2)


def report() -> None:
    load()


async def order() -> None:
    load()
`;

function ruleOf({ code }: vscode.Diagnostic): unknown {
  return typeof code === 'object' ? code.value : code;
}

/** Shows a new file of the workspace with this text. */
async function show(name: string, text: string): Promise<vscode.TextEditor> {
  const file = fileOf(name);
  await writeFile(file.fsPath, text);
  return vscode.window.showTextDocument(file);
}

/** @param resolved How many of them are to have the edits that are worked out when they are chosen. */
async function actionsAt(
  document: vscode.TextDocument,
  line: number,
  kind?: string,
  resolved?: number,
): Promise<vscode.CodeAction[]> {
  return vscode.commands.executeCommand<vscode.CodeAction[]>(
    'vscode.executeCodeActionProvider',
    document.uri,
    document.lineAt(line).range,
    kind,
    resolved,
  );
}

/** Chooses a quick fix of the line where the cursor is, as a person does. */
async function choose(title: string): Promise<void> {
  await vscode.commands.executeCommand('notifications.clearAll');
  await offerFixes();
  await window.click(`.action-widget >> text="${title}"`);
}

/** Opens the menu of fixes at the cursor, wherever the keyboard was before. */
async function offerFixes(): Promise<void> {
  await vscode.commands.executeCommand('workbench.action.focusActiveEditorGroup');
  await vscode.commands.executeCommand('editor.action.quickFix');
}

/** Resolves as soon as a notification says something that matches. */
async function notified(pattern: RegExp): Promise<void> {
  await vscode.commands.executeCommand('notifications.showList');
  await window.waitFor(`.notifications-center >> text=${String(pattern)}`);
  await vscode.commands.executeCommand('notifications.clearAll');
}

async function apply(action: vscode.CodeAction | undefined): Promise<void> {
  assert.ok(action?.edit, 'there is no such action, or it changes nothing');
  assert.ok(await vscode.workspace.applyEdit(action.edit));
}

describe('the linter in the editor', () => {
  const orders = fileOf('bakery/orders.py');
  const prices = fileOf('bakery/prices.py');
  const direct = fileOf('bakery/direct.py');

  const set = (name: string, value: unknown): Thenable<void> =>
    vscode.workspace.getConfiguration(LINT).update(name, value, vscode.ConfigurationTarget.Workspace);

  before(async () => {
    await vscode.commands.executeCommand('loopscope.clearFindings');
    await vscode.window.showTextDocument(orders);
    await set('enable', true);
  });

  afterEach(async () => {
    await vscode.commands.executeCommand('workbench.action.files.revert');
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });

  after(async () => {
    await vscode.commands.executeCommand('loopscope.clearFindings');
    await set('enable', false);
    await untilProblems(orders, (problems) => problems.length === 0);
  });

  it('reports a call that blocks through a helper in another file, with the way there', async () => {
    const [reported] = await linesMarked(orders, 'reported');
    const [called] = await linesMarked(prices, 'called');
    const [problem, ...others] = await untilProblems(orders, (problems) => problems.length > 0);
    assert.deepEqual(others, []);
    assert.ok(problem);
    assert.equal(problem.range.start.line, reported);
    assert.equal(ruleOf(problem), 'blocking-sleep');
    assert.match(problem.message, /through load\(\) → time\.sleep/);
    assert.equal(problem.severity, vscode.DiagnosticSeverity.Warning);
    const way = problem.relatedInformation?.map(({ location, message }) => [
      location.uri.toString(),
      location.range.start.line,
      message,
    ]);
    assert.deepEqual(way, [[prices.toString(), called, 'time.sleep is called in load']]);
    assert.deepEqual(problemsOf(prices), []);
  });

  it('follows the typing, in the file and in the helper, before anything is saved', async () => {
    await untilProblems(orders, (problems) => problems.length === 1);
    const editor = await vscode.window.showTextDocument(prices);
    const text = editor.document.getText();
    const sleep = text.indexOf('time.sleep(0.2)');
    const { document } = editor;
    const range = new vscode.Range(document.positionAt(sleep), document.positionAt(sleep + 'time.sleep(0.2)'.length));
    await editor.edit((edit) => edit.replace(range, 'pass'));
    await untilProblems(orders, (problems) => problems.length === 0);
    await vscode.commands.executeCommand('undo');
    await untilProblems(orders, (problems) => problems.length === 1);
    const own = await vscode.window.showTextDocument(orders);
    await own.edit((edit) => edit.insert(new vscode.Position(0, 0), '# one line more\n'));
    const [reported = 0] = await linesMarked(orders, 'reported');
    await untilProblems(orders, ([problem]) => problem?.range.start.line === reported + 1);
    await vscode.commands.executeCommand('workbench.action.files.revert');
  });

  it('fixes one call, and the finding is gone', async () => {
    const { document } = await show('bakery/direct.py', DIRECT);
    await untilProblems(direct, (problems) => problems.length === 2);
    const actions = await actionsAt(document, 5);
    assert.deepEqual(
      actions.map(({ title }) => title),
      [
        'Await asyncio.sleep',
        'Fix all blocking-sleep in this file',
        'Silence blocking-sleep on this line, with a reason',
        'Show the rule blocking-sleep',
      ],
    );
    assert.equal(actions[0]?.isPreferred, true);
    await apply(actions[0]);
    assert.equal(document.getText(), DIRECT.replace('time.sleep(0.2)', 'await asyncio.sleep(0.2)'));
    const [problem, ...others] = await untilProblems(direct, (problems) => problems.length === 1);
    assert.deepEqual(others, []);
    assert.equal(problem?.range.start.line, 9);
  });

  it('makes the helper that blocks async, in its own file, and awaits it where it is called', async () => {
    const [problem] = await untilProblems(orders, (problems) => problems.length === 1);
    const { document } = await vscode.window.showTextDocument(orders);
    const actions = await actionsAt(document, problem?.range.start.line ?? 0, undefined, 10);
    await apply(actions.find(({ title }) => title === 'Make load() async, with all its callers'));
    assert.match(document.getText(), /^ {4}rate = await load\("EUR"\)/mu);
    await untilProblems(orders, (problems) => problems.length === 0);
    const helper = await vscode.window.showTextDocument(prices);
    assert.match(
      helper.document.getText(),
      /^async def load\(currency: str\) -> float:\n {4}await asyncio\.sleep\(0\.2\)/mu,
    );
    assert.match(helper.document.getText(), /^import asyncio$/mu);
    await vscode.commands.executeCommand('workbench.action.files.revert');
    await vscode.window.showTextDocument(orders);
  });

  it('fixes everything in a file at once, as on saving', async () => {
    const { document } = await show('bakery/direct.py', DIRECT);
    await untilProblems(direct, (problems) => problems.length === 2);
    const [action, ...others] = await actionsAt(document, 0, 'source.fixAll.loopscope');
    assert.deepEqual(others, []);
    await apply(action);
    assert.equal(document.getText(), DIRECT.replaceAll('time.sleep', 'await asyncio.sleep'));
    await untilProblems(direct, (problems) => problems.length === 0);
  });

  it('fixes the text as it is, after an edit it had not looked at yet', async () => {
    const editor = await show('bakery/direct.py', DIRECT);
    await untilProblems(direct, (problems) => problems.length === 2);
    const edited = editor.edit((edit) => edit.insert(new vscode.Position(4, 0), '# moved\n'));
    const [action] = await edited.then(() => actionsAt(editor.document, 6));
    await apply(action);
    assert.equal(
      editor.document.getText(),
      DIRECT.replace('async def first', '# moved\nasync def first').replace(
        'time.sleep(0.2)',
        'await asyncio.sleep(0.2)',
      ),
    );
  });

  it('is silent on a line that says why', async () => {
    const { document } = await show('bakery/direct.py', DIRECT);
    await untilProblems(direct, (problems) => problems.length === 2);
    const actions = await actionsAt(document, 9);
    await apply(actions.find(({ title }) => title.startsWith('Silence')));
    assert.equal(
      document.lineAt(9).text,
      '    time.sleep(0.3)  # twice as polite  # loopscope: ignore[blocking-sleep] reason',
    );
    const [problem] = await untilProblems(direct, (problems) => problems.length === 1);
    assert.equal(problem?.range.start.line, 5);
  });

  it('takes severities, and files to leave out, from the settings, and survives nonsense in them', async () => {
    await untilProblems(orders, (problems) => problems.length === 1);
    try {
      await set('severity', { 'blocking-sleep': 'error' });
      await untilProblems(orders, ([problem]) => problem?.severity === vscode.DiagnosticSeverity.Error);
      await set('exclude', [1]);
      await untilProblems(orders, ([problem]) => problem?.severity === vscode.DiagnosticSeverity.Warning);
      await set('exclude', ['bakery']);
      await untilProblems(orders, (problems) => problems.length === 0);
    } finally {
      await set('severity', undefined);
      await set('exclude', undefined);
    }
    await untilProblems(orders, ([problem]) => problem?.severity === vscode.DiagnosticSeverity.Warning);
  });

  it('says of a call through a helper what a run measured', async () => {
    const [reported] = await linesMarked(orders, 'reported');
    const [called] = await linesMarked(prices, 'called');
    const program = orders.fsPath;
    const run = await launch({ type: 'loopscope', request: 'launch', name: 'joined, through', program });
    await run.ended;
    const { count, tasks_that_waited: waited } = await countedHolds(prices, called ?? 0);
    assert.ok(count <= 3, `${count} holds of 3 were counted`);
    const times = count === 1 ? 'once' : `${count} times`;
    const isSaid = ([problem]: readonly vscode.Diagnostic[]): boolean =>
      problem?.message.includes(`measured ${times}, `) === true;
    const [problem, ...others] = await untilProblems(orders, isSaid);
    assert.deepEqual(others, []);
    assert.ok(problem);
    assert.equal(problem.range.start.line, reported);
    assert.match(
      problem.message,
      /through load\(\) → time\.sleep.* · measured (once|\d times, longest) [\d.]+ m?s(, 1 task waited)?/,
    );
    assert.equal(problem.message.includes('1 task waited'), waited === 1);
    assert.equal(problem.severity, vscode.DiagnosticSeverity.Warning);
    const [measured, ...more] = problemsOf(prices);
    assert.deepEqual(more, []);
    assert.ok(measured?.message.startsWith(`Held the loop ${times}, `), measured?.message);
    assert.equal(measured?.range.start.line, called);
    await vscode.window.showTextDocument(orders);
    await vscode.commands.executeCommand('workbench.actions.view.problems');
    await window.waitFor(`role=treeitem[name=/measured ${times}/]`);
    await window.screenshot('lint-problems');
    await window.click(`role=treeitem[name=/measured ${times}/] >> text="blocking-sleep"`);
    await window.waitFor('role=tab[name=/Preview blocking-sleep/]');
  });

  it('says once what it foresaw and a run measured on the same line, and keeps it so while lines move', async () => {
    const editor = await show('bakery/direct.py', DIRECT);
    await untilProblems(direct, (problems) => problems.length === 2);
    const run = await launch({ type: 'loopscope', request: 'launch', name: 'joined', program: direct.fsPath });
    await run.ended;
    const problems = await untilProblems(direct, (all) => all.some(({ message }) => /measured once/.test(message)));
    assert.deepEqual(
      problems.map(({ range }) => range.start.line),
      [5, 9],
    );
    assert.match(problems[0]?.message ?? '', /^time\.sleep blocks the event loop.* · measured once, [\d.]+ m?s/);
    assert.doesNotMatch(problems[1]?.message ?? '', /measured/);
    await vscode.window.showTextDocument(direct);
    const seen: number[] = [];
    const watching = vscode.languages.onDidChangeDiagnostics(() => seen.push(problemsOf(direct).length));
    await editor.edit((edit) => edit.insert(new vscode.Position(3, 0), '\n'));
    const moved = await untilProblems(direct, ([first]) => first?.range.start.line === 6);
    watching.dispose();
    assert.match(moved[0]?.message ?? '', /measured once/);
    assert.deepEqual(
      seen.filter((count) => count !== 2),
      [],
    );
    await vscode.commands.executeCommand('loopscope.clearFindings');
    await untilProblems(direct, (all) => all.length === 2 && all.every(({ message }) => !/measured/.test(message)));
  });

  it('lowers what a run executed without harm to a hint that says so, until it does harm', async () => {
    const harmless = fileOf('bakery/harmless.py');
    const sleeps = (problems: readonly vscode.Diagnostic[]): vscode.Diagnostic[] =>
      problems.filter((problem) => ruleOf(problem) === 'blocking-sleep');
    await show('bakery/harmless.py', HARMLESS);
    await untilProblems(harmless, (problems) => sleeps(problems).length === 2);
    const run = await launch({ type: 'loopscope', request: 'launch', name: 'harmless', program: harmless.fsPath });
    const { Hint, Warning } = vscode.DiagnosticSeverity;
    const lowered = await untilProblems(harmless, (problems) => sleeps(problems)[0]?.severity === Hint);
    assert.deepEqual(
      sleeps(lowered).map(({ range, severity, message }) => [
        range.start.line,
        severity,
        /(?<= · )executed[^;]*/.exec(message)?.[0] ?? 'foreseen',
      ]),
      [
        [7, Hint, 'executed in this run, never held the loop over 100 ms'],
        [11, Warning, 'foreseen'],
      ],
    );
    await writeFile(`${harmless.fsPath}.slow`, '');
    await untilProblems(harmless, (problems) => {
      const [quick] = sleeps(problems);
      return quick?.severity === Warning && /measured/.test(quick.message);
    });
    await vscode.debug.stopDebugging();
    await run.ended;
  });

  it('says, after a fix to a thread, what was measured of the default executor', async () => {
    const file = fileOf('bakery/offloading.py');
    const editor = await show('bakery/offloading.py', OFFLOADING);
    const run = await launch({ type: 'loopscope', request: 'launch', name: 'offloading', program: file.fsPath });
    await run.ended;
    await untilProblems(file, ([problem]) => /measured once/.test(problem?.message ?? ''));
    await vscode.window.showTextDocument(editor.document, { selection: new vscode.Range(10, 4, 10, 4) });
    await choose('Run load in a thread');
    await notified(
      /Default executor, as measured: \d+ workers, longest queue \d+, queue wait [\d.]+ m?s in the middle/,
    );
    assert.equal(editor.document.lineAt(10).text, '    await asyncio.to_thread(load)');
  });

  it('says why a helper cannot be made async', async () => {
    const file = fileOf('bakery/twice.py');
    const editor = await show('bakery/twice.py', CALLED_TWICE);
    await untilProblems(file, (problems) => problems.length === 1);
    await vscode.window.showTextDocument(editor.document, { selection: new vscode.Range(12, 4, 12, 4) });
    await choose('Make load() async, with all its callers');
    await notified(/load\(\) is also called by report\(\)/);
    assert.equal(editor.document.getText(), CALLED_TWICE);
  });

  it('explains a finding in the hover, and offers what can be done', async () => {
    const [problem] = await untilProblems(orders, (problems) => problems.length > 0);
    await vscode.window.showTextDocument(orders, problem ? { selection: problem.range } : {});
    await vscode.commands.executeCommand('editor.action.showHover');
    await window.waitFor('.monaco-hover >> text=/through load/');
    await window.waitFor('.monaco-hover >> text=/time.sleep is called in load/');
    await window.press('Escape');
    await offerFixes();
    await window.waitFor('.action-widget >> text=Run load in a thread');
    await window.screenshot('lint-fixes');
    await window.press('Escape');
  });

  it('leaves the files on disk alone', async () => {
    assert.match(await readFile(prices.fsPath, 'utf8'), /time\.sleep\(0\.2\)/);
  });
});
