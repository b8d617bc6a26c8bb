import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import type { DebugProtocol } from '@vscode/debugprotocol';
import * as vscode from 'vscode';
import { fileOf, launch, linesMarked, problemsOf, untilProblems } from './programs';
import { webview, window } from './ui';

/** A launch by the real debugpy, whose adapter a fixture extension starts. */
function underDebugpy(name: string, more: Record<string, unknown> = {}): vscode.DebugConfiguration {
  const program = fileOf('sleeps.py').fsPath;
  return { type: 'debugpy', request: 'launch', name, program, console: 'internalConsole', ...more };
}

describe('a program under debugpy', () => {
  const file = fileOf('sleeps.py');

  beforeEach(() => vscode.commands.executeCommand('loopscope.clearFindings'));
  afterEach(() => vscode.debug.stopDebugging());

  /** Resolves when the extension host has heard whether launches of debugpy are inspected. */
  function untilSetting(condition: (isOn: boolean) => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!condition(vscode.workspace.getConfiguration('loopscope').get('injectIntoDebugpy', true))) return;
        listener.dispose();
        resolve();
      };
      const listener = vscode.workspace.onDidChangeConfiguration(look);
      look();
    });
  }

  /** Resolves when VS Code has put the line at which the program stands into the editor. */
  function untilShown(line: number): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        const editor = vscode.window.activeTextEditor;
        if (editor?.document.uri.fsPath !== file.fsPath || editor.selection.active.line !== line) return;
        subscriptions.dispose();
        resolve();
      };
      const subscriptions = vscode.Disposable.from(
        vscode.window.onDidChangeActiveTextEditor(look),
        vscode.window.onDidChangeTextEditorSelection(look),
      );
      look();
    });
  }

  it('is told of once that it is inspected, and is left alone after a click on Turn Off', async () => {
    const explained = 'Loopscope watches the asyncio event loop of programs that you debug.';
    const item = `.notifications-center .notification-list-item:has-text("${explained}")`;
    const settings = vscode.workspace.getConfiguration('loopscope');
    try {
      await (
        await launch(underDebugpy('debugpy, explained'))
      ).ended;
      await vscode.commands.executeCommand('notifications.showList');
      const turnedOff = untilSetting((on) => !on);
      await window.click(`${item} >> role=button[name="Turn Off"]`);
      await turnedOff;
      await vscode.commands.executeCommand('loopscope.clearFindings');
      await (
        await launch(underDebugpy('debugpy, turned off'))
      ).ended;
      assert.deepEqual(problemsOf(file), []);
    } finally {
      const turnedOn = untilSetting((on) => on);
      await settings.update('injectIntoDebugpy', undefined, vscode.ConfigurationTarget.Global);
      await turnedOn;
    }
    await (
      await launch(underDebugpy('debugpy, turned on'))
    ).ended;
    await untilProblems(file, (problems) => problems.length > 0);
    await vscode.commands.executeCommand('notifications.showList');
    assert.equal(await window.count(item), 0);
    await vscode.commands.executeCommand('notifications.hideList');
  }).timeout(120_000);

  it('is inspected: the line that held the loop is a problem, and stays one after the end', async () => {
    const [blocked] = await linesMarked(file, 'blocks');
    const run = await launch(underDebugpy('debugpy, inspected'));
    await untilProblems(file, (problems) => problems.length > 0);
    await run.ended;
    const [problem, ...others] = problemsOf(file);
    assert.deepEqual(others, []);
    assert.ok(problem);
    assert.equal(problem.range.start.line, blocked);
    assert.match(problem.message, /time\.sleep/);
    assert.equal(run.output('stdout').trim(), 'done');
  });

  it('opens the panel by itself', async () => {
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    const run = await launch(underDebugpy('debugpy, panel'));
    await webview.waitFor('text=/time\\.sleep/', 30_000);
    await run.ended;
  });

  it('is inspected together with the processes that it starts', async () => {
    const [blocked] = await linesMarked(file, 'blocks');
    const program = fileOf('starts_another.py').fsPath;
    await writeFile(program, 'import subprocess, sys\nsubprocess.run([sys.executable, "sleeps.py"], check=True)\n');
    try {
      const run = await launch(underDebugpy('debugpy, parent', { program }));
      const [problem] = await untilProblems(file, (problems) => problems.length > 0);
      assert.equal(problem?.range.start.line, blocked);
      await run.ended;
    } finally {
      await rm(program);
    }
  });

  it('stops at its breakpoints, and the time it stands there is no jam', async () => {
    const text = await vscode.workspace.openTextDocument(file);
    const line = text.getText().slice(0, text.getText().indexOf('print("done")')).split('\n').length - 1;
    const breakpoint = new vscode.SourceBreakpoint(new vscode.Location(file, new vscode.Position(line, 0)));
    vscode.debug.addBreakpoints([breakpoint]);
    try {
      const run = await launch(underDebugpy('debugpy, stopped'));
      const session = await run.stopped;
      const { threads } = (await session.customRequest('threads')) as { threads: { id: number; name: string }[] };
      assert.deepEqual(
        threads.filter(({ name }) => /loopscope/i.test(name)),
        [],
      );
      // It stands there beyond the threshold above which a hold of the loop is a jam, and that is not said of it.
      await window.waitFor('.statusbar >> text=/stopped in the debugger/');
      await untilShown(line);
      await vscode.commands.executeCommand('loopscope.openPanel');
      await webview.waitFor('text=/Stopped in the debugger/');
      await session.customRequest('continue', { threadId: threads[0]?.id ?? 1 });
      await run.ended;
      assert.equal(run.output('stdout').trim(), 'done');
      const lines = problemsOf(file).map(({ range }) => range.start.line);
      assert.deepEqual(lines, await linesMarked(file, 'blocks'));
    } finally {
      vscode.debug.removeBreakpoints([breakpoint]);
    }
  });

  it('sees the same traffic of debugpy as without Loopscope', async () => {
    const [line = 0] = await linesMarked(file, 'blocks');
    const breakpoint = new vscode.SourceBreakpoint(
      new vscode.Location(file, new vscode.Position(line, 0)),
      true,
      undefined,
      '3',
    );
    vscode.debug.addBreakpoints([breakpoint]);
    try {
      const traffic: string[][] = [];
      for (const loopscope of [false, true]) {
        const said = new Set<string>();
        const hear = (way: string) => (message: Message) => {
          if (isChance(message)) return;
          said.add(`${way} ${withoutChance(message)}`);
        };
        const tracker = vscode.debug.registerDebugAdapterTrackerFactory('debugpy', {
          createDebugAdapterTracker: () => ({ onWillReceiveMessage: hear('>'), onDidSendMessage: hear('<') }),
        });
        const run = await launch(underDebugpy('debugpy, traffic', { loopscope }));
        const session = await run.stopped;
        const ask = async (command: string, request: object): Promise<unknown> => {
          const answer: unknown = await session.customRequest(command, request);
          said.add(`${command}: ${withoutChance(answer)}`);
          return answer;
        };
        const { threads } = (await ask('threads', {})) as DebugProtocol.ThreadsResponse['body'];
        const threadId = threads[0]?.id ?? 0;
        const { stackFrames } = (await ask('stackTrace', { threadId })) as DebugProtocol.StackTraceResponse['body'];
        await ask('scopes', { frameId: stackFrames[0]?.id });
        await session.customRequest('continue', { threadId });
        await run.ended;
        tracker.dispose();
        traffic.push([...said].sort(), [run.output('stdout'), run.output('stderr')]);
      }
      const [without = [], printed, withOurs, printedWithOurs] = traffic;
      assert.ok(
        without.some((line) => line.startsWith('< {"type":"event","event":"stopped"')),
        without.join('\n'),
      );
      assert.deepEqual(withOurs, without);
      assert.deepEqual(printedWithOurs, printed);
    } finally {
      vscode.debug.removeBreakpoints([breakpoint]);
    }
  });

  it('is said to have not connected when it never uses asyncio', async () => {
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    const program = fileOf('silent.py').fsPath;
    await writeFile(program, 'input()\n');
    try {
      const run = await launch(underDebugpy('debugpy, silent', { program, console: 'integratedTerminal' }));
      await vscode.commands.executeCommand('loopscope.openPanel');
      await webview.waitFor('text=/has not connected to Loopscope for 10 s/', 30_000);
      await vscode.debug.stopDebugging();
      await run.ended;
    } finally {
      await rm(program);
    }
  });

  it('is left alone where its configuration says so', async () => {
    const run = await launch(underDebugpy('debugpy, left alone', { loopscope: false }));
    await run.ended;
    assert.equal(run.output('stdout').trim(), 'done');
    assert.deepEqual(problemsOf(file), []);
  });
});

interface Message {
  readonly event?: string;
  readonly command?: string;
  readonly body?: { readonly reason?: string };
}

/** What a program prints comes in pieces, the adapter's sockets come and go, and a thread may end with its process. */
const CHANCE_EVENTS = new Set(['output', 'debugpySockets']);

/** Which of these VS Code asks for depends on how long a stop lasts. */
const ASKED_AT_STOPS = new Set(['threads', 'stackTrace', 'scopes', 'variables', 'evaluate', 'exceptionInfo']);

/** Whether a message comes or not by chance. */
function isChance({ event = '', command = '', body }: Message): boolean {
  return CHANCE_EVENTS.has(event) || ASKED_AT_STOPS.has(command) || (event === 'thread' && body?.reason === 'exited');
}

/** What differs from run to run, or says that it is this or that run, whatever Loopscope does. */
const CHANCE = new Set([
  'seq',
  'request_seq',
  'systemProcessId',
  'port',
  'host',
  'sessionId',
  '__sessionId',
  'loopscope',
]);
const NUMBERS = new Set(['id', 'threadId', 'frameId', 'variablesReference']);

/** A message without what differs from run to run; of the environment, which lets the runtime in, nothing. */
function withoutChance(message: unknown): string {
  return JSON.stringify(message, (key, value: unknown) => {
    if (CHANCE.has(key) || key === 'env') return undefined;
    return NUMBERS.has(key) ? 0 : value;
  });
}
