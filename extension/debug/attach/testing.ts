/** For tests that attach to real programs. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { readTestPython } from '../testing';

export const runtimeFolder = join(import.meta.dirname, '..', '..', '..', 'runtime');

/** A program that has the runtime idle in it, and waits for a line. */
export interface Running {
  readonly pid: number;
  readonly file: string;
  /** Its exit code. */
  readonly ended: Promise<number | null>;
  /** What it printed on its standard error. */
  stderr(): string;
  /** Lets it end by itself. */
  end(): void;
  kill(): void;
}

/** Two tasks; `blocked` holds the loop again and again. */
export const WAITING = [
  'import asyncio, sys, time',
  'async def blocked():',
  '    while True:',
  '        await asyncio.sleep(0.05)',
  '        time.sleep(0.15)',
  'async def main():',
  '    task = asyncio.create_task(blocked(), name="holds")',
  '    print("runs", flush=True)',
  '    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)',
  '    task.cancel()',
  'asyncio.run(main())',
].join('\n');

/**
 * Starts a program and waits until it says that it runs.
 * @param discovery Folder for its discovery file; beside it lies the program, `app.py`.
 */
export async function untilRuns(discovery: string, more: NodeJS.ProcessEnv = {}, text = WAITING): Promise<Running> {
  const file = join(dirname(discovery), 'app.py');
  await writeFile(file, text);
  const child = spawn(await readTestPython(), [file], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: {
      ...process.env,
      PYTHONPATH: join(runtimeFolder, 'loopscope', 'bootstrap'),
      LOOPSCOPE_LISTEN: 'local',
      LOOPSCOPE_DISCOVERY: discovery,
      ...more,
    },
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
  const ended = once(child, 'close').then(([code]) => code as number | null);
  const [said] = (await Promise.race([once(child.stdout, 'data'), ended.then(() => [''])])) as [Buffer | string];
  assert.equal(String(said).trim(), 'runs', stderr);
  assert.ok(child.pid !== undefined);
  return {
    pid: child.pid,
    file,
    ended,
    stderr: () => stderr,
    end: () => child.stdin.end('\n'),
    kill: () => child.kill('SIGKILL'),
  };
}
