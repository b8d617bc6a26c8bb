import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';

/** How long a program may take to end after it was asked to, in ms. */
const GRACE_MS = 3_000;

/** How a program ended. */
export interface ProgramExit {
  readonly code: number;
  /** The signal that ended it, or null. */
  readonly signal: NodeJS.Signals | null;
}

/** A running program, as the debug session sees it. */
export interface Program {
  readonly pid: number;
  /** Resolves when the program itself has ended. */
  readonly exited: Promise<ProgramExit>;
  /** Gives the program a line on its standard input; absent where a person types it in a terminal. */
  readonly type?: (line: string) => void;
  /** Asks the program to end. */
  terminate(): void;
  /** Ends the program and what it started, at once. */
  killNow(): void;
}

/** Exit code of a program that a signal ended, as shells count it. */
const SIGNAL_BASE = 128;
const SIGNAL_NUMBERS: Readonly<Partial<Record<NodeJS.Signals, number>>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGABRT: 6,
  SIGKILL: 9,
  SIGSEGV: 11,
  SIGTERM: 15,
};

const running = new Set<ProgramProcess>();

process.once('exit', () => {
  for (const program of running) program.killNow();
});

/**
 * What a shell runs beside a program: it waits until whoever holds the other end of its input is gone, also by a signal
 * that leaves no time to clean up, and then ends the program's group as {@link ProgramProcess.terminate} does.
 */
const GUARD = `read -r _; kill -TERM "-$0" && sleep ${GRACE_MS / 1_000} && kill -KILL "-$0"`;

/**
 * A program started with pipes for its output, together with everything it starts: they end together, and with the
 * process that started them, whose pipes are all that they could print into.
 */
export class ProgramProcess implements Program {
  private grace: NodeJS.Timeout | null = null;
  private readonly guard: ChildProcess | null;

  public readonly exited: Promise<ProgramExit>;

  private constructor(
    private readonly child: ChildProcess,
    public readonly pid: number,
    public readonly stdout: Readable,
    public readonly stderr: Readable,
  ) {
    running.add(this);
    // A program may close its input, and ends with what was typed unread.
    child.stdin?.on('error', () => undefined);
    this.guard = startGuard(pid);
    this.exited = new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        running.delete(this);
        // First of all: the number may become another's.
        this.guard?.kill('SIGKILL');
        if (this.grace !== null) {
          // It was told to end: what it started and left behind ends with it.
          clearTimeout(this.grace);
          this.killNow();
        }
        resolve({ code: code ?? SIGNAL_BASE + (SIGNAL_NUMBERS[signal ?? 'SIGKILL'] ?? 0), signal });
      });
    });
  }

  /** @throws Error with a sentence when the program cannot be started. */
  public static start(
    command: readonly [executable: string, ...arguments_: string[]],
    cwd: string,
    environment: Record<string, string>,
  ): Promise<ProgramProcess> {
    const [executable, ...arguments_] = command;
    return new Promise((resolve, reject) => {
      const child = spawn(executable, arguments_, {
        cwd,
        env: environment,
        stdio: 'pipe',
        // A group of its own, so that what the program starts can be ended with it.
        detached: process.platform !== 'win32',
        windowsHide: true,
      });
      child.once('error', (error: NodeJS.ErrnoException) => {
        const place = error.code === 'ENOENT' ? `${executable} or the folder ${cwd} does not exist` : error.message;
        reject(new Error(`The program could not be started: ${place}.`));
      });
      child.once('spawn', () => {
        const { pid, stdout, stderr } = child;
        if (pid !== undefined) resolve(new ProgramProcess(child, pid, stdout, stderr));
      });
    });
  }

  public type(line: string): void {
    this.child.stdin?.write(`${line}\n`);
  }

  /** Asks the program to end, and ends it when it has not after a while. */
  public terminate(): void {
    if (this.grace !== null || !running.has(this)) return;
    if (process.platform === 'win32') {
      this.killNow();
      return;
    }
    this.signal('SIGTERM');
    this.grace = setTimeout(() => this.killNow(), GRACE_MS);
  }

  public killNow(): void {
    if (process.platform === 'win32') {
      spawnSync('taskkill', ['/pid', String(this.pid), '/T', '/F'], { windowsHide: true });
    } else {
      this.signal('SIGKILL');
    }
  }

  private signal(signal: NodeJS.Signals): void {
    try {
      process.kill(-this.pid, signal);
    } catch {
      // The group is gone, or was never made: then there is only the program itself.
      this.child.kill(signal);
    }
  }
}

/** Null on Windows, where what is left of a program has to be ended by hand when this process was killed. */
function startGuard(group: number): ChildProcess | null {
  if (process.platform === 'win32') return null;
  const guard = spawn('/bin/sh', ['-c', GUARD, String(group)], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  // Without a shell there is no guard, and the program runs all the same.
  guard.on('error', () => undefined);
  guard.stdin.on('error', () => undefined);
  guard.unref();
  return guard;
}
