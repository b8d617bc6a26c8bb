/** For tests that speak to the debug adapter as any client does. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DebugClient } from '@vscode/debugadapter-testsupport';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { readTestPython } from '../../testing';
import { Transcript } from './transcript';

const root = join(import.meta.dirname, '..', '..', '..', '..');
const adapter = join(import.meta.dirname, '..', '..', 'stdio.ts');

/** The programs that are debugged. */
export const programs = join(root, 'runtime', 'tests', 'control', 'programs');

/** The path of one of the programs. */
export function pathOf(program: string): string {
  return join(programs, program);
}

/** The line of a program that ends with a comment of this text. */
export async function lineOf(program: string, mark: string): Promise<number> {
  const lines = (await readFile(pathOf(program), 'utf8')).split('\n');
  return lines.findIndex((line) => line.endsWith(`# ${mark}`)) + 1;
}

/** What a client sends before the program begins. */
export interface Wishes {
  readonly args?: readonly string[];
  readonly breakpoints?: readonly DebugProtocol.SourceBreakpoint[];
  readonly filterOptions?: readonly DebugProtocol.ExceptionFilterOptions[];
}

/** The debug adapter over stdio with a real program, and a client that writes down what is said. */
export class Conversation {
  public readonly transcript: Transcript;
  private readonly events: DebugProtocol.Event[] = [];
  private isOver = false;

  private constructor(
    public readonly client: DebugClient,
    private readonly python: string,
  ) {
    this.transcript = new Transcript(client, programs);
    for (const name of ['breakpoint', 'continued', 'output']) {
      client.on(name, (event: DebugProtocol.Event) => this.events.push(event));
    }
  }

  public static async open(): Promise<Conversation> {
    const env = { ...process.env, NODE_OPTIONS: '--import tsx' };
    const client = new DebugClient(process.execPath, adapter, 'loopscope', { cwd: root, env });
    client.defaultTimeout = 60_000;
    await client.start();
    return new Conversation(client, await readTestPython());
  }

  /** Disconnects, once: the adapter ends itself and its program at that, and would not answer a second time. */
  public async close(): Promise<void> {
    if (this.isOver) return;
    this.isOver = true;
    await this.transcript.ask('disconnect');
  }

  /** Sends what a client sends before the program begins, and has it started: it runs at `configurationDone`. */
  public async begin(program: string, { args = [], breakpoints = [], filterOptions = [] }: Wishes = {}): Promise<void> {
    const path = pathOf(program);
    await this.transcript.askUntil('initialized', 'initialize', { adapterID: 'loopscope', pathFormat: 'path' });
    if (breakpoints.length > 0) await this.transcript.ask('setBreakpoints', { source: { path }, breakpoints });
    if (filterOptions.length > 0) {
      await this.transcript.ask('setExceptionBreakpoints', { filters: [], filterOptions });
    }
    await this.client.launchRequest({
      program: path,
      args,
      python: this.python,
    } as DebugProtocol.LaunchRequestArguments);
  }

  /** Lets a program run until it has printed `ready`. */
  public async untilReady(program: string, wishes: Wishes = {}): Promise<void> {
    await this.begin(program, wishes);
    await this.transcript.ask('configurationDone');
    while (!this.printed('stdout').includes('ready')) await this.client.waitForEvent('output');
  }

  /** Pauses a program that has printed `ready`. */
  public async pause(program: string, wishes: Wishes = {}): Promise<void> {
    await this.untilReady(program, wishes);
    await this.transcript.askUntil('stopped', 'pause', { threadId: 0 });
  }

  /** What was said in a category up to now: `stdout`, `stderr`, or what the adapter says itself, `console`. */
  public printed(category: string): string {
    return this.told<DebugProtocol.OutputEvent['body']>('output')
      .filter((body) => body.category === category)
      .map(({ output }) => output)
      .join('');
  }

  /** What the events `breakpoint`, `continued` or `output` have told up to now. */
  public told<Body>(event: 'breakpoint' | 'continued' | 'output'): Body[] {
    return this.events.filter((each) => each.event === event).map(({ body }) => body as Body);
  }

  /** The number of the thread whose name begins so; -1 where there is none. */
  public async threadNamed(start: string): Promise<number> {
    const { threads } = (await this.client.threadsRequest()).body;
    return threads.find(({ name }) => name.startsWith(start))?.id ?? -1;
  }

  /** The user's innermost frame of a thread whose name begins so. */
  public async frameOf(start: string): Promise<number> {
    const threadId = await this.threadNamed(start);
    const { stackFrames } = (await this.client.stackTraceRequest({ threadId })).body;
    return stackFrames.find(isOfUser)?.id ?? -1;
  }
}

/** Whether a frame is in one of the programs. */
export function isOfUser({ source }: DebugProtocol.StackFrame): boolean {
  return source?.path?.startsWith(programs) === true;
}
