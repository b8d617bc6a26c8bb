import * as vscode from 'vscode';
import { SECTION, SETTING } from '../identifiers';
import {
  expandSetting,
  findPython,
  folderCandidates,
  pathCandidates,
  type Python,
  type PythonCandidate,
} from './python';

/** The part of the Python extension's API that tells which environment is selected. */
interface PythonExtension {
  readonly environments?: { getActiveEnvironmentPath(resource?: vscode.Uri): { readonly path: string } };
}

/**
 * Finds the interpreter for a program: what the launch names, the setting of ours, what the Python extension has
 * selected, its default setting, a virtual environment in the folder, PATH.
 *
 * @throws PythonNotFoundError that says where it looked.
 */
export async function discoverPython(configured: string | null, cwd: string): Promise<Python> {
  const resource = vscode.Uri.file(cwd);
  const folder = vscode.workspace.getWorkspaceFolder(resource) ?? vscode.workspace.workspaceFolders?.[0];
  const root = folder?.uri.fsPath ?? cwd;
  const expand = (value: string): string => expandSetting(value, root, process.env);
  const own = vscode.workspace.getConfiguration(SECTION, resource).get<string>(SETTING.pythonPath, '');
  const candidates: PythonCandidate[] = [];
  if (configured !== null) {
    candidates.push({ source: '“python” in the launch configuration', command: expand(configured), explicit: true });
  }
  candidates.push(
    { source: 'the setting “loopscope.pythonPath”', command: own === '' ? null : expand(own), explicit: true },
    { source: 'the Python extension', command: await selectedPython(resource), explicit: false },
    {
      source: 'the setting “python.defaultInterpreterPath”',
      command: defaultInterpreter(resource, expand),
      explicit: false,
    },
    ...(await folderCandidates(root)),
    ...pathCandidates(process.env['PATH']),
  );
  return findPython(candidates, cwd);
}

/** The environment selected in the Python extension, where that is installed. Its troubles are not ours. */
async function selectedPython(resource: vscode.Uri): Promise<string | null> {
  try {
    const extension = vscode.extensions.getExtension<PythonExtension>('ms-python.python');
    if (!extension) return null;
    const api = extension.isActive ? extension.exports : await extension.activate();
    const path = api.environments?.getActiveEnvironmentPath(resource).path ?? null;
    // Its answer is the name `python` where nobody has selected anything.
    return path === 'python' ? null : path;
  } catch {
    return null;
  }
}

function defaultInterpreter(resource: vscode.Uri, expand: (value: string) => string): string | null {
  const setting = vscode.workspace.getConfiguration('python', resource).inspect<string>('defaultInterpreterPath');
  const value = setting?.workspaceFolderValue ?? setting?.workspaceValue ?? setting?.globalValue ?? null;
  return value === null || value === 'python' ? null : expand(value);
}
