import { Event, ExitedEvent, OutputEvent, TerminatedEvent } from '@vscode/debugadapter';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { randomUUID } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { dirname, isAbsolute, join } from 'node:path';
import { inspectionVariables, isolatingFlag, mergeEnvironment, type Environment } from './environment';
import { FollowedProcesses } from './followedProcesses';
import { readLaunchArguments, type LaunchArguments } from './launchArguments';
import { LoopDebugSession } from './loop/loopDebugSession';
import { OutputPump } from './outputPump';
import { ProgramProcess, type Program, type ProgramExit } from './programProcess';
import { PythonNotFoundError } from './python';
import { say, type Surroundings } from './surroundings';
import { TerminalRendezvous } from './terminalProgram';

/** How long a program may run before a person is told that it has not connected, in ms. */
const NO_HELLO_MS = 5_000;

/** How long output may still come after the program's end: what it started may hold its pipes open. */
const DRAIN_MS = 1_000;

const TERMINAL_TIMEOUT_MS = 15_000;

/** What a session that starts a program needs from its surroundings. */
export interface DebugServices extends Surroundings {
  /** Settings for what the launch configuration leaves open. */
  defaults(): { readonly level: 'watch' | 'trace'; readonly thresholdMs: number };
}

/** Runs a program under inspection and speaks the Debug Adapter Protocol about it: its output, its loops, its end. */
export class LoopscopeDebugSession extends LoopDebugSession {
  private readonly session = randomUUID();
  private readonly configured: Promise<void>;
  private isConfigured: () => void = () => undefined;
  private program: Program | null = null;
  private isOver = false;
  private noHello: NodeJS.Timeout | null = null;
  private readonly followed: FollowedProcesses;

  public constructor(private readonly services: DebugServices) {
    super();
    this.configured = new Promise((resolve) => (this.isConfigured = resolve));
    this.followed = new FollowedProcesses({
      sessions: services.sessions,
      loopDebugger: this.loopDebugger,
      configured: this.configured,
      belongs: ({ hello }) => hello.session === this.session,
      connection: (key) => services.connection(key),
      sendEvent: (event) => this.sendEvent(event),
      log: (sentence) => services.log(sentence),
    });
  }

  public override dispose(): void {
    this.program?.killNow();
    this.leave();
    super.dispose();
  }

  protected override configurationDoneRequest(response: DebugProtocol.ConfigurationDoneResponse): void {
    this.isConfigured();
    this.sendResponse(response);
  }

  protected override launchRequest(
    response: DebugProtocol.LaunchResponse,
    request?: DebugProtocol.LaunchRequestArguments,
  ): void {
    this.launch(request ?? {}).then(
      () => this.sendResponse(response),
      (error: unknown) => {
        const reason = error instanceof Error ? error.message : String(error);
        const code = error instanceof PythonNotFoundError ? 'no-python' : 'not-started';
        this.services.sessions.failLaunch(this.session, code, reason);
        this.services.log(reason);
        this.leave();
        this.sendErrorResponse(response, { id: 1, format: reason.replace(/[{}]/gu, ''), showUser: true });
      },
    );
  }

  /** What is typed into the debug console while the program runs is for the program. */
  protected override evaluateRequest(
    response: DebugProtocol.EvaluateResponse,
    request: Partial<DebugProtocol.EvaluateArguments> | undefined,
  ): void {
    const type = this.program?.type?.bind(this.program);
    const isForProgram = request?.context === 'repl' && request.frameId === undefined && !this.loopDebugger.isHolding;
    if (!isForProgram || type === undefined) {
      super.evaluateRequest(response, request as DebugProtocol.EvaluateArguments);
      return;
    }
    type(request.expression ?? '');
    const result = this.services.translate('Sent to the program’s standard input; pause the loop to evaluate.');
    response.body = { result, variablesReference: 0, presentationHint: { kind: 'virtual' } };
    this.sendResponse(response);
  }

  protected override terminateRequest(response: DebugProtocol.TerminateResponse): void {
    this.program?.terminate();
    // A program that ends in its own way at the signal does so in its loop.
    this.loopDebugger.letGo();
    this.sendResponse(response);
  }

  protected override disconnectRequest(
    response: DebugProtocol.DisconnectResponse,
    request?: DebugProtocol.DisconnectArguments,
  ): void {
    if (request?.terminateDebuggee !== false) this.program?.killNow();
    else this.loopDebugger.letGo();
    this.leave();
    super.disconnectRequest(response, request ?? {});
  }

  private async launch(request: DebugProtocol.LaunchRequestArguments): Promise<void> {
    const launch = readLaunchArguments(request);
    this.services.sessions.beginLaunch(this.session, groupOf(launch), launch.name);
    const cwd = launch.cwd ?? folderOf(launch) ?? process.cwd();
    if (!(await isFolder(cwd))) {
      throw new Error(
        `The folder ${cwd}, in which the program should run, does not exist; correct “cwd” in launch.json.`,
      );
    }
    const python = await this.services.findPython(launch.python, cwd);
    const variables = launch.noDebug ? {} : await this.inspection(launch);
    const command: readonly [string, ...string[]] = [
      python.executable,
      ...launch.pythonArgs,
      ...launch.target,
      ...launch.args,
    ];
    this.services.log(`Starts ${command.join(' ')} in ${cwd} (Python ${python.version}).`);
    const program =
      launch.console === 'internalConsole'
        ? await this.startInConsole(command, cwd, { ...launch.env, ...variables })
        : await this.startInTerminal(launch, command, cwd, { ...launch.env, ...variables });
    this.program = program;
    // Who stopped the session while the program was being started did not want it to go on.
    if (this.isOver) program.killNow();
    this.sendEvent(
      new Event('process', {
        name: command.join(' '),
        systemProcessId: program.pid,
        isLocalProcess: true,
        startMethod: 'launch',
      }),
    );
    if (!launch.noDebug) this.expectHello(launch);
  }

  private async inspection(launch: LaunchArguments): Promise<Record<string, string>> {
    const { address, token } = await this.services.address();
    const defaults = this.services.defaults();
    const inspection = {
      bootstrapFolder: join(this.services.runtimeFolder, 'loopscope', 'bootstrap'),
      address,
      token,
      session: this.session,
      level: launch.level ?? defaults.level,
      thresholdMs: launch.thresholdMs ?? defaults.thresholdMs,
      waitsForDebugger: true,
    };
    return inspectionVariables(inspection, launch.env, process.env);
  }

  private async startInConsole(
    command: readonly [string, ...string[]],
    cwd: string,
    variables: Environment,
  ): Promise<Program> {
    // Into a pipe Python writes in blocks; a person wants to see each line when it is printed.
    const environment = mergeEnvironment({ PYTHONUNBUFFERED: '1', ...process.env }, variables);
    const program = await ProgramProcess.start(command, cwd, environment);
    const pumps = (['stdout', 'stderr'] as const).map(
      (name) => new OutputPump(program[name], (text) => this.sendEvent(new OutputEvent(text, name))),
    );
    void program.exited.then(async (exit) => {
      await settled(Promise.all(pumps.map((pump) => pump.finished)), DRAIN_MS);
      for (const pump of pumps) pump.stop();
      this.ended(exit);
    });
    return program;
  }

  private async startInTerminal(
    launch: LaunchArguments,
    command: readonly [string, ...string[]],
    cwd: string,
    variables: Record<string, string | null>,
  ): Promise<Program> {
    const rendezvous = await TerminalRendezvous.start();
    const launcher = join(this.services.runtimeFolder, 'loopscope', 'terminal_launcher.py');
    const request: DebugProtocol.RunInTerminalRequestArguments = {
      kind: launch.console === 'externalTerminal' ? 'external' : 'integrated',
      title: launch.name,
      cwd,
      args: rendezvous.command(command[0], launcher, command),
      env: { ...variables, ...rendezvous.variables },
    };
    const program = rendezvous.program();
    // The terminal may refuse before anybody waits for the program.
    program.catch(() => undefined);
    await new Promise<void>((resolve, reject) => {
      this.runInTerminalRequest(request, TERMINAL_TIMEOUT_MS, (response) => {
        if (response.success) resolve();
        else reject(new Error(`The terminal did not start the program: ${response.message}`));
      });
    }).catch((error: unknown) => {
      rendezvous.close();
      throw error;
    });
    const started = await program;
    void started.exited.then((exit) => this.ended(exit));
    return started;
  }

  /** Tells, once, when nothing connects in time: most likely there is nothing to see, and else it should be known. */
  private expectHello(launch: LaunchArguments): void {
    const flag = isolatingFlag(launch.pythonArgs);
    if (flag !== null) {
      say(
        this,
        this.services,
        this.services.translate(
          'The flag -{0} keeps Loopscope out of this program; run it without that flag to look inside.',
          flag,
        ),
      );
      return;
    }
    this.noHello = setTimeout(() => {
      this.noHello = null;
      if (this.services.sessions.launch(this.session)?.phase !== 'starting' || this.isOver) return;
      say(
        this,
        this.services,
        this.services.translate(
          'The program has not used asyncio for {0} s, so there is nothing to look into yet.',
          NO_HELLO_MS / 1000,
        ),
      );
    }, NO_HELLO_MS);
  }

  private ended(exit: ProgramExit): void {
    if (this.isOver) return;
    const launch = this.services.sessions.launch(this.session);
    if (this.noHello !== null && launch?.phase === 'starting') {
      say(
        this,
        this.services,
        this.services.translate('The program ended before it used asyncio, so Loopscope had nothing to look into.'),
      );
    }
    if (exit.signal !== null)
      say(this, this.services, this.services.translate('The program was ended by {0}.', exit.signal));
    this.leave();
    this.sendEvent(new ExitedEvent(exit.code));
    this.sendEvent(new TerminatedEvent());
  }

  private leave(): void {
    if (this.isOver) return;
    this.isOver = true;
    if (this.noHello !== null) clearTimeout(this.noHello);
    this.followed.leave();
    this.services.sessions.endLaunch(this.session);
  }
}

function groupOf(launch: LaunchArguments): string {
  return JSON.stringify([launch.name, launch.cwd, ...launch.target]);
}

function folderOf(launch: LaunchArguments): string | null {
  const [first] = launch.target;
  return first !== '-m' && isAbsolute(first) ? dirname(first) : null;
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

async function settled(promise: Promise<unknown>, timeoutMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise((resolve) => (timer = setTimeout(resolve, timeoutMs)));
  await Promise.race([promise, timeout]);
  clearTimeout(timer);
}
