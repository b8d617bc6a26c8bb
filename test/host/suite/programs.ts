import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import * as vscode from 'vscode';
import { window } from './ui';

/** A file of the workspace, as in `sleeps.py` or `programs/sleep_in_task.py`. */
export function fileOf(name: string): vscode.Uri {
  const [folder] = vscode.workspace.workspaceFolders ?? [];
  assert.ok(folder, 'the suite needs its workspace');
  return vscode.Uri.joinPath(folder.uri, name);
}

/** The lines of a file that carry a marker comment, counted from 0 as VS Code does. */
export async function linesMarked(file: vscode.Uri, marker: string): Promise<number[]> {
  const lines = (await readFile(file.fsPath, 'utf8')).split('\n');
  return lines.flatMap((line, index) => (line.includes(`# <- ${marker}`) ? [index] : []));
}

/** What Loopscope says of a file in the Problems panel. */
export function problemsOf(file: vscode.Uri): vscode.Diagnostic[] {
  return vscode.languages.getDiagnostics(file).filter(({ source }) => source?.toLowerCase() === 'loopscope');
}

/** Resolves as soon as Loopscope's problems of a file satisfy a condition. */
export function untilProblems(
  file: vscode.Uri,
  condition: (problems: readonly vscode.Diagnostic[]) => boolean,
): Promise<vscode.Diagnostic[]> {
  return new Promise((resolve) => {
    const look = (): void => {
      const problems = problemsOf(file);
      if (!condition(problems)) return;
      subscription.dispose();
      resolve(problems);
    };
    const subscription = vscode.languages.onDidChangeDiagnostics(look);
    look();
  });
}

/** What a tool for language models answers, with `Answer` taken for its form. */
export async function invokeTool<Answer>(name: string, input: object = {}): Promise<Answer> {
  const { content } = await vscode.lm.invokeTool(name, { input, toolInvocationToken: undefined });
  const [part] = content;
  assert.ok(part instanceof vscode.LanguageModelTextPart);
  return JSON.parse(part.value) as Answer;
}

/** How a line held the loop by its own doing, as it was counted in the newest run. */
export interface CountedHolds {
  /** Such as `app.py:7: Held the loop 3 times, longest 212 ms: time.sleep (a sleeping call).` */
  readonly sentence: string;
  readonly count: number;
  readonly tasks_that_waited: number;
}

/**
 * Waits until everything is known of the run that was started last, and asks how often a line (from 0) held its loop: on
 * a machine that stands still the runtime rightly says that this, and not the line, was the cause of a hold.
 */
export async function countedHolds(file: vscode.Uri, line: number): Promise<CountedHolds> {
  await window.waitFor('.statusbar >> text=/\\bended\\b/');
  const { entries } = await invokeTool<{
    readonly entries: readonly (CountedHolds & {
      readonly place: { readonly line: number } | null;
      readonly line_at_fault: boolean;
    })[];
  }>('loopscope_blocks', { file: file.fsPath });
  const [entry, ...others] = entries.filter(({ place, line_at_fault }) => place?.line === line + 1 && line_at_fault);
  assert.ok(entry, 'the line never held the loop');
  assert.deepEqual(others, []);
  return entry;
}

/** A debug session that was started, and what its adapter said. */
export interface Launch {
  /** Everything that the program printed, by category (`stdout`, `stderr`, `console`). */
  output(category: string): string;
  /** Resolves as soon as what the program printed in a category matches. */
  printed(category: string, pattern: RegExp): Promise<RegExpExecArray>;
  /** The exit code that the adapter reported. */
  readonly exitCode: Promise<number>;
  readonly ended: Promise<void>;
  /** Resolves with the session when the program stops at a breakpoint for the first time. */
  readonly stopped: Promise<vscode.DebugSession>;
}

interface Deferred<Value> {
  readonly promise: Promise<Value>;
  readonly resolve: (value: Value) => void;
}

function deferred<Value>(): Deferred<Value> {
  let resolve: (value: Value) => void = () => undefined;
  const promise = new Promise<Value>((settle) => (resolve = settle));
  return { promise, resolve };
}

interface OutputEvent {
  readonly type: string;
  readonly event?: string;
  readonly body?: { readonly category?: string; readonly output?: string; readonly exitCode?: number };
}

/** Starts a launch configuration and follows it through its adapter's messages. */
export async function launch(configuration: vscode.DebugConfiguration): Promise<Launch> {
  const output = new Map<string, string>();
  const readers = new Set<() => void>();
  const exit = deferred<number>();
  const end = deferred<undefined>();
  const stop = deferred<vscode.DebugSession>();
  const tracker = vscode.debug.registerDebugAdapterTrackerFactory(configuration.type, {
    createDebugAdapterTracker: (session) =>
      session.name !== configuration.name
        ? undefined
        : {
            onDidSendMessage: (message: OutputEvent) => {
              const { category = 'console', output: text = '', exitCode } = message.body ?? {};
              if (message.event === 'output') {
                output.set(category, (output.get(category) ?? '') + text);
                for (const read of [...readers]) read();
              }
              if (message.event === 'exited') exit.resolve(exitCode ?? Number.NaN);
              if (message.event === 'stopped') stop.resolve(session);
            },
          },
  });
  const listener = vscode.debug.onDidTerminateDebugSession(({ name }) => {
    if (name !== configuration.name) return;
    tracker.dispose();
    listener.dispose();
    end.resolve(undefined);
  });
  const [folder] = vscode.workspace.workspaceFolders ?? [];
  assert.ok(await vscode.debug.startDebugging(folder, configuration), `${configuration.name} did not start`);
  return {
    output: (category) => output.get(category) ?? '',
    printed: (category, pattern) =>
      new Promise((resolve) => {
        const read = (): void => {
          const match = pattern.exec(output.get(category) ?? '');
          if (!match) return;
          readers.delete(read);
          resolve(match);
        };
        readers.add(read);
        read();
      }),
    exitCode: exit.promise,
    ended: end.promise,
    stopped: stop.promise,
  };
}
