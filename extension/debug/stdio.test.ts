import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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

/** The adapter, and a client that speaks to it byte by byte. */
class Adapter {
  public readonly process = spawn(process.execPath, ['--import', 'tsx', join(import.meta.dirname, 'stdio.ts')], {
    cwd: root,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  private received = '';

  public constructor() {
    this.process.stdout.setEncoding('utf8').on('data', (text: string) => (this.received += text));
    this.request('initialize', { adapterID: 'loopscope', pathFormat: 'path' });
  }

  public request(command: string, arguments_: object): void {
    this.send({ seq: 1, type: 'request', command, arguments: arguments_ });
  }

  public send(message: object): void {
    const text = JSON.stringify(message);
    this.process.stdin.write(`Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
  }

  /** Resolves when what the adapter has written matches. */
  public async until(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.received);
      if (match !== null) return match;
      await once(this.process.stdout, 'data');
    }
  }
}

describe('the debug adapter over stdio', function () {
  this.timeout(60_000);

  let folder: string;
  let adapter: Adapter;
  let pids: readonly number[];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'loopscope-'));
    const program = join(folder, 'parent.py');
    await writeFile(program, PARENT);
    adapter = new Adapter();
    adapter.request('launch', { program, python: await readTestPython() });
    adapter.request('configurationDone', {});
    const [, parent, child] = await adapter.until(/"output":"(\d+) (\d+)\\n"/u);
    pids = [Number(parent), Number(child)];
    assert.deepEqual(pids.map(isAlive), [true, true]);
  });

  afterEach(async () => {
    adapter.process.kill('SIGKILL');
    await rm(folder, { recursive: true });
  });

  async function untilGone(): Promise<void> {
    while (pids.some(isAlive)) await new Promise(setImmediate);
  }

  it('ends the program and its children with a client that goes away without a word', async () => {
    const exited = once(adapter.process, 'exit');
    adapter.process.stdin.end();
    await untilGone();
    assert.deepEqual((await exited) as unknown[], [0, null]);
  });

  it('leaves no program behind when it is killed itself', async () => {
    adapter.process.kill('SIGKILL');
    await untilGone();
  });

  it('passes over rubbish on its input, and goes on', async () => {
    adapter.process.stdin.write(
      'Content-Length: 12\r\n\r\n{"type": 7,}Content-Length: nonsense\r\n\r\n\u0000\u0001 GET / HTTP/1.1\r\n\r\n' +
        'Content-Length: 4\r\n\r\nnull',
    );
    adapter.request('threads', {});
    await adapter.until(/"command":"threads","success":true/u);
    assert.deepEqual(pids.map(isAlive), [true, true]);
  });
});

describe('the debug adapter over stdio, of a program in a terminal', function () {
  this.timeout(60_000);

  it('says why its client has started none', async () => {
    const adapter = new Adapter();
    try {
      adapter.request('launch', {
        program: '/app.py',
        python: await readTestPython(),
        console: 'integratedTerminal',
        cwd: root,
      });
      const [, seq] = await adapter.until(/"command":"runInTerminal".*?"type":"request","seq":(\d+)/u);
      adapter.send({
        seq: 2,
        type: 'response',
        request_seq: Number(seq),
        success: false,
        message: 'no terminals here',
      });
      await adapter.until(
        /"command":"launch","success":false,"message":"The terminal did not start the program: no terminals here"/u,
      );
    } finally {
      adapter.process.kill('SIGKILL');
    }
  });
});
