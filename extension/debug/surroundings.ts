import { OutputEvent, type DebugSession } from '@vscode/debugadapter';
import type { Connection } from '../link/connection';
import type { Sessions, Translate } from '../model';
import type { Python } from './python';

/** What every debug session of ours needs from its surroundings. */
export interface Surroundings {
  readonly sessions: Sessions;
  /** Folder with the Python package `loopscope` in it. */
  readonly runtimeFolder: string;
  readonly translate: Translate;
  /** Where a runtime finds this window. */
  address(): Promise<{ readonly address: string; readonly token: string }>;
  /** The live connection of a process of the model. */
  connection(key: string): Connection | undefined;
  /** @throws PythonNotFoundError */
  findPython(configured: string | null, cwd: string): Promise<Python>;
  log(sentence: string): void;
}

/** Says a sentence to the person at the debug console, and logs it. */
export function say(session: DebugSession, { log }: Pick<Surroundings, 'log'>, sentence: string): void {
  log(sentence);
  session.sendEvent(new OutputEvent(`Loopscope: ${sentence}\n`, 'console'));
}
