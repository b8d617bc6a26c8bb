import type { Connection } from '../link/connection';
import type { ProcessModel } from '../model';
import type { LoopAnswers, LoopCommand, LoopEngine, LoopEvent } from './loop/engine';

/** The loop debugger of an inspected process, reached over the connection that its runtime dialled. */
export class ConnectionEngine implements LoopEngine {
  public readonly name: string;
  private thresholdMs: number;

  public constructor(
    private readonly connection: Connection,
    private readonly model: ProcessModel,
  ) {
    this.name = `pid ${connection.hello.process.pid}`;
    this.thresholdMs = connection.hello.threshold_ms;
  }

  /** Whether the runtime of a process has a loop debugger. */
  public static isIn({ hello }: Connection): boolean {
    return hello.commands.includes('hold');
  }

  public loops(): readonly { readonly id: number; readonly name: string }[] {
    return [...this.model.loops()]
      .filter(({ state }) => state !== 'closed')
      .map((loop) => ({ id: loop.id, name: loop.thread === '' ? loop.class : loop.thread }));
  }

  public async request<Command extends LoopCommand>(
    command: Command,
    arguments_: Readonly<Record<string, unknown>>,
  ): Promise<LoopAnswers[Command]> {
    if (command === 'set-stops') await this.lookFor(arguments_['jam_ms']);
    const { result = {} } = await this.connection.request({ command, arguments: { ...arguments_ } }, Infinity);
    return result as unknown as LoopAnswers[Command];
  }

  public onEvent(listener: (event: LoopEvent) => void): () => void {
    this.connection.on('held', listener);
    this.connection.on('resumed', listener);
    this.connection.on('logged', listener);
    return () => {
      this.connection.off('held', listener);
      this.connection.off('resumed', listener);
      this.connection.off('logged', listener);
    };
  }

  /** A jam that is shorter than what counts as a block is not seen: has the runtime look for blocks that short. */
  private async lookFor(jamMs: unknown): Promise<void> {
    const usual = this.connection.hello.threshold_ms;
    const wanted = typeof jamMs === 'number' ? Math.min(jamMs, usual) : usual;
    if (wanted === this.thresholdMs) return;
    await this.connection.request({ command: 'set-threshold', threshold_ms: wanted });
    this.thresholdMs = wanted;
  }
}
