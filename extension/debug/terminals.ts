import { delimiter, join } from 'node:path';
import * as vscode from 'vscode';
import { SECTION, SETTING } from '../identifiers';
import type { Inspection } from '../inspection';
import { ENVIRONMENT_CONNECT, ENVIRONMENT_TOKEN } from '../protocol/generated/constants';
import { writeTerminalCommand } from './terminalCommand';

const PYTHON_PATH = 'PYTHONPATH';

/**
 * Lets `loopscope app.py` and `python -m loopscope run …` in a terminal of this window find the runtime and dial this
 * window.
 */
export async function prepareTerminals(context: vscode.ExtensionContext, inspection: Inspection): Promise<void> {
  const variables = context.environmentVariableCollection;
  variables.persistent = false;
  variables.clear();
  if (!vscode.workspace.getConfiguration(SECTION).get<boolean>(SETTING.injectIntoTerminals, true)) return;
  const { address, token } = await inspection.address();
  variables.description = vscode.l10n.t(
    '`loopscope app.py` shows the program’s event loop in this window; so does `python -m loopscope run app.py`',
  );
  variables.replace(ENVIRONMENT_CONNECT, address);
  variables.replace(ENVIRONMENT_TOKEN, token);
  const commands = await writeTerminalCommand(context.globalStorageUri.fsPath);
  variables.prepend('PATH', `${commands}${delimiter}`);
  const runtime = join(context.extensionPath, 'runtime');
  // An empty entry at the end would put the current folder on the path of every Python in the terminal.
  variables.prepend(PYTHON_PATH, terminalsHavePythonPath() ? `${runtime}${delimiter}` : runtime);
}

function terminalsHavePythonPath(): boolean {
  const platform = { darwin: 'osx', win32: 'windows' }[process.platform as string] ?? 'linux';
  const settings = vscode.workspace.getConfiguration('terminal.integrated.env');
  const set = settings.get<Record<string, string | null>>(platform)?.[PYTHON_PATH];
  return set === undefined ? Boolean(process.env[PYTHON_PATH]) : Boolean(set);
}
