import { execFile } from 'node:child_process';
import { dirname } from 'node:path';
import * as vscode from 'vscode';
import { discoverPython } from '../debug/pythonDiscovery';
import { COMMAND } from '../identifiers';

/** A recording of an hour takes a minute; beyond this something is wrong. */
const TIMEOUT_MS = 10 * 60_000;

/** Registers the command that turns a recording into a trace for the Perfetto UI, with the runtime's own exporter. */
export function registerExport(extensionUri: vscode.Uri, log: vscode.LogOutputChannel): vscode.Disposable {
  const runtime = vscode.Uri.joinPath(extensionUri, 'runtime').fsPath;

  async function exportRecording(given: unknown): Promise<void> {
    const recording = given instanceof vscode.Uri ? given : shownRecording();
    if (recording === undefined) {
      void vscode.window.showInformationMessage(vscode.l10n.t('Open a recording first.'));
      return;
    }
    const target = await vscode.window.showSaveDialog({
      defaultUri: recording.with({ path: recording.path.replace(/(?:\.loopscope)?$/u, '.perfetto.json') }),
      filters: { [vscode.l10n.t('Perfetto trace')]: ['json'] },
    });
    if (target === undefined) return;
    const python = await discoverPython(null, dirname(recording.fsPath));
    const title = vscode.l10n.t('Exporting to Perfetto');
    await vscode.window.withProgress({ location: vscode.ProgressLocation.Notification, title }, () =>
      run(python.executable, runtime, recording.fsPath, target.fsPath),
    );
    log.info(`Exported ${recording.fsPath} to ${target.fsPath}.`);
    const sentence = vscode.l10n.t('The trace is in {0}. Open it at ui.perfetto.dev.', target.fsPath);
    void vscode.window.showInformationMessage(sentence);
  }

  return vscode.commands.registerCommand(COMMAND.exportRecording, (given?: unknown) =>
    exportRecording(given).catch((error: unknown) => {
      const reason = error instanceof Error ? error.message : String(error);
      log.error(reason);
      void vscode.window.showErrorMessage(reason);
    }),
  );
}

/** The recording in the active tab. */
function shownRecording(): vscode.Uri | undefined {
  const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
  return input instanceof vscode.TabInputCustom && input.viewType === 'loopscope.recording' ? input.uri : undefined;
}

/** Runs the exporter. @throws Error with its sentence. */
function run(python: string, runtime: string, recording: string, target: string): Promise<void> {
  const command = ['-m', 'loopscope', 'export', recording, '--format', 'perfetto', '--output', target];
  // In a folder of ours: Python imports from the folder it is started in.
  const options = {
    cwd: runtime,
    env: { ...process.env, PYTHONPATH: runtime },
    timeout: TIMEOUT_MS,
    windowsHide: true,
  };
  return new Promise((resolve, reject) => {
    execFile(python, command, options, (error, _output, errors) => {
      if (error === null) resolve();
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
