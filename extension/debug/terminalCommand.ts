import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** With this begin the names of sessions that were started by the command in a terminal. */
export const TERMINAL_SESSION = 'terminal-';

const POSIX = `#!/bin/sh
# Runs a Python program under Loopscope: loopscope app.py. Written by the Loopscope extension for VS Code, which puts this
# folder on the PATH of the terminals of its windows.
case "\${1---help}" in
  run | attach | report | export | -h | --help) ;;
  *) set -- run "$@" ;;
esac
[ $# -gt 0 ] || set -- --help
: "\${LOOPSCOPE_SESSION:=${TERMINAL_SESSION}$$}"
export LOOPSCOPE_SESSION
for python in python python3; do
  if "$python" -c 'import sys; sys.exit(sys.version_info < (3, 9))' >/dev/null 2>&1; then
    exec "$python" -m loopscope "$@"
  fi
done
echo 'loopscope: neither python nor python3 on PATH is Python 3.9 or later: activate an environment that has it.' >&2
exit 127
`;

const WINDOWS = `@echo off
rem Runs a Python program under Loopscope: loopscope app.py. Written by the Loopscope extension for VS Code.
setlocal
set "LOOPSCOPE_WORD=run"
if "%~1"=="" set "LOOPSCOPE_WORD=--help"
for %%w in (run attach report export -h --help) do if "%~1"=="%%w" set "LOOPSCOPE_WORD="
if not defined LOOPSCOPE_SESSION set "LOOPSCOPE_SESSION=${TERMINAL_SESSION}%RANDOM%%RANDOM%"
python -m loopscope %LOOPSCOPE_WORD% %*
exit /b %ERRORLEVEL%
`;

/**
 * Writes the command `loopscope` for terminals.
 * @returns The folder to put on PATH.
 * @throws Error when the folder cannot be written.
 */
export async function writeTerminalCommand(storage: string): Promise<string> {
  const folder = join(storage, 'bin');
  await mkdir(folder, { recursive: true });
  const isWindows = process.platform === 'win32';
  const file = join(folder, isWindows ? 'loopscope.cmd' : 'loopscope');
  const text = isWindows ? WINDOWS.replaceAll('\n', '\r\n') : POSIX;
  // A shell may be reading it right now for another window.
  if ((await readFile(file, 'utf8').catch(() => null)) !== text) await writeFile(file, text);
  if (!isWindows) await chmod(file, 0o755);
  return folder;
}
