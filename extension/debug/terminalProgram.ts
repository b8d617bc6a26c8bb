import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { createToken, tokensEqual } from '../link/token';
import type { Program, ProgramExit } from './programProcess';

const TOKEN_VARIABLE = 'LOOPSCOPE_LAUNCHER_TOKEN';

/** How long the terminal may take to start the launcher, in ms: a shell with a slow start-up file is no error. */
const DIAL_TIMEOUT_MS = 60_000;

/** Code of a program whose launcher went away without a word, as when its terminal was closed. */
const LOST_EXIT_CODE = 129;

interface LauncherFact {
  readonly token?: unknown;
  readonly pid?: unknown;
  readonly exit?: unknown;
  readonly error?: unknown;
}

/** Waits for a launcher that a terminal was asked to start. */
export class TerminalRendezvous {
  private readonly token = createToken();

  private constructor(private readonly server: Server) {}

  public static start(): Promise<TerminalRendezvous> {
    const server = createServer();
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, '127.0.0.1', () => resolve(new TerminalRendezvous(server)));
    });
  }

  /** What the terminal is to run, so that `command` runs under the launcher. */
  public command(python: string, launcher: string, command: readonly string[]): string[] {
    const { port } = this.server.address() as AddressInfo;
    return [python, '-I', launcher, `127.0.0.1:${port}`, ...command];
  }

  /** What the launcher needs in its environment; it hands none of it on. */
  public get variables(): Record<string, string> {
    return { [TOKEN_VARIABLE]: this.token };
  }

  /** The program, once the launcher has started it. @throws Error with a sentence. */
  public async program(timeoutMs = DIAL_TIMEOUT_MS): Promise<Program> {
    try {
      return await this.meet(timeoutMs);
    } finally {
      this.server.close();
    }
  }

  /** Stops waiting. */
  public close(): void {
    this.server.close();
  }

  private meet(timeoutMs: number): Promise<Program> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`The terminal did not start the program within ${timeoutMs / 1000} s.`)),
        timeoutMs,
      );
      this.server.on('connection', (socket) => {
        const program = new TerminalProgram(socket, this.token, (started) => {
          clearTimeout(timer);
          if (started === null) resolve(program);
          else reject(new Error(started));
        });
      });
      this.server.once('close', () => clearTimeout(timer));
    });
  }
}

/** A program that runs in a terminal under the launcher. */
class TerminalProgram implements Program {
  public pid = 0;
  public readonly exited: Promise<ProgramExit>;
  private trusted = false;

  /** @param started Called once: with null when the program runs, else with what went wrong in a sentence. */
  public constructor(
    private readonly socket: Socket,
    private readonly token: string,
    private readonly started: (problem: string | null) => void,
  ) {
    socket.on('error', () => undefined);
    this.exited = new Promise((resolve) => {
      const lines = createInterface({ input: socket });
      lines.on('line', (line) => this.take(parse(line), resolve));
      // It passes on the errors of its socket, whose end 'close' tells.
      lines.on('error', () => undefined);
      socket.once('close', () => resolve({ code: LOST_EXIT_CODE, signal: null }));
    });
  }

  public terminate(): void {
    this.socket.write('terminate\n');
  }

  public killNow(): void {
    this.socket.write('kill\n');
  }

  private take(fact: LauncherFact, exited: (exit: ProgramExit) => void): void {
    if (!this.trusted) {
      this.trusted = typeof fact.token === 'string' && tokensEqual(fact.token, this.token);
      if (!this.trusted) this.socket.destroy();
    } else if (typeof fact.pid === 'number') {
      this.pid = fact.pid;
      this.started(null);
    } else if (typeof fact.exit === 'number') {
      exited({ code: fact.exit, signal: null });
    } else if (typeof fact.error === 'string') {
      this.started(`The program could not be started: ${fact.error}`);
    }
  }
}

function parse(line: string): LauncherFact {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}
