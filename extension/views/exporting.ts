/** Commands that turn a recording into a file of another kind, with the runtime's own exporters. */
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import * as vscode from 'vscode';
import { discoverPython } from '../debug/pythonDiscovery';
import { COMMAND } from '../identifiers';

/** A recording of an hour takes a minute; beyond this something is wrong. */
const TIMEOUT_MS = 10 * 60_000;
/** Reports list at most some thousand places. */
const MAX_REPORT_BYTES = 64e6;

/** Runs `python -m loopscope`. @returns what it printed. @throws Error with its sentence. */
type Runtime = (...command: readonly string[]) => Promise<string>;

interface Export {
  readonly command: string;
  /** What takes the place of `.loopscope` in the name of the file. */
  readonly ending: string;
  readonly kind: string;
  /** While it is made. */
  readonly title: string;
  make(runtime: Runtime, recording: string, target: string): Promise<void>;
  /** Once it is there. */
  show(target: vscode.Uri): unknown;
}

/** Registers the commands that export a recording: to a trace for the Perfetto UI, and to the report for people. */
export function registerExport(extensionUri: vscode.Uri, log: vscode.LogOutputChannel): vscode.Disposable {
  const runtimeFolder = vscode.Uri.joinPath(extensionUri, 'runtime').fsPath;

  async function exportRecording(kind: Export, given: unknown): Promise<void> {
    const recording = given instanceof vscode.Uri ? given : shownRecording();
    if (recording === undefined) {
      void vscode.window.showInformationMessage(vscode.l10n.t('Open a recording first.'));
      return;
    }
    const target = await vscode.window.showSaveDialog({
      defaultUri: recording.with({ path: recording.path.replace(/(?:\.loopscope)?$/u, kind.ending) }),
      filters: { [kind.kind]: [kind.ending.slice(kind.ending.lastIndexOf('.') + 1)] },
    });
    if (target === undefined) return;
    const python = await discoverPython(null, dirname(recording.fsPath));
    const runtime: Runtime = (...command) => run(python.executable, runtimeFolder, command);
    const { title } = kind;
    await vscode.window.withProgress({ location: vscode.ProgressLocation.Notification, title }, () =>
      kind.make(runtime, recording.fsPath, target.fsPath),
    );
    log.info(`Exported ${recording.fsPath} to ${target.fsPath}.`);
    kind.show(target);
  }

  const commands = [perfettoTrace(), textReport()].map((kind) =>
    vscode.commands.registerCommand(kind.command, (given?: unknown) =>
      exportRecording(kind, given).catch((error: unknown) => {
        const reason = error instanceof Error ? error.message : String(error);
        log.error(reason);
        void vscode.window.showErrorMessage(reason);
      }),
    ),
  );
  return vscode.Disposable.from(...commands);
}

function perfettoTrace(): Export {
  return {
    command: COMMAND.exportRecording,
    ending: '.perfetto.json',
    kind: vscode.l10n.t('Perfetto trace'),
    title: vscode.l10n.t('Exporting to Perfetto'),
    make: async (runtime, recording, target) => {
      await runtime('export', recording, '--format', 'perfetto', '--output', target);
    },
    show: ({ fsPath }) =>
      vscode.window.showInformationMessage(vscode.l10n.t('The trace is in {0}. Open it at ui.perfetto.dev.', fsPath)),
  };
}

function textReport(): Export {
  return {
    command: COMMAND.reportRecording,
    ending: '.report.txt',
    kind: vscode.l10n.t('Text report'),
    title: vscode.l10n.t('Writing the report'),
    make: async (runtime, recording, target) => {
      await writeFile(target, await runtime('report', recording, '--report-format', 'text'));
    },
    show: (target) => vscode.window.showTextDocument(target),
  };
}

/** The recording in the active tab. */
function shownRecording(): vscode.Uri | undefined {
  const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
  return input instanceof vscode.TabInputCustom && input.viewType === 'loopscope.recording' ? input.uri : undefined;
}

function run(python: string, runtime: string, command: readonly string[]): Promise<string> {
  // In a folder of ours: Python imports from the folder it is started in.
  const options = {
    cwd: runtime,
    env: { ...process.env, PYTHONPATH: runtime, PYTHONIOENCODING: 'utf-8' },
    timeout: TIMEOUT_MS,
    maxBuffer: MAX_REPORT_BYTES,
    windowsHide: true,
  };
  return new Promise((resolve, reject) => {
    execFile(python, ['-m', 'loopscope', ...command], options, (error, output, errors) => {
      if (error === null) resolve(output);
      else
        reject(
          new Error(
            errors
              .trim()
              .split('\n')
              .at(-1)
              ?.replace(/^loopscope: /u, '') ?? error.message,
          ),
        );
    });
  });
}
