/**
 * Records the programs of this folder anew: `npx tsx test/webview/recorded/make.mts [PROGRAM…]`, without the names of
 * some all of them. What a program did is in the file as the runtime told it, except for where it lay: paths of this
 * machine become those of a machine with the program in `/app`, and what differs in every run, such as the process id,
 * becomes a number that stands still.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { decodeFromRuntime, encodeFrame, FrameDecoder } from '../../../extension/protocol/codec';
import { FRAME_KIND_JSON } from '../../../extension/protocol/generated/constants';
import type { Hello } from '../../../extension/protocol/generated/types';
import { anyPython } from '../../../scripts/lib/pythons.mjs';

const FOLDER = import.meta.dirname;
const RUNTIME = path.join(FOLDER, '../../../runtime');
/** Each records itself into the folder it runs in, under its own name; `office` its couriers, too. */
const PROGRAMS = ['warehouse', 'transfers', 'office', 'mailing', 'bakery'];
/** The wall clock at the start of each program: 2026-01-05 09:00 UTC. */
const WALL_MS = 1_767_603_600_000;
/** The process id of each program, and of what started it. The next ids are those of the processes it starts. */
const FIRST_PID = 4127;
const PARENT_PID = 4100;

const execute = promisify(execFile);
const { executable: python } = await anyPython();
const { stdout: prefix } = await execute(python, ['-c', 'import os; print(os.path.dirname(os.__file__), end="")']);

async function framesOf(file: string): Promise<{ readonly kind: number; readonly payload: Uint8Array }[]> {
  return [...new FrameDecoder().push(await readFile(file))];
}

/** The greeting of a recording. */
async function helloOf(file: string): Promise<Hello> {
  const [frame] = await framesOf(file);
  const message = frame === undefined ? undefined : decodeFromRuntime(frame.payload);
  if (message?.type !== 'hello') throw new Error(`${file} is no recording.`);
  return message;
}

/** A message of the runtime as if the program, the first of `started`, had run elsewhere. */
function elsewhere(text: string, started: readonly Hello[]): string {
  const moved = text.replaceAll(`${FOLDER}/`, '/app/').replaceAll(prefix, `/usr/lib/${path.basename(prefix)}`);
  const message = JSON.parse(moved.replace(/"thread_id":\d+/gu, '"thread_id":1')) as { readonly type: string } | Hello;
  if (!('process' in message)) return JSON.stringify(message);
  const pids = started.map(({ process }) => process.pid);
  const parent = pids.indexOf(message.process.parent_pid);
  const place = {
    pid: FIRST_PID + pids.indexOf(message.process.pid),
    parent_pid: parent < 0 ? PARENT_PID : FIRST_PID + parent,
    executable: '/usr/bin/python3',
    cwd: '/app',
  };
  const wall_ms = WALL_MS + message.clock.wall_ms - (started[0]?.clock.wall_ms ?? 0);
  return JSON.stringify({ ...message, process: { ...message.process, ...place }, clock: { wall_ms } });
}

/** Records a program and writes all its recordings into this folder. */
async function record(name: string): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'loopscope-'));
  try {
    const command = ['-m', 'loopscope', 'run', '--record', `${name}.loopscope`, path.join(FOLDER, `${name}.py`)];
    await execute(python, command, { cwd: folder, env: { ...process.env, PYTHONPATH: RUNTIME } });
    const files = await readdir(folder);
    const hellos = await Promise.all(files.map((file) => helloOf(path.join(folder, file))));
    const started = hellos.sort((a, b) => a.clock.wall_ms - b.clock.wall_ms);
    for (const file of files) {
      const frames = (await framesOf(path.join(folder, file))).map(({ kind, payload }) =>
        kind === FRAME_KIND_JSON
          ? encodeFrame(kind, new TextEncoder().encode(elsewhere(new TextDecoder().decode(payload), started)))
          : encodeFrame(kind, payload),
      );
      await writeFile(path.join(FOLDER, file), Buffer.concat(frames));
    }
  } finally {
    await rm(folder, { recursive: true });
  }
}

const names = process.argv.slice(2);
for (const name of names.length > 0 ? names : PROGRAMS) await record(name);
