import { spawn } from 'node:child_process';
import { prependPath } from '../environment';
import { ENVIRONMENT_SESSION, ENVIRONMENT_TOKEN } from '../../protocol/generated/constants';

/** How a process that has nothing of Loopscope in it is entered. */
export interface EnteringOptions {
  readonly pid: number;
  /** Any Python that the runtime supports; the process's own is found by it. */
  readonly python: string;
  /** Folder with the Python package `loopscope` in it. */
  readonly runtimeFolder: string;
  /** The window, which the process dials then. */
  readonly address: string;
  readonly token: string;
  readonly session: string;
}

/** Longer than the command itself waits for the process to come to it, in ms. */
const TIMEOUT_MS = 40_000;

/**
 * Brings the runtime into a running process and has it dial the window.
 * @throws Error with the sentence of `python -m loopscope attach`, which names what is in the way.
 */
export async function enterProcess(options: EnteringOptions): Promise<void> {
  const { pid, python, runtimeFolder, address, token, session } = options;
  const child = spawn(python, ['-m', 'loopscope', 'attach', '--into', address, String(pid)], {
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: TIMEOUT_MS,
    env: {
      ...process.env,
      PYTHONPATH: prependPath(runtimeFolder, process.env['PYTHONPATH']),
      [ENVIRONMENT_TOKEN]: token,
      [ENVIRONMENT_SESSION]: session,
    },
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', (error) =>
      reject(new Error(`${python} could not be run to enter process ${pid}: ${error.message}`)),
    );
    child.once('close', resolve);
  });
  if (code === 0) return;
  const sentence = said.trim().replace(/^loopscope: /u, '');
  throw new Error(sentence === '' ? `Process ${pid} could not be entered in ${TIMEOUT_MS / 1000} s.` : sentence);
}
