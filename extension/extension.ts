import * as vscode from 'vscode';
import { registerAttachBeside } from './debug/attach/besideDebuggers';
import { DebuggedProcesses } from './debug/debuggedProcesses';
import { registerInjection } from './debug/injection';
import { registerJamBreak } from './debug/jamBreak';
import { registerLaunches, startNamedLaunch } from './debug/launches';
import { prepareTerminals } from './debug/terminals';
import { openLocation, registerEditor } from './editor';
import { COMMAND } from './identifiers';
import { Inspection } from './inspection';
import { Mutes } from './mutes';
import { speakWith } from './protocol/language';
import { registerTools } from './tools';
import { registerPanel } from './views/opening';
import { registerExport } from './views/exporting';
import { Recorder } from './views/recording';
import { registerRecordingEditor } from './views/recordingEditor';
import { StatusBar } from './views/statusBar';

/** Called by VS Code, which waits for it while a debug session starts: registers, and loads nothing heavy. */
export function activate(context: vscode.ExtensionContext): void {
  speakWith(vscode.l10n.t);
  const log = vscode.window.createOutputChannel('Loopscope', { log: true });
  const inspection = new Inspection(log);
  const debugged = new DebuggedProcesses();
  const recorder = new Recorder(inspection, log);
  const mutes = new Mutes(context.workspaceState);
  const editor = registerEditor(context, inspection.sessions, mutes, log);
  const { extensionUri, globalState: memory } = context;
  const page = { extensionUri, openLocation, fixes: editor.fixes, mutes, memory };
  context.subscriptions.push(
    log,
    inspection,
    registerLaunches(context, inspection, log),
    registerInjection(context, inspection, log),
    debugged,
    registerJamBreak(inspection, debugged, log),
    registerAttachBeside(inspection, debugged, log),
    editor.disposable,
    recorder,
    registerPanel(page, inspection, recorder, log),
    registerRecordingEditor(page, log),
    registerExport(extensionUri, log),
    new StatusBar(inspection.sessions),
    registerTools(inspection.sessions),
    vscode.commands.registerCommand(COMMAND.showLog, () => log.show()),
  );
  prepareTerminals(context, inspection).catch((error: unknown) =>
    log.error(`Terminals are not prepared: ${String(error)}`),
  );
  startNamedLaunch(context).catch((error: unknown) => log.error(`The launch did not start: ${String(error)}`));
}
