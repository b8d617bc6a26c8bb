import type { DebugProtocol } from '@vscode/debugprotocol';
import * as vscode from 'vscode';
import { FOREIGN_TYPES } from './injectionDecision';

/** A process under another debugger, as its debug session tells of it. */
export interface DebuggedProcess {
  readonly pid: number;
  readonly session: vscode.DebugSession;
  /** Whether the debugger has stopped it. */
  readonly isStopped: boolean;
}

/** Requests after which a program runs. */
const GOING = new Set(['continue', 'next', 'stepIn', 'stepOut', 'stepBack', 'reverseContinue', 'goto', 'disconnect']);

/** The processes under `debugpy` and `python`, by what passes between VS Code and the adapters: nothing is added to it. */
export class DebuggedProcesses implements vscode.Disposable {
  private readonly known = new Map<vscode.DebugSession, DebuggedProcess>();
  private readonly changes = new vscode.EventEmitter<DebuggedProcess>();
  private readonly trackers: vscode.Disposable[];

  /** Fires when a process becomes known, is stopped, runs on or is no longer debugged. */
  public readonly onDidChange = this.changes.event;

  public constructor() {
    this.trackers = FOREIGN_TYPES.map((type) =>
      vscode.debug.registerDebugAdapterTrackerFactory(type, {
        createDebugAdapterTracker: (session) => ({
          onDidSendMessage: (message: DebugProtocol.ProtocolMessage) => this.hear(session, message),
          onExit: () => this.forget(session),
          onWillStopSession: () => this.forget(session),
        }),
      }),
    );
  }

  /** The process with a pid. */
  public byPid(pid: number): DebuggedProcess | undefined {
    return [...this.known.values()].find((process) => process.pid === pid);
  }

  public dispose(): void {
    for (const tracker of this.trackers) tracker.dispose();
    this.changes.dispose();
  }

  private hear(session: vscode.DebugSession, message: DebugProtocol.ProtocolMessage): void {
    const { event, body } = message as Partial<DebugProtocol.ProcessEvent>;
    const { command, success } = message as Partial<DebugProtocol.Response>;
    const pid = event === 'process' ? body?.systemProcessId : undefined;
    if (pid !== undefined) this.change({ pid, session, isStopped: false });
    else if (event === 'stopped') this.setStopped(session, true);
    else if (event === 'continued' || (success === true && GOING.has(command ?? ''))) this.setStopped(session, false);
    else if (event === 'terminated') this.forget(session);
  }

  private setStopped(session: vscode.DebugSession, isStopped: boolean): void {
    const known = this.known.get(session);
    if (known !== undefined && known.isStopped !== isStopped) this.change({ ...known, isStopped });
  }

  private change(process: DebuggedProcess): void {
    this.known.set(process.session, process);
    this.changes.fire(process);
  }

  private forget(session: vscode.DebugSession): void {
    const known = this.known.get(session);
    if (known === undefined) return;
    this.known.delete(session);
    this.changes.fire({ ...known, isStopped: false });
  }
}
