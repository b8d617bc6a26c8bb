/** For tests that run real programs. */
import { findPython, pathCandidates } from './python';

let found: Promise<string> | undefined;

/** The interpreter of the test run: what `LOOPSCOPE_TEST_PYTHON` names, else the one on PATH. */
export function readTestPython(): Promise<string> {
  const named = process.env['LOOPSCOPE_TEST_PYTHON'];
  const candidates = named
    ? [{ source: 'LOOPSCOPE_TEST_PYTHON', command: named, explicit: true }]
    : pathCandidates(process.env['PATH']);
  found ??= findPython(candidates, process.cwd()).then(({ executable }) => executable);
  return found;
}

/** Whether a process is there, ended and not yet reaped included. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
