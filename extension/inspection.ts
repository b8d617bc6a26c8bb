import * as vscode from 'vscode';
import type { Listener } from './link/listener';
import type { Connection } from './link/connection';
import type { DialOptions } from './link/dialing';
import type { PathMap } from './link/pathMapping';
import { Sessions } from './model';
import { SECTION, SETTING } from './identifiers';

/** How often a runtime is asked to send what changed, in ms. */
const UPDATE_INTERVAL_MS = 100;

/** What this window knows of inspected programs: the model, and the listener that programs dial. */
export class Inspection implements vscode.Disposable {
  public readonly sessions = new Sessions();
  private readonly connections = new Map<string, Connection>();
  private listening: Promise<Listener> | null = null;
  private stopClock: (() => void) | undefined;
  private readonly settings: vscode.Disposable;

  public constructor(private readonly log: vscode.LogOutputChannel) {
    this.settings = vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration(`${SECTION}.${SETTING.thresholdMs}`)) this.tellThreshold();
    });
  }

  /** Where programs find this window, and the token they show. Listens from the first call on. */
  public address(): Promise<Listener> {
    this.listening ??= this.listen();
    return this.listening;
  }

  /** The live connection of a process. */
  public connection(key: string): Connection | undefined {
    return this.connections.get(key);
  }

  public dispose(): void {
    this.settings.dispose();
    this.stopClock?.();
    for (const connection of this.connections.values()) connection.close();
    void this.listening?.then((listener) => listener.close());
  }

  /** Tells the threshold of the settings to every program. */
  private tellThreshold(): void {
    for (const connection of this.connections.values()) {
      connection
        .request({ command: 'set-threshold', threshold_ms: thresholdSetting() })
        .catch((error: unknown) => this.log.warn(error instanceof Error ? error.message : String(error)));
    }
  }

  /**
   * Looks into a process that listens.
   * @returns The key by which the model has it.
   * @throws Error with a sentence: why it cannot be reached, or refuses.
   */
  public async dial(options: DialOptions, paths: PathMap | null = null): Promise<string> {
    const [{ dial }, take] = await Promise.all([import('./link/dialing'), this.taking()]);
    const greeted = await dial(options);
    return take(greeted.welcome({ interval_ms: UPDATE_INTERVAL_MS, threshold_ms: thresholdSetting() }), paths);
  }

  private async listen(): Promise<Listener> {
    const [{ Listener: ListenerClass }, take] = await Promise.all([import('./link/listener'), this.taking()]);
    const listener = await ListenerClass.start({
      wishes: (hello) => ({
        interval_ms: UPDATE_INTERVAL_MS,
        // A program that this window launched was told its threshold already.
        threshold_ms: this.sessions.launch(hello.session) ? null : thresholdSetting(),
      }),
      welcomed: (connection) => {
        take(connection, null);
      },
      refused: ({ reason, session, trusted }) => {
        this.log.warn(`Refused: ${reason}`);
        if (trusted && session !== null) this.sessions.failLaunch(session, 'protocol', reason);
      },
    });
    this.log.info(`Waits for programs at ${listener.address}.`);
    return listener;
  }

  /** Loads what takes in a process, which has to be done at once when it is welcomed. */
  private async taking(): Promise<(connection: Connection, paths: PathMap | null) => string> {
    const { feed, keepTime } = await import('./link/feed');
    const now = (): number => performance.now();
    this.stopClock ??= keepTime(this.sessions, now);
    return (connection, paths) => {
      const { process, version } = connection.hello;
      this.log.info(
        `Process ${process.pid} connected: ${process.argv.join(' ')} (Python ${process.python}, runtime ${version}).`,
      );
      const model = feed(connection, this.sessions, now, (sentence) => this.log.warn(sentence), paths ?? undefined);
      this.connections.set(model.key, connection);
      connection.on('closed', () => {
        this.connections.delete(model.key);
        this.log.info(`Process ${process.pid} is gone.`);
      });
      return model.key;
    };
  }
}

/** The block threshold of the settings, in ms. */
export function thresholdSetting(): number {
  const value = vscode.workspace.getConfiguration(SECTION, null).get<number>(SETTING.thresholdMs, 100);
  return value > 0 ? value : 100;
}
