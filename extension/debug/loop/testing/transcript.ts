import type { DebugClient } from '@vscode/debugadapter-testsupport';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { basename, sep } from 'node:path';

/** What a debug session was asked and told, without what differs from run to run. */
export class Transcript {
  private readonly lines: string[] = [];
  /** Which number comes first depends on whether a loop was told of before it was held. */
  private readonly threads = new Map<number, string>();

  /** @param folder Where the programs are; files elsewhere are the standard library's, whose lines differ by version. */
  public constructor(
    private readonly client: DebugClient,
    private readonly folder: string,
  ) {}

  /** Sends a request and writes down how it was answered; gives the body. */
  public async ask<Body>(command: string, arguments_: object = {}): Promise<Body> {
    this.write(`-> ${command}`, arguments_);
    try {
      const response = await this.client.customRequest(command, arguments_);
      const body = (response.body ?? {}) as object;
      this.write(`<- ${command}`, body);
      return body as Body;
    } catch (error) {
      const sentence = error instanceof Error ? error.message : String(error);
      this.lines.push(`<- ${command} failed: ${String(this.normal('', sentence))}`);
      return {} as Body;
    }
  }

  /** Sends a request that leads to an event, and writes down both. */
  public async askUntil<Body>(event: string, command: string, arguments_: object = {}): Promise<Body> {
    const told = this.client.waitForEvent(event);
    await this.ask(command, arguments_);
    const body = ((await told).body ?? {}) as object;
    this.write(`<- event ${event}`, body);
    return body as Body;
  }

  /** Writes down what was awaited in another way, such as what the program printed. */
  public note(event: string, body: object): void {
    this.write(`<- event ${event}`, body);
  }

  public get text(): string {
    return `${this.lines.join('\n')}\n`;
  }

  private thread(id: number): string {
    const known = this.threads.get(id) ?? `thread ${this.threads.size + 1}`;
    this.threads.set(id, known);
    return known;
  }

  private write(what: string, body: object): void {
    this.lines.push(`${what} ${JSON.stringify(body, (key, value: unknown) => this.normal(key, value))}`);
  }

  private normal(key: string, value: unknown): unknown {
    if (key === 'threadId' && typeof value === 'number') return this.thread(value);
    if (key === 'threadIds' && Array.isArray(value)) return value.map((id: unknown) => this.normal('threadId', id));
    if (key === 'threads' && Array.isArray(value)) {
      // Tasks with findings come first, and when a finding is made is a matter of time.
      const [loop, ...tasks] = value as DebugProtocol.Thread[];
      tasks.sort((left, right) => left.name.localeCompare(right.name));
      return (loop ? [loop, ...tasks] : []).map(({ id, ...rest }) => ({ id: this.thread(id), ...rest }));
    }
    if (typeof value === 'string') {
      return value
        .replaceAll(this.folder, '<programs>')
        .replace(/0x[0-9a-f]+/gu, '0x…')
        .replace(/(no thread) \d+/gu, '$1 <n>')
        .replace(/\b\d+ ms\b/gu, '<n> ms')
        .replace(/\b\d+\.\d{3} s\b/gu, '<n> s')
        .replace(/, for \d+\.\d s now/gu, ', for <n> s now');
    }
    if (typeof value === 'object' && value !== null && 'type' in value && isOfLibrary(value.type)) {
      return { ...value, namedVariables: undefined };
    }
    if (typeof value !== 'object' || value === null || !('source' in value) || !('line' in value)) return value;
    const { path } = value.source as DebugProtocol.Source;
    if (path === undefined || path.startsWith(this.folder + sep)) return value;
    return { ...value, line: 0, source: `<library>/${basename(path)}` };
  }
}

/** Whether a value's class is asyncio's: how many attributes it has differs by version. */
function isOfLibrary(type: unknown): boolean {
  return typeof type === 'string' && type.startsWith('asyncio.');
}
