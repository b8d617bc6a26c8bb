import { join } from 'node:path';
import * as vscode from 'vscode';
import { COMMAND, DEBUG_TYPE, SECTION, SETTING } from '../identifiers';
import { thresholdSetting, type Inspection } from '../inspection';
import { attachAdapter, registerAttach } from './attach';
import { registerDebugView } from './debugView';
import { discoverPython } from './pythonDiscovery';

/** Registers the debug type `loopscope`: F5 on a Python file, launch configurations, and the adapter that runs them. */
export function registerLaunches(
  context: vscode.ExtensionContext,
  inspection: Inspection,
  log: vscode.LogOutputChannel,
): vscode.Disposable {
  return vscode.Disposable.from(
    vscode.debug.registerDebugConfigurationProvider(DEBUG_TYPE, new LaunchProvider()),
    vscode.debug.registerDebugConfigurationProvider(
      DEBUG_TYPE,
      { provideDebugConfigurations: () => [currentFile()] },
      vscode.DebugConfigurationProviderTriggerKind.Dynamic,
    ),
    vscode.debug.registerDebugAdapterDescriptorFactory(DEBUG_TYPE, {
      createDebugAdapterDescriptor: async ({ configuration }) => {
        if (configuration.request === 'attach') return attachAdapter(context, inspection, log);
        const { LoopscopeDebugSession } = await import('./session');
        // A debug adapter as VS Code describes it, though not made by a class of VS Code's.
        const session: unknown = new LoopscopeDebugSession({
          sessions: inspection.sessions,
          runtimeFolder: join(context.extensionPath, 'runtime'),
          translate: (message, ...args) => vscode.l10n.t(message, ...args),
          address: () => inspection.address(),
          connection: (key) => inspection.connection(key),
          findPython: discoverPython,
          log: (sentence) => log.info(sentence),
          defaults: () => ({
            level: vscode.workspace.getConfiguration(SECTION, null).get<'watch' | 'trace'>(SETTING.level, 'watch'),
            thresholdMs: thresholdSetting(),
          }),
        });
        return new vscode.DebugAdapterInlineImplementation(session as vscode.DebugAdapter);
      },
    }),
    registerAttach(inspection),
    registerDebugView(),
    vscode.commands.registerCommand(COMMAND.runFile, (file?: vscode.Uri) => runFile(file)),
  );
}

class LaunchProvider implements vscode.DebugConfigurationProvider {
  public provideDebugConfigurations(): vscode.DebugConfiguration[] {
    return [currentFile()];
  }

  /** F5 without any launch configuration arrives here empty. */
  public resolveDebugConfiguration(
    folder: vscode.WorkspaceFolder | undefined,
    configuration: vscode.DebugConfiguration,
  ): vscode.DebugConfiguration | undefined {
    if (!configuration.type && !configuration.request && !configuration.name) {
      if (vscode.window.activeTextEditor?.document.languageId !== 'python') {
        void vscode.window.showInformationMessage(
          vscode.l10n.t('Open a Python file first: Loopscope runs the file in the editor.'),
        );
        return undefined;
      }
      return { ...currentFile(), ...placeOf(folder) };
    }
    return { ...placeOf(folder), ...configuration };
  }
}

function currentFile(): vscode.DebugConfiguration {
  const name = vscode.l10n.t('Loopscope: Current File');
  return { type: DEBUG_TYPE, request: 'launch', name, program: '${file}' };
}

function placeOf(folder: vscode.WorkspaceFolder | undefined): { cwd?: string } {
  return folder ? { cwd: folder.uri.fsPath } : {};
}

async function runFile(chosen: vscode.Uri | undefined): Promise<void> {
  const file = chosen ?? vscode.window.activeTextEditor?.document.uri;
  if (file?.scheme !== 'file' || !file.path.endsWith('.py')) {
    const sentence = vscode.l10n.t('Open a Python file that is saved on disk, then run it again.');
    void vscode.window.showInformationMessage(sentence);
    return;
  }
  await vscode.workspace.textDocuments.find((document) => document.uri.fsPath === file.fsPath)?.save();
  const folder = vscode.workspace.getWorkspaceFolder(file);
  const name = vscode.l10n.t('Loopscope: {0}', vscode.workspace.asRelativePath(file, false));
  await vscode.debug.startDebugging(folder, { type: DEBUG_TYPE, request: 'launch', name, program: file.fsPath });
}

/** Starts the configuration that the environment of a development window names: the demo, when it is tried out. */
export async function startNamedLaunch(context: vscode.ExtensionContext): Promise<void> {
  const name = process.env['LOOPSCOPE_AUTOSTART'];
  if (!name || context.extensionMode !== vscode.ExtensionMode.Development) return;
  const [folder] = vscode.workspace.workspaceFolders ?? [];
  if (folder) await vscode.debug.startDebugging(folder, name);
}
