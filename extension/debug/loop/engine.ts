/** What the runtime's loop debugger is asked and tells: the half in the inspected process is `loopscope.control`. */

import type { Held, Logged, Request, Resumed } from '../../protocol';

/** Commands of the loop debugger. */
export type LoopCommand = Exclude<
  Request['command'],
  'snapshot' | 'set-threshold' | 'await-stack' | 'set-level' | 'look-at' | 'watch-lines'
>;

export type HeldEvent = Readonly<Held>;

export type LoopEvent = HeldEvent | Resumed | Logged;

export interface LoopRow {
  readonly id: number;
  readonly name: string;
  readonly held: boolean;
  readonly can_step: boolean;
}

export interface TaskRow {
  readonly id: number;
  readonly loop: number;
  readonly name: string;
  readonly state: string;
  readonly waits_on: string | null;
}

export interface FrameRow {
  readonly id: number;
  readonly file: string;
  readonly line: number;
  readonly function: string;
  /**
   * `await`: suspended there. `raised`: an exception came through. `caught`: seen during a block. `found`: what a finding is
   * about. `creation`: made there. `next`: to run next.
   */
  readonly kind: 'await' | 'raised' | 'caught' | 'found' | 'creation' | 'next';
  readonly user: boolean;
}

export interface ScopeRow {
  readonly name: string;
  readonly reference: number;
  readonly named: number;
}

export interface VariableRow {
  readonly name: string;
  readonly text: string;
  readonly type: string;
  readonly indexed: number;
  readonly named: number;
  readonly reference: number;
  readonly expression: string | null;
}

export interface BreakpointRow {
  readonly line: number;
  readonly verified: boolean;
  readonly message: string | null;
}

/** What the commands answer with. */
export interface LoopAnswers {
  readonly hold: { readonly loops: readonly LoopRow[] };
  readonly resume: unknown;
  readonly 'step-over': unknown;
  readonly 'step-into': unknown;
  readonly 'step-out': unknown;
  readonly tasks: { readonly tasks: readonly TaskRow[]; readonly total: number; readonly loops: readonly LoopRow[] };
  readonly frames: { readonly frames: readonly FrameRow[] };
  readonly scopes: { readonly scopes: readonly ScopeRow[] };
  readonly variables: { readonly variables: readonly VariableRow[] };
  readonly evaluate: { readonly variable: VariableRow; readonly ran: boolean };
  readonly 'set-await-breakpoints': { readonly breakpoints: readonly BreakpointRow[] };
  readonly 'set-stops': unknown;
  readonly 'cancel-task': unknown;
}

/** One inspected process, as the debugger sees it. */
export interface LoopEngine {
  /** What to call the process where there are several. */
  readonly name: string;
  /** The loops that run now, by what is known without asking. */
  loops(): readonly { readonly id: number; readonly name: string }[];
  /**
   * Has a command carried out. Without a time limit: an awaited expression takes as long as it takes.
   * @throws Error with the sentence that the runtime answered, or that the connection is closed.
   */
  request<Command extends LoopCommand>(
    command: Command,
    arguments_: Readonly<Record<string, unknown>>,
  ): Promise<LoopAnswers[Command]>;
  /** Calls `listener` for each event, in order. Returns the way out. */
  onEvent(listener: (event: LoopEvent) => void): () => void;
}
