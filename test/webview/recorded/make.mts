/**
 * Records the programs of this folder anew: `npx tsx test/webview/recorded/make.mts [PYTHON]`. What a program did is in
 * the file as the runtime told it, except for where it lay: paths of this machine become those of a machine with the
 * program in `/app`, and what differs in every run, such as the process id, becomes a number that stands still.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { encodeFrame, FrameDecoder } from '../../../extension/protocol/codec';
import { FRAME_KIND_JSON } from '../../../extension/protocol/generated/constants';
import { anyPython } from '../../../scripts/lib/pythons.mjs';

const FOLDER = import.meta.dirname;
const RUNTIME = path.join(FOLDER, '../../../runtime');
const PROGRAMS = ['warehouse', 'transfers'];
/** The wall clock at the start of each recording: 2026-01-05 09:00 UTC. */
const WALL_MS = 1_767_603_600_000;

interface Hello {
  readonly type: string;
  readonly process: Readonly<Record<string, unknown>>;
}

const execute = promisify(execFile);
const python = process.argv[2] ?? (await anyPython()).executable;
const { stdout: prefix } = await execute(python, ['-c', 'import os; print(os.path.dirname(os.__file__), end="")']);

/** A message of the runtime as if the program had run elsewhere. */
function elsewhere(text: string): string {
  const moved = text.replaceAll(`${FOLDER}/`, '/app/').replaceAll(prefix, `/usr/lib/${path.basename(prefix)}`);
  const message = JSON.parse(moved.replace(/"thread_id":\d+/gu, '"thread_id":1')) as Hello;
  if (message.type !== 'hello') return JSON.stringify(message);
  const place = { pid: 4127, parent_pid: 4100, executable: '/usr/bin/python3', cwd: '/app' };
  return JSON.stringify({ ...message, process: { ...message.process, ...place }, clock: { wall_ms: WALL_MS } });
}

const folder = await mkdtemp(path.join(tmpdir(), 'loopscope-'));
try {
  for (const name of PROGRAMS) {
    const file = path.join(folder, `${name}.loopscope`);
    const command = ['-m', 'loopscope', 'run', '--record', file, path.join(FOLDER, `${name}.py`)];
    await execute(python, command, { cwd: folder, env: { ...process.env, PYTHONPATH: RUNTIME } });
    const frames = [...new FrameDecoder().push(await readFile(file))].map(({ kind, payload }) =>
      kind === FRAME_KIND_JSON
        ? encodeFrame(kind, new TextEncoder().encode(elsewhere(new TextDecoder().decode(payload))))
        : encodeFrame(kind, payload),
    );
    await writeFile(path.join(FOLDER, `${name}.loopscope`), Buffer.concat(frames));
  }
} finally {
  await rm(folder, { recursive: true });
}
