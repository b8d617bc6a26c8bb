import { Event, TerminatedEvent } from '@vscode/debugadapter';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { randomUUID } from 'node:crypto';
import { descendants } from '../../link/candidates';
import type { DialOptions } from '../../link/dialing';
import { readDiscovery } from '../../link/discovery';
import { PathMap } from '../../link/pathMapping';
import { programTitle, type ProcessModel } from '../../model';
import { FollowedProcesses } from '../followedProcesses';
import { LoopDebugSession } from '../loop/loopDebugSession';
import { say, type Surroundings } from '../surroundings';
import { readAttachArguments, type AttachTarget } from './attachArguments';
import { enterProcess } from './entering';

/** How long a process that has been entered may take to connect, in ms. */
const CONNECTING_MS = 10_000;

/** What an attach session needs from its surroundings. */
export interface AttachServices extends Surroundings {
  /** Looks into a process that listens; gives its key in the model. @throws Error with a sentence. */
  dial(options: DialOptions, paths: PathMap): Promise<string>;
}

/** Looks into programs that already run, and speaks the Debug Adapter Protocol about them; leaves them as they were. */
export class LoopscopeAttachSession extends LoopDebugSession {
  private readonly session = randomUUID();
  private readonly keys = new Set<string>();
  /** Those that this session connected, and that it hangs up on. */
  private readonly ours = new Set<string>();
  private readonly followed: FollowedProcesses;
  private isConfigured: () => void = () => undefined;
  private paths = new PathMap([]);
  private isAttached = false;
  private isOver = false;

  public constructor(private readonly services: AttachServices) {
    super();
    const configured = new Promise<void>((resolve) => (this.isConfigured = resolve));
    this.followed = new FollowedProcesses({
      sessions: services.sessions,
      loopDebugger: this.loopDebugger,
      configured,
      // A process that was entered gives the session's name to what it forks.
      belongs: (model) => this.keys.has(model.key) || model.hello.session === this.session,
      connection: (key) => services.connection(key),
      sendEvent: (event) => this.sendEvent(event),
      log: (sentence) => services.log(sentence),
      allEnded: () => this.ended(),
    });
  }

  public override dispose(): void {
    this.leave();
    super.dispose();
  }

  protected override convertDebuggerPathToClient(path: string): string {
    return super.convertDebuggerPathToClient(this.paths.toLocal(path));
  }

  protected override convertClientPathToDebugger(path: string): string {
    return this.paths.toRemote(super.convertClientPathToDebugger(path));
  }

  protected override configurationDoneRequest(response: DebugProtocol.ConfigurationDoneResponse): void {
    this.isConfigured();
    this.sendResponse(response);
  }

  protected override attachRequest(
    response: DebugProtocol.AttachResponse,
    request?: DebugProtocol.AttachRequestArguments,
  ): void {
    this.attach(request ?? {}).then(
      () => this.sendResponse(response),
      (error: unknown) => {
        const reason = error instanceof Error ? error.message : String(error);
        this.services.log(reason);
        this.leave();
        const variables = { _sentence: reason };
        this.sendErrorResponse(response, { id: 1, format: '{_sentence}', variables, showUser: true });
      },
    );
  }

  protected override terminateRequest(response: DebugProtocol.TerminateResponse): void {
    this.sendResponse(response);
    this.ended();
  }

  protected override disconnectRequest(
    response: DebugProtocol.DisconnectResponse,
    request?: DebugProtocol.DisconnectArguments,
  ): void {
    this.leave();
    super.disconnectRequest(response, request ?? {});
  }

  private async attach(request: DebugProtocol.AttachRequestArguments): Promise<void> {
    const { target, subProcesses, pathMappings } = readAttachArguments(request);
    this.paths = new PathMap(pathMappings);
    const key = await this.reach(target);
    const model = this.services.sessions.get(key);
    if (this.isOver || model === undefined) return;
    this.take(key);
    const { process } = model.hello;
    this.sendEvent(
      new Event('process', {
        name: programTitle(process),
        systemProcessId: process.pid,
        isLocalProcess: target.kind === 'process',
        startMethod: 'attach',
      }),
    );
    say(
      this,
      this.services,
      this.services.translate('Attached to process {0}: {1}', process.pid, process.argv.join(' ')),
    );
    if (subProcesses && target.kind === 'process') await this.takeDescendants(target.pid);
    this.isAttached = true;
    if (model.isEnded) this.ended();
  }

  /** Connects with a process, where this window has not done so already; gives its key. */
  private async reach(target: AttachTarget): Promise<string> {
    if (target.kind === 'address') {
      const key = await this.services.dial(target, this.paths);
      this.ours.add(key);
      return key;
    }
    const { pid } = target;
    const known = this.connected().find(({ hello }) => hello.process.pid === pid);
    if (known) return known.key;
    const entry = (await readDiscovery()).find((candidate) => candidate.pid === pid);
    const key = entry ? await this.services.dial(entry, this.paths) : await this.enter(pid);
    this.ours.add(key);
    return key;
  }

  private async enter(pid: number): Promise<string> {
    const { runtimeFolder, sessions } = this.services;
    const { address, token } = await this.services.address();
    const { executable } = await this.services.findPython(null, process.cwd());
    await enterProcess({ pid, python: executable, runtimeFolder, address, token, session: this.session });
    return new Promise((resolve, reject) => {
      const find = (): void => {
        const model = sessions.processes.find(
          ({ hello }) => hello.session === this.session && hello.process.pid === pid,
        );
        if (model === undefined) return;
        unsubscribe();
        clearTimeout(timer);
        resolve(model.key);
      };
      const unsubscribe = sessions.subscribe(find);
      const timer = setTimeout(() => {
        unsubscribe();
        reject(
          new Error(this.services.translate('Process {0} was entered, and has not connected to this window.', pid)),
        );
      }, CONNECTING_MS);
      find();
    });
  }

  /** Attaches to what a process has started and that can be attached to; one that cannot is passed over. */
  private async takeDescendants(pid: number): Promise<void> {
    const entries = (await readDiscovery()).map((entry) => ({ ...entry, parentPid: entry.parent_pid }));
    for (const entry of descendants(pid, entries)) {
      if (this.connected().some(({ hello }) => hello.process.pid === entry.pid)) continue;
      try {
        const key = await this.services.dial(entry, this.paths);
        if (this.isOver) this.services.connection(key)?.close();
        this.ours.add(key);
        this.take(key);
      } catch (error) {
        this.services.log(`Process ${entry.pid}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  }

  private connected(): readonly ProcessModel[] {
    return this.services.sessions.processes.filter(
      (model) => !model.isEnded && this.services.connection(model.key) !== undefined,
    );
  }

  private take(key: string): void {
    this.keys.add(key);
    this.followed.follow(key);
  }

  private ended(): void {
    if (this.isOver || !this.isAttached) return;
    this.leave();
    this.sendEvent(new TerminatedEvent());
  }

  /** Lets the programs run on as they did before. */
  private leave(): void {
    if (this.isOver) return;
    this.isOver = true;
    this.loopDebugger.letGo();
    this.followed.leave();
    for (const { key, hello } of this.services.sessions.processes) {
      // What was entered goes with its viewer, and so do its children.
      if (this.ours.has(key) || hello.session === this.session) this.services.connection(key)?.close();
    }
  }
}
