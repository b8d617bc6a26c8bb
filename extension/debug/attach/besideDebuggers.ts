import * as vscode from 'vscode';
import { SECTION, SETTING } from '../../identifiers';
import type { Inspection } from '../../inspection';
import type { DebuggedProcesses } from '../debuggedProcesses';

/**
 * Looks into programs that `debugpy` and `python` attach to, where the runtime is in them already: nothing is put into
 * them, and they are left when that debugger leaves them.
 */
export function registerAttachBeside(
  inspection: Inspection,
  processes: DebuggedProcesses,
  log: vscode.LogOutputChannel,
): vscode.Disposable {
  /** The processes that were dialled for a session, by their keys in the model. */
  const dialled = new Map<vscode.DebugSession, string[]>();
  const known = new WeakMap<vscode.DebugSession, Set<number>>();
  return vscode.Disposable.from(
    processes.onDidChange(({ pid, session }) => {
      const pids = known.get(session) ?? new Set();
      if (!isWanted(session) || pids.has(pid)) return;
      known.set(session, pids.add(pid));
      dial(inspection, pid).then(
        (key) => {
          if (key !== null) dialled.set(session, [...(dialled.get(session) ?? []), key]);
        },
        (error: unknown) => log.info(`Process ${pid} is not looked into: ${String(error)}`),
      );
    }),
    vscode.debug.onDidTerminateDebugSession((session) => {
      for (const key of dialled.get(session) ?? []) inspection.connection(key)?.close();
      dialled.delete(session);
    }),
  );
}

function isWanted({ configuration, workspaceFolder }: vscode.DebugSession): boolean {
  if (configuration.request !== 'attach') return false;
  const own: unknown = configuration['loopscope'];
  if (typeof own === 'boolean') return own;
  const settings = vscode.workspace.getConfiguration(SECTION, workspaceFolder ?? null);
  return settings.get<boolean>(SETTING.injectIntoDebugpy, true);
}

/** Gives null where the runtime is not in the process, or this window looks into it already. */
async function dial(inspection: Inspection, pid: number): Promise<string | null> {
  const { readDiscovery } = await import('../../link/discovery');
  const entry = (await readDiscovery()).find((candidate) => candidate.pid === pid);
  const isConnected = inspection.sessions.processes.some(({ isEnded, hello }) => !isEnded && hello.process.pid === pid);
  return entry === undefined || isConnected ? null : inspection.dial(entry);
}
