import * as vscode from 'vscode';
import { TERMINAL_SESSION } from '../debug/terminalCommand';
import { COMMAND, SECTION, SETTING } from '../identifiers';
import type { Inspection } from '../inspection';
import { VIEWS, type ViewName } from '../protocol/webview-messages';
import { ProgramActions } from './actions';
import { InspectorPanel } from './panel';
import type { PageSurroundings } from './panel-page';
import type { Recorder } from './recording';

/** Registers the panel, the command that opens it, and its opening by itself when a launch of this window connects. */
export function registerPanel(
  surroundings: PageSurroundings,
  inspection: Inspection,
  recorder: Recorder,
  log: vscode.LogOutputChannel,
): vscode.Disposable {
  const { sessions } = inspection;
  const panel = new InspectorPanel(surroundings, sessions, recorder, new ProgramActions(inspection, log));
  const leave = sessions.subscribe((event) => {
    if (event.kind !== 'added' || panel.isOpen) return;
    const model = sessions.get(event.key);
    const session = model?.hello.session ?? '';
    const isOurs = sessions.launch(session) !== undefined || session.startsWith(TERMINAL_SESSION);
    const when = vscode.workspace.getConfiguration(SECTION).get<string>(SETTING.openPanel, 'automatic');
    if (isOurs && when === 'automatic') panel.show({ preserveFocus: true });
  });
  return vscode.Disposable.from(
    panel,
    new vscode.Disposable(leave),
    vscode.commands.registerCommand(COMMAND.openPanel, (view?: unknown) => {
      panel.show(isView(view) ? { view } : {});
    }),
  );
}

function isView(value: unknown): value is ViewName {
  return VIEWS.some((view) => view === value);
}
