import assert from 'node:assert/strict';
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { isAlive, readTestPython } from './testing';

const root = join(import.meta.dirname, '..', '..');

/** A program that starts another, which ignores being asked to end; it prints the numbers of both. */
const PARENT = [
  'import os, subprocess, sys, time',
  'child = subprocess.Popen([sys.executable, "-c",',
  '    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(1, flush=True); time.sleep(600)"],',
  '    stdout=subprocess.PIPE)',
  'child.stdout.readline()',
  'print(f"{os.getpid()} {child.pid}\\n", end="")',
  'time.sleep(600)',
].join('\n');

describe('the debug adapter over stdio', function () {
  this.timeout(60_000);

  let folder: string;
  let adapter: ChildProcessByStdio<Writable, Readable, null>;
  let received: string;
  let pids: readonly number[];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'loopscope-'));
    const program = join(folder, 'parent.py');
    await writeFile(program, PARENT);
    const stdio = join(import.meta.dirname, 'stdio.ts');
    adapter = spawn(process.execPath, ['--import', 'tsx', stdio], { cwd: root, stdio: ['pipe', 'pipe', 'ignore'] });
    received = '';
    adapter.stdout.setEncoding('utf8').on('data', (text: string) => (received += text));
    send('initialize', { adapterID: 'loopscope', pathFormat: 'path' });
    send('launch', { program, python: await readTestPython() });
    send('configurationDone', {});
    const [, parent, child] = await until(/"output":"(\d+) (\d+)\\n"/u);
    pids = [Number(parent), Number(child)];
    assert.deepEqual(pids.map(isAlive), [true, true]);
  });

  afterEach(async () => {
    adapter.kill('SIGKILL');
    await rm(folder, { recursive: true });
  });

  function send(command: string, arguments_: object): void {
    const request: DebugProtocol.Request = { seq: 1, type: 'request', command, arguments: arguments_ };
    const text = JSON.stringify(request);
    adapter.stdin.write(`Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
  }

  async function until(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(received);
      if (match !== null) return match;
      await once(adapter.stdout, 'data');
    }
  }

  async function untilGone(): Promise<void> {
    while (pids.some(isAlive)) await new Promise(setImmediate);
  }

  it('ends the program and its children with a client that goes away without a word', async () => {
    const exited = once(adapter, 'exit');
    adapter.stdin.end();
    await untilGone();
    assert.deepEqual((await exited) as unknown[], [0, null]);
  });

  it('leaves no program behind when it is killed itself', async () => {
    adapter.kill('SIGKILL');
    await untilGone();
  });

  it('survives rubbish on its input, and ends with it', async () => {
    const exited = once(adapter, 'exit');
    adapter.stdin.end(
      'Content-Length: 12\r\n\r\n{"type": 7,}Content-Length: nonsense\r\n\r\n\u0000\u0001 GET / HTTP/1.1\r\n\r\n',
    );
    await untilGone();
    await exited;
  });
});
