import { join } from 'node:path';
import * as vscode from 'vscode';
import { COMMAND, DEBUG_TYPE, SECTION, SETTING } from '../../identifiers';
import type { Inspection } from '../../inspection';
import { discoverPython } from '../pythonDiscovery';
import type { Choice } from './pick';

/** Registers what attaches to running programs from the palette and from launch configurations. */
export function registerAttach(inspection: Inspection): vscode.Disposable {
  const isConnected = (pid: number): boolean =>
    inspection.sessions.processes.some(
      ({ isEnded, hello, key }) => !isEnded && hello.process.pid === pid && inspection.connection(key) !== undefined,
    );
  return vscode.Disposable.from(
    vscode.commands.registerCommand(COMMAND.attach, async () => {
      const { pickTarget } = await import('./pick');
      const choice = await pickTarget(isConnected);
      if (choice !== undefined) await attachTo(choice);
    }),
    vscode.commands.registerCommand(COMMAND.pickProcess, async () => {
      const { pickProcess } = await import('./pick');
      return pickProcess(isConnected);
    }),
    vscode.debug.onDidStartDebugSession(({ type, configuration }) => {
      if (type !== DEBUG_TYPE || configuration.request !== 'attach') return;
      const when = vscode.workspace.getConfiguration(SECTION).get<string>(SETTING.openPanel, 'automatic');
      if (when === 'automatic') void vscode.commands.executeCommand(COMMAND.openPanel);
    }),
  );
}

/** The adapter of an attach session. */
export async function attachAdapter(
  context: vscode.ExtensionContext,
  inspection: Inspection,
  log: vscode.LogOutputChannel,
): Promise<vscode.DebugAdapterDescriptor> {
  const { LoopscopeAttachSession } = await import('./attachSession');
  // A debug adapter as VS Code describes it, though not made by a class of VS Code's.
  const session: unknown = new LoopscopeAttachSession({
    sessions: inspection.sessions,
    runtimeFolder: join(context.extensionPath, 'runtime'),
    translate: (message, ...args) => vscode.l10n.t(message, ...args),
    address: () => inspection.address(),
    connection: (key) => inspection.connection(key),
    dial: (options, paths) => inspection.dial(options, paths),
    findPython: discoverPython,
    log: (sentence) => log.info(sentence),
  });
  return new vscode.DebugAdapterInlineImplementation(session as vscode.DebugAdapter);
}

async function attachTo(choice: Choice): Promise<void> {
  const [folder] = vscode.workspace.workspaceFolders ?? [];
  const common = { type: DEBUG_TYPE, request: 'attach' };
  if (choice.kind === 'process') {
    const { pid, argv } = choice.candidate;
    const name = vscode.l10n.t('Loopscope: process {0} ({1})', pid, argv.join(' ').slice(0, 60));
    await vscode.debug.startDebugging(folder, { ...common, name, processId: pid });
  } else {
    const { host, port, token } = choice;
    const name = vscode.l10n.t('Loopscope: {0}', `${host}:${port}`);
    await vscode.debug.startDebugging(folder, { ...common, name, connect: { host, port }, token });
  }
}
