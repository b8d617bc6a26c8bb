import { spawn, type ChildProcess } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { createInterface } from 'node:readline';
import type { LoopAnswers, LoopCommand, LoopEngine, LoopEvent } from '../engine';

interface Pending {
  readonly resolve: (answer: Record<string, unknown>) => void;
  readonly reject: (error: Error) => void;
}

/** The real controller in a real program, reached over two pipes instead of the runtime's socket. */
export class PipeEngine implements LoopEngine {
  public readonly name = 'program';
  public readonly exited: Promise<number>;
  private readonly child: ChildProcess;
  private readonly pending = new Map<number, Pending>();
  private readonly listeners = new Set<(event: LoopEvent) => void>();
  private last = 0;

  public constructor(python: string, driver: string, runtime: string, program: string) {
    this.child = spawn(python, [driver, '3', '4', program], {
      stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe'],
      env: { ...process.env, PYTHONPATH: runtime, PYTHONDONTWRITEBYTECODE: '1', PYTHONUNBUFFERED: '1' },
    });
    this.exited = new Promise((resolve) => this.child.once('close', (code) => resolve(code ?? -1)));
    // Every program's pipe breaks when it ends.
    this.commands.on('error', () => undefined);
    createInterface(this.child.stdio[4] as Readable).on('line', (line) => this.take(line));
    void this.exited.then(() => {
      for (const { reject } of this.pending.values()) reject(new Error('The program has ended.'));
      this.pending.clear();
    });
  }

  public get stdout(): Readable {
    return this.child.stdout as Readable;
  }

  public loops(): readonly { readonly id: number; readonly name: string }[] {
    return [{ id: 1, name: 'MainThread' }];
  }

  public async request<Command extends LoopCommand>(
    command: Command,
    arguments_: Readonly<Record<string, unknown>>,
  ): Promise<LoopAnswers[Command]> {
    return (await this.send(command, arguments_)) as unknown as LoopAnswers[Command];
  }

  /** Also sends what the test driver understands beside the debugger's commands, such as `start`. */
  public send(command: string, arguments_: Readonly<Record<string, unknown>>): Promise<Record<string, unknown>> {
    const id = ++this.last;
    return new Promise((resolve, reject) => {
      this.pending.set(id, { resolve, reject });
      this.commands.write(`${JSON.stringify({ id, command, arguments: arguments_ })}\n`);
    });
  }

  public onEvent(listener: (event: LoopEvent) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  public kill(): void {
    this.child.kill('SIGKILL');
  }

  private get commands(): Writable {
    return this.child.stdio[3] as Writable;
  }

  private take(line: string): void {
    const message = JSON.parse(line) as Record<string, unknown>;
    if ('type' in message) {
      for (const listener of this.listeners) listener(message as unknown as LoopEvent);
      return;
    }
    const id = message['id'] as number;
    const pending = this.pending.get(id);
    this.pending.delete(id);
    const error = message['error'] as string | null;
    if (error === null) pending?.resolve(message);
    else pending?.reject(new Error(error));
  }
}
