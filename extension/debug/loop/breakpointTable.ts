import type { DebugProtocol } from '@vscode/debugprotocol';
import type { LoopEngine } from './engine';

interface Entry {
  readonly id: number;
  readonly wanted: Readonly<Record<string, unknown>>;
  readonly line: number;
}

interface KnownFile {
  readonly source: DebugProtocol.Source;
  readonly entries: readonly Entry[];
}

const NOT_CONNECTED = 'Set as soon as the program uses asyncio.';

/** The await breakpoints of a session: kept for processes that have yet to connect. */
export class BreakpointTable {
  private readonly files = new Map<string, KnownFile>();
  private last = 0;

  /** @param toClientLine Turns a line counted from 1 into one as the client counts. */
  public constructor(private readonly toClientLine: (line: number) => number) {}

  /**
   * Replaces the breakpoints of a file, in all processes.
   * @throws Error with the first sentence of a process that refused them.
   */
  public async set(
    file: string,
    source: DebugProtocol.Source,
    wanted: readonly DebugProtocol.SourceBreakpoint[],
    toOwnLine: (line: number) => number,
    engines: Iterable<LoopEngine>,
  ): Promise<DebugProtocol.Breakpoint[]> {
    const entries = wanted.map((each): Entry => {
      const line = toOwnLine(each.line);
      const { condition = null, hitCondition = null, logMessage = null } = each;
      // A process may stop at it before it answers: so it tells of it by the number that the client knows.
      const id = ++this.last;
      return { id, line, wanted: { id, line, condition, hit_count: hitCondition, log_message: logMessage } };
    });
    const known = { source, entries };
    if (entries.length === 0) this.files.delete(file);
    else this.files.set(file, known);
    let answer = entries.map(({ id, line }): DebugProtocol.Breakpoint => ({
      id,
      verified: false,
      line: this.toClientLine(line),
      message: NOT_CONNECTED,
      source,
    }));
    for (const engine of engines) answer = await this.send(engine, file, known);
    return answer;
  }

  /** Tells a process that has connected of all breakpoints; gives what it made of them. */
  public async sendAll(engine: LoopEngine): Promise<DebugProtocol.Breakpoint[]> {
    const answers: DebugProtocol.Breakpoint[] = [];
    for (const [file, known] of this.files) answers.push(...(await this.send(engine, file, known)));
    return answers;
  }

  /** Takes all breakpoints out of a process; they stay known for others. */
  public clear(engine: LoopEngine): Promise<unknown>[] {
    return [...this.files.keys()].map((file) => engine.request('set-await-breakpoints', { file, breakpoints: [] }));
  }

  private async send(engine: LoopEngine, file: string, known: KnownFile): Promise<DebugProtocol.Breakpoint[]> {
    const breakpoints = known.entries.map(({ wanted }) => wanted);
    const answer = await engine.request('set-await-breakpoints', { file, breakpoints });
    return known.entries.map(({ id, line }, at): DebugProtocol.Breakpoint => {
      const row = answer.breakpoints[at];
      return {
        id,
        verified: row?.verified ?? false,
        line: this.toClientLine(row?.line ?? line),
        source: known.source,
        ...(row !== undefined && row.message !== null ? { message: row.message } : {}),
      };
    });
  }
}
