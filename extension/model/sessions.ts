import type { Hello, Site, WatchedLines } from '../protocol/generated/types';
import { ProcessModel } from './processModel';
import type { FrameLocals, LaunchPhase, LaunchView, LookAt, SessionsEvent, SessionsQueries } from './queries';
import { t } from '../protocol/language';

/** Ended processes kept for reading. A program that starts workers over and over leaves no more than these. */
const MAX_ENDED = 32;
const MAX_LAUNCHES = 32;
const NOTHING: LookAt = { steps: false, task: null };

/** The way back to a process, for what the model cannot answer. */
export interface ProcessPort {
  /** Rejects with a sentence when the process is gone, does not answer in time or does not know the command. */
  awaitStack(task: number): Promise<readonly Site[]>;
  /** The locals of a task whose loop is held; see {@link SessionsQueries.locals}. Absent where there are none. */
  locals?(task: number): Promise<readonly FrameLocals[]>;
  /** Says what is looked at; see {@link SessionsQueries.lookAt}. Absent where nothing can be asked. */
  lookAt?(what: LookAt): void;
  /** Asks to be told when lines are executed. Rejects with a sentence. Absent where nothing can be asked. */
  watchLines?(files: readonly WatchedLines[]): Promise<void>;
}

interface Launch {
  readonly session: string;
  readonly group: string;
  readonly title: string;
  readonly phase: LaunchPhase;
  readonly code: string | null;
  readonly message: string | null;
}

interface Entry {
  readonly model: ProcessModel;
  readonly port: ProcessPort;
  readonly group: string;
  /** What the process was told last. */
  lookedAt: LookAt;
}

/**
 * The processes of this window, and the launches they belong to. A process that has ended stays readable until the
 * same thing is run again: the same launch configuration, or the same command line for what was started elsewhere.
 */
export class Sessions implements SessionsQueries {
  private readonly entries = new Map<string, Entry>();
  private readonly launchesBySession = new Map<string, Launch>();
  private readonly listeners = new Set<(event: SessionsEvent) => void>();
  private added = 0;

  public get processes(): readonly ProcessModel[] {
    return [...this.entries.values()].map((entry) => entry.model).reverse();
  }

  public get launches(): readonly LaunchView[] {
    return [...this.launchesBySession.values()].reverse();
  }

  public get current(): ProcessModel | undefined {
    const processes = this.processes;
    return processes.find((model) => !model.isEnded) ?? processes[0];
  }

  public get(key: string): ProcessModel | undefined {
    return this.entries.get(key)?.model;
  }

  public launch(session: string): LaunchView | undefined {
    return this.launchesBySession.get(session);
  }

  public subscribe(listener: (event: SessionsEvent) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /**
   * A launch begins: what is left of its earlier runs goes away.
   * @param group Equal for runs of the same thing, such as the folder and name of a launch configuration.
   */
  public beginLaunch(session: string, group: string, title: string): void {
    this.forget((entry) => entry.group === group && entry.model.isEnded);
    for (const launch of this.launchesBySession.values()) {
      if (launch.group === group && launch.phase !== 'starting' && launch.phase !== 'connected') {
        this.launchesBySession.delete(launch.session);
      }
    }
    this.launchesBySession.set(session, { session, group, title, phase: 'starting', code: null, message: null });
    const [oldest] = this.launchesBySession.keys();
    if (this.launchesBySession.size > MAX_LAUNCHES && oldest !== undefined) this.launchesBySession.delete(oldest);
    this.emit({ kind: 'launches' });
  }

  /** The launch could not be started or looked into: `message` says why and what to do. */
  public failLaunch(session: string, code: string, message: string): void {
    this.changeLaunch(session, { phase: 'failed', code, message });
  }

  /** The launch is over. One that failed stays failed. */
  public endLaunch(session: string): void {
    if (this.launchesBySession.get(session)?.phase !== 'failed') this.changeLaunch(session, { phase: 'ended' });
  }

  /** A process introduced itself. */
  public add(hello: Hello, port: ProcessPort, now: number): ProcessModel {
    const launch = this.launchesBySession.get(hello.session);
    const group = launch?.group ?? commandLine(hello);
    if (!launch) this.forget((entry) => entry.group === group && entry.model.isEnded);
    const model = new ProcessModel(String(++this.added), hello, now);
    this.entries.set(model.key, { model, port, group, lookedAt: NOTHING });
    this.trim();
    if (launch) this.changeLaunch(launch.session, { phase: 'connected', code: null, message: null });
    this.emit({ kind: 'added', key: model.key });
    return model;
  }

  /** To be called after a model took something in. */
  public changed(model: ProcessModel): void {
    if (this.entries.has(model.key)) this.emit({ kind: model.isEnded ? 'ended' : 'changed', key: model.key });
  }

  /** Lets the clock be looked at; see {@link ProcessModel.tick}. */
  public tick(now: number): void {
    for (const { model } of this.entries.values()) {
      const before = model.revisions.overview;
      model.tick(now);
      if (model.revisions.overview !== before) this.emit({ kind: 'changed', key: model.key });
    }
  }

  /** Forgets every process that has ended and every launch that is over. */
  public forgetEnded(): void {
    this.forget((entry) => entry.model.isEnded);
    for (const launch of this.launchesBySession.values()) {
      if (launch.phase === 'ended' || launch.phase === 'failed') this.launchesBySession.delete(launch.session);
    }
    this.emit({ kind: 'launches' });
  }

  public async awaitStack(key: string, task: number): Promise<readonly Site[]> {
    const entry = this.entries.get(key);
    if (!entry || entry.model.isEnded)
      throw new Error(t('The program has ended, so its stacks can no longer be read.'));
    return entry.port.awaitStack(task);
  }

  public async locals(key: string, task: number): Promise<readonly FrameLocals[]> {
    const entry = this.entries.get(key);
    if (!entry?.port.locals || entry.model.isEnded) {
      throw new Error(t('Variables can be read only of a program that is held.'));
    }
    return entry.port.locals(task);
  }

  public lookAt(key: string, what: LookAt): void {
    const entry = this.entries.get(key);
    if (!entry || entry.model.isEnded || !entry.model.hello.commands.includes('look-at')) return;
    const wanted = entry.model.trace.level === 'trace' ? what : NOTHING;
    if (wanted.steps === entry.lookedAt.steps && wanted.task === entry.lookedAt.task) return;
    entry.lookedAt = wanted;
    entry.port.lookAt?.(wanted);
  }

  /** Asks a process to tell when lines are executed, instead of those asked for before; rejects with a sentence. */
  public async watchLines(key: string, files: readonly WatchedLines[]): Promise<void> {
    const entry = this.entries.get(key);
    if (!entry || entry.model.isEnded || !entry.model.hello.commands.includes('watch-lines')) return;
    await entry.port.watchLines?.(files);
  }

  private changeLaunch(session: string, change: Partial<Launch>): void {
    const launch = this.launchesBySession.get(session);
    if (!launch) return;
    this.launchesBySession.set(session, { ...launch, ...change });
    this.emit({ kind: 'launches' });
  }

  private forget(which: (entry: Entry) => boolean): void {
    for (const [key, entry] of this.entries) {
      if (!which(entry)) continue;
      this.entries.delete(key);
      this.emit({ kind: 'removed', key });
    }
  }

  private trim(): void {
    const ended = [...this.entries.values()].filter((entry) => entry.model.isEnded);
    const surplus = new Set(ended.slice(0, Math.max(0, ended.length - MAX_ENDED)));
    this.forget((entry) => surplus.has(entry));
  }

  private emit(event: SessionsEvent): void {
    for (const listener of [...this.listeners]) listener(event);
  }
}

/** What was run where: the same for every run of a program. */
export function commandLine(hello: Hello): string {
  return JSON.stringify([hello.process.executable, hello.process.cwd, ...hello.process.argv]);
}
