import { BreakpointEvent, ContinuedEvent, OutputEvent, StoppedEvent, ThreadEvent } from '@vscode/debugadapter';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { BreakpointTable } from './breakpointTable';
import type { HeldEvent, LoopCommand, LoopEngine, LoopEvent } from './engine';
import { EXCEPTION_FILTERS, readFilters, type WantedStops } from './filters';
import { Inspector, type Lines } from './inspector';
import { describeStop, stopReason } from './reasons';
import { References } from './references';
import { ThreadNumbers, type Place } from './threads';

/** How long a pause may take before a person is told what it waits for, in ms. */
const SLOW_PAUSE_MS = 1_000;

/** How long an expression may take that awaits nothing, in ms. */
const EVALUATION_MS = 10_000;

/** What a debugger needs of the session it is part of. */
export interface LoopDebuggerHost extends Lines {
  sendEvent(event: DebugProtocol.Event): void;
}

interface Connected {
  readonly held: Map<number, HeldEvent>;
  readonly leave: () => void;
}

/** What a session that has a {@link LoopDebugger} answers to `initialize`, beside its own. */
export const LOOP_CAPABILITIES: DebugProtocol.Capabilities = {
  supportsConditionalBreakpoints: true,
  supportsHitConditionalBreakpoints: true,
  supportsLogPoints: true,
  supportsEvaluateForHovers: true,
  supportsExceptionFilterOptions: true,
  supportsExceptionInfoRequest: true,
  supportsTerminateThreadsRequest: true,
  // VS Code would ask for the innermost frame alone, and show asyncio's code for half a second before the user's.
  supportsDelayedStackTraceLoading: false,
  supportsSteppingGranularity: false,
  exceptionBreakpointFilters: [...EXCEPTION_FILTERS],
};

/**
 * Holds, steps and inspects the loops of all processes of one debug session: one method for each request of the Debug
 * Adapter Protocol, which gives the body of the response or throws an Error with a sentence.
 */
export class LoopDebugger {
  private readonly engines = new Map<LoopEngine, Connected>();
  private readonly threads = new ThreadNumbers<LoopEngine>();
  private readonly references = new References<LoopEngine>();
  private readonly breakpoints: BreakpointTable;
  private readonly inspector: Inspector;
  private stops: WantedStops = { jam_ms: null, task_failed: false, rules: [] };
  /** The stop that was told last, while it lasts. */
  private stopped: { readonly thread: number; readonly event: HeldEvent } | null = null;
  private resumesAwaited = 0;
  private slowPause: NodeJS.Timeout | null = null;

  public constructor(private readonly host: LoopDebuggerHost) {
    this.breakpoints = new BreakpointTable((line) => host.toClientLine(line));
    this.inspector = new Inspector(this.threads, this.references, host);
  }

  public dispose(): void {
    for (const engine of [...this.engines.keys()]) this.removeEngine(engine);
  }

  /** Takes a process in, and tells it of breakpoints and stops. */
  public async addEngine(engine: LoopEngine): Promise<void> {
    this.engines.set(engine, { held: new Map(), leave: engine.onEvent((event) => this.take(engine, event)) });
    for (const breakpoint of await this.breakpoints.sendAll(engine)) {
      this.host.sendEvent(new BreakpointEvent('changed', breakpoint));
    }
    await engine.request('set-stops', { ...this.stops });
  }

  /** Forgets a process that has ended or been let go. */
  public removeEngine(engine: LoopEngine): void {
    this.engines.get(engine)?.leave();
    this.engines.delete(engine);
    this.threads.forgetEngine(engine);
    if (this.heldEngines().length === 0) this.nothingHeld();
  }

  /** Whether a loop of one of the processes is held. */
  public get isHolding(): boolean {
    return this.heldEngines().length > 0;
  }

  /** The number by which the client knows a loop. */
  public threadOf(engine: LoopEngine, loop: number): number {
    return this.threads.of({ engine, ...loopOf(loop) });
  }

  /** Takes breakpoints and stops out of the processes and lets their loops run, for a client that leaves them alone. */
  public letGo(): void {
    for (const engine of this.engines.keys()) {
      const requests = [
        ...this.breakpoints.clear(engine),
        engine.request('set-stops', { jam_ms: null, task_failed: false, rules: [] }),
        engine.request('resume', {}),
      ];
      // A process may end at any moment, and one that is not held refuses to be resumed.
      for (const request of requests) request.catch(() => undefined);
    }
  }

  // Requests

  public async setBreakpoints(
    request: DebugProtocol.SetBreakpointsArguments,
  ): Promise<DebugProtocol.SetBreakpointsResponse['body']> {
    const { path } = request.source;
    if (path === undefined) throw new Error('Breakpoints need a file on disk.');
    const file = this.host.toOwnPath(path);
    const toOwnLine = (line: number): number => this.host.toOwnLine(line);
    const wanted = request.breakpoints ?? [];
    return {
      breakpoints: await this.breakpoints.set(file, request.source, wanted, toOwnLine, this.engines.keys()),
    };
  }

  public async setExceptionBreakpoints(
    request: DebugProtocol.SetExceptionBreakpointsArguments,
  ): Promise<NonNullable<DebugProtocol.SetExceptionBreakpointsResponse['body']>> {
    const { stops, breakpoints } = readFilters(request);
    this.stops = stops;
    await Promise.all([...this.engines.keys()].map((engine) => engine.request('set-stops', { ...stops })));
    return { breakpoints };
  }

  /** The loops, and while they are held their tasks: those that matter first, 200 at most of each process. */
  public async listThreads(): Promise<DebugProtocol.ThreadsResponse['body']> {
    const lists = await Promise.all(
      [...this.engines].map(([engine, { held }]) =>
        this.inspector.threads(engine, held.size > 0, this.engines.size > 1),
      ),
    );
    return { threads: lists.flat() };
  }

  public async stackTrace(
    request: DebugProtocol.StackTraceArguments,
  ): Promise<DebugProtocol.StackTraceResponse['body']> {
    return this.inspector.stackTrace(this.place(request.threadId), request);
  }

  public async scopes(request: DebugProtocol.ScopesArguments): Promise<DebugProtocol.ScopesResponse['body']> {
    return this.inspector.scopes(request.frameId);
  }

  public async variables(request: DebugProtocol.VariablesArguments): Promise<DebugProtocol.VariablesResponse['body']> {
    return this.inspector.variables(request);
  }

  public async evaluate(request: DebugProtocol.EvaluateArguments): Promise<DebugProtocol.EvaluateResponse['body']> {
    if (request.frameId === undefined) {
      throw new Error('Pause the loop and choose a frame of a task: expressions are evaluated there.');
    }
    const { engine, id } = this.references.get(request.frameId);
    const { expression, context = 'repl' } = request;
    const answer = engine.request('evaluate', { frame: id, expression, context });
    const { variable, ran } = await this.inTime(engine, answer);
    if (ran) this.say('The loop ran until the awaited expression was done, and is held again.');
    return { ...this.inspector.value(engine, variable), result: variable.text };
  }

  public async pause(): Promise<void> {
    if (this.engines.size === 0) throw new Error('The program does not use asyncio yet: there is no loop to hold.');
    this.awaitHold();
    await Promise.all([...this.engines.keys()].map((engine) => engine.request('hold', {})));
  }

  public async continue(): Promise<DebugProtocol.ContinueResponse['body']> {
    const held = this.heldEngines();
    if (held.length === 0) throw new Error('The loop is not held.');
    await Promise.all(held.map((engine) => this.go(engine, 'resume', {})));
    // After the response: VS Code takes threads for stopped for ever that go before it knows that they run.
    setImmediate(() => this.tasksAreGone(held));
    return { allThreadsContinued: true };
  }

  /** Until the task next suspends or ends; of a loop, its next callback. */
  public async next(request: DebugProtocol.NextArguments): Promise<void> {
    const { engine, kind, id } = this.place(request.threadId);
    await (kind === 'task' ? this.go(engine, 'step-over', { task: id }) : this.go(engine, 'step-into', { loop: id }));
  }

  /** Exactly one callback. */
  public async stepIn(request: DebugProtocol.StepInArguments): Promise<void> {
    const { engine, kind, id } = this.place(request.threadId);
    await this.go(engine, 'step-into', kind === 'task' ? { task: id } : { loop: id });
  }

  /** Until what awaits the task resumes. */
  public async stepOut(request: DebugProtocol.StepOutArguments): Promise<void> {
    const { engine, kind, id } = this.place(request.threadId);
    if (kind === 'loop') throw new Error('A loop is awaited by nothing; choose a task to step out of.');
    await this.go(engine, 'step-out', { task: id });
  }

  /** Cancels tasks. */
  public async terminateThreads(request: DebugProtocol.TerminateThreadsArguments): Promise<void> {
    for (const thread of request.threadIds ?? []) {
      const { engine, kind, id } = this.place(thread);
      if (kind === 'loop') throw new Error('A loop cannot be cancelled; choose one of its tasks.');
      await engine.request('cancel-task', { task: id });
    }
  }

  public exceptionInfo(request: DebugProtocol.ExceptionInfoArguments): DebugProtocol.ExceptionInfoResponse['body'] {
    const { stopped } = this;
    if (stopped?.thread !== request.threadId) throw new Error('This thread was not stopped by an event.');
    const { reason, description } = stopped.event;
    return { exceptionId: reason, description, breakMode: 'always' };
  }

  // Events

  private take(engine: LoopEngine, event: LoopEvent): void {
    const connected = this.engines.get(engine);
    if (connected === undefined) return;
    switch (event.type) {
      case 'held':
        connected.held.set(event.loop, event);
        if (event.first) this.holdsFirst(engine, event);
        return;
      case 'resumed':
        for (const loop of event.loops) connected.held.delete(loop);
        this.resumed();
        return;
      case 'logged':
        this.host.sendEvent(new OutputEvent(`${event.text}\n`, 'console'));
        return;
    }
  }

  private holdsFirst(engine: LoopEngine, event: HeldEvent): void {
    this.endSlowPause();
    if (this.stopped !== null) return;
    const place = {
      engine,
      ...(event.task === null ? loopOf(event.loop) : ({ kind: 'task', id: event.task } as const)),
    };
    const thread = this.threads.of(place);
    this.stopped = { thread, event };
    // One process of a session stops for all of them.
    for (const [other, { held }] of this.engines) {
      if (other !== engine && held.size === 0) other.request('hold', {}).catch(() => undefined);
    }
    const stop: DebugProtocol.StoppedEvent = new StoppedEvent(stopReason(event), thread);
    stop.body = {
      ...stop.body,
      description: describeStop(event),
      text: event.description,
      allThreadsStopped: true,
      ...(event.breakpoint === null ? {} : { hitBreakpointIds: [event.breakpoint] }),
    };
    this.host.sendEvent(stop);
  }

  private resumed(): void {
    const thread = this.stopped?.thread;
    this.nothingHeld();
    if (this.resumesAwaited > 0) {
      // The response to the request says so already.
      this.resumesAwaited--;
    } else if (thread !== undefined) {
      const event: DebugProtocol.ContinuedEvent = new ContinuedEvent(thread, true);
      this.host.sendEvent(event);
    }
  }

  /** Tasks are threads only while they are held: VS Code asks for the list again when it is told of a thread. */
  private tasksAreGone([engine]: readonly LoopEngine[]): void {
    const [loop] = engine?.loops() ?? [];
    if (engine === undefined || loop === undefined || this.heldEngines().length > 0) return;
    this.host.sendEvent(new ThreadEvent('started', this.threadOf(engine, loop.id)));
  }

  private nothingHeld(): void {
    this.stopped = null;
    this.references.clear();
    this.endSlowPause();
  }

  private awaitHold(): void {
    this.endSlowPause();
    this.slowPause = setTimeout(() => {
      this.slowPause = null;
      this.say('A callback is running; the loop is held as soon as it ends.');
    }, SLOW_PAUSE_MS);
  }

  private endSlowPause(): void {
    if (this.slowPause !== null) clearTimeout(this.slowPause);
    this.slowPause = null;
  }

  private async go(engine: LoopEngine, command: LoopCommand, arguments_: Record<string, unknown>): Promise<void> {
    this.resumesAwaited++;
    try {
      await engine.request(command, arguments_);
    } catch (error) {
      this.resumesAwaited--;
      throw error;
    }
  }

  /** An expression that awaits lets the loop run, and may take its time; one that does not is waited for only so long. */
  private async inTime<Result>(engine: LoopEngine, answer: Promise<Result>): Promise<Result> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        if (this.engines.get(engine)?.held.size === 0) return;
        const seconds = EVALUATION_MS / 1000;
        reject(new Error(`The expression has run for ${seconds} s and goes on; the loop stays held until it is done.`));
      }, EVALUATION_MS);
    });
    try {
      return await Promise.race([answer, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  private heldEngines(): LoopEngine[] {
    return [...this.engines].filter(([, { held }]) => held.size > 0).map(([engine]) => engine);
  }

  private place(thread: number): Place<LoopEngine> {
    const place = this.threads.place(thread);
    if (place === undefined) throw new Error(`There is no thread ${thread}.`);
    return place;
  }

  private say(sentence: string): void {
    this.host.sendEvent(new OutputEvent(`Loopscope: ${sentence}\n`, 'console'));
  }
}

function loopOf(id: number): { readonly kind: 'loop'; readonly id: number } {
  return { kind: 'loop', id };
}
