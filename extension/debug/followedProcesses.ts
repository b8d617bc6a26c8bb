import { ThreadEvent } from '@vscode/debugadapter';
import type { DebugProtocol } from '@vscode/debugprotocol';
import type { Connection } from '../link/connection';
import type { ProcessModel, Sessions } from '../model';
import { ConnectionEngine } from './connectionEngine';
import type { LoopDebugger } from './loop/loopDebugger';

/** What follows processes for a debug session. */
export interface Following {
  readonly sessions: Sessions;
  readonly loopDebugger: LoopDebugger;
  /** Resolves when the client has sent its breakpoints. */
  readonly configured: Promise<void>;
  /** Whether a process is the session's. */
  belongs(model: ProcessModel): boolean;
  connection(key: string): Connection | undefined;
  sendEvent(event: DebugProtocol.Event): void;
  log(sentence: string): void;
  /** Told when the last of the processes has ended. */
  allEnded?(): void;
}

interface Debugged {
  readonly engine: ConnectionEngine;
  /** The loops that the client was told of, each with its number as a thread. */
  readonly threads: Map<number, number>;
}

/** The processes of a debug session: takes each in when it connects, and tells the client of its loops as threads. */
export class FollowedProcesses {
  private readonly processes = new Map<string, Debugged>();
  private readonly unsubscribe: () => void;
  private isOver = false;

  public constructor(private readonly following: Following) {
    this.unsubscribe = following.sessions.subscribe((event) => {
      if ('key' in event) this.follow(event.key);
    });
  }

  /** Follows no more, not even what goes on: for the client it is over. */
  public leave(): void {
    this.isOver = true;
    this.unsubscribe();
    for (const { engine } of this.processes.values()) this.following.loopDebugger.removeEngine(engine);
    this.processes.clear();
  }

  /** Looks at a process anew: it may have come, have other loops by now, or have ended. */
  public follow(key: string): void {
    const { sessions, loopDebugger } = this.following;
    const model = sessions.get(key);
    if (!model || this.isOver || !this.following.belongs(model)) return;
    const debugged = this.processes.get(key) ?? this.takeIn(key, model);
    if (debugged === null) return;
    const { engine, threads } = debugged;
    for (const { id, state } of model.loops()) {
      const thread = threads.get(id);
      if (state === 'closed' || model.isEnded) {
        if (thread !== undefined && threads.delete(id)) this.tell('exited', thread);
      } else if (thread === undefined) {
        const started = loopDebugger.threadOf(engine, id);
        threads.set(id, started);
        this.tell('started', started);
      }
    }
    if (!model.isEnded || !this.processes.delete(key)) return;
    loopDebugger.removeEngine(engine);
    if (this.processes.size === 0) this.following.allEnded?.();
  }

  private tell(reason: 'started' | 'exited', thread: number): void {
    this.following.sendEvent(new ThreadEvent(reason, thread));
  }

  private takeIn(key: string, model: ProcessModel): Debugged | null {
    const { configured, loopDebugger } = this.following;
    const connection = this.following.connection(key);
    if (model.isEnded || connection === undefined || !ConnectionEngine.isIn(connection)) return null;
    const debugged = { engine: new ConnectionEngine(connection, model), threads: new Map<number, number>() };
    this.processes.set(key, debugged);
    void configured
      .then(() => (this.isOver || model.isEnded ? undefined : loopDebugger.addEngine(debugged.engine)))
      // It ended meanwhile.
      .catch((error: unknown) => this.following.log(error instanceof Error ? error.message : String(error)));
    return debugged;
  }
}
