/**
 * Measures the linter: a folder of generated files cold, a keystroke in a long open document, and how long the thread that it reports
 * to, in VS Code that of the extension host, is kept from its other work meanwhile.
 *
 * `npx tsx test/bench/lint.mts LINTER [--files N] [--lines N]`, LINTER being the built `dist/loopscope-lint.js`, with
 * `lint-worker.js` beside it. The files are
 * generated from a fixed seed: packages that import each other, half of the functions asynchronous, methods, helpers, comments.
 */
import { spawn } from 'node:child_process';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { LintClient } from '../../extension/editor/lint/client.js';
import { Predictions } from '../../extension/editor/lint/predictions.js';
import { LintEngine } from '../../extension/lint/engine.js';
import { PythonParser } from '../../extension/lint/syntax/parser.js';

/** A small generator of pseudo-random numbers (a linear congruence), so that every run measures the same files. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return state % below;
  };
}

/** One module of about `lines` lines, which imports some of the `count` others. */
function moduleSource(index: number, count: number, lines: number): string {
  const next = numbers(index + 1);
  const text = [
    '"""A generated module."""',
    '',
    'import asyncio',
    'import json',
    'import time',
    'import requests',
    'from pathlib import Path',
  ];
  const others = Array.from({ length: 4 }, () => next(count)).filter((other) => other !== index);
  for (const other of others)
    text.push(`from pkg${other % 50}.module${other} import Service${other}, helper${other}_0`);
  text.push(
    '',
    '',
    `class Service${index}:`,
    '    """Keeps things."""',
    '',
    '    def __init__(self, path: Path, session: requests.Session | None = None):',
    '        self.path = path',
    '        self.session = session or requests.Session()',
    '        self.items: dict[str, int] = {}',
  );
  for (let number = 0; text.length < lines; number++) {
    const other = others[number % Math.max(others.length, 1)] ?? index;
    const asynchronous = next(2) === 0;
    const inClass = number % 3 !== 0 && number > 0 && text.at(-1)?.startsWith('    ') === true && next(2) === 0;
    const indent = inClass ? '    ' : '';
    if (!inClass) text.push('', '');
    else text.push('');
    text.push(
      `${indent}${asynchronous ? 'async ' : ''}def ${inClass ? `method${index}_${number}` : `helper${index}_${number}`}(${inClass ? 'self, ' : ''}value, *, limit=10):`,
    );
    const body = [
      '    # What follows is typical of application code.',
      '    result = []',
      '    for item in range(limit):',
      '        if item % 2 == 0 and value is not None:',
      "            result.append({'item': item, 'value': str(value)})",
      '        else:',
      '            result.extend([item, *[other * 2 for other in (1, 2, 3)]])',
      '    text = json.dumps(result, indent=2)',
      `    service = Service${other}(Path('data') / f'{value}.json')`,
      asynchronous ? '    await asyncio.sleep(0.1)' : '    text = text.strip().lower()',
      next(80) === 0
        ? "    requests.get('http://example.org', timeout=5)"
        : '    total = sum(len(str(each)) for each in result)',
      `    helper${other}_0(text)`,
      next(120) === 0 ? '    time.sleep(0.1)' : '    total = len(text)',
      '    return service, text',
    ];
    text.push(...body.map((line) => indent + line));
  }
  return `${text.slice(0, lines).join('\n')}\n`;
}

function option(name: string, fallback: number): number {
  const at = process.argv.indexOf(name);
  return at < 0 ? fallback : Number(process.argv[at + 1]);
}

/** The wall time of a command in seconds, the highest memory of its process in MB (Linux), and what it exited with. */
function measured(
  linter: string,
  folder: string,
): Promise<{ seconds: number; processorSeconds: number; megabytes: number; status: number | null; findings: number }> {
  return new Promise((resolve) => {
    const started = performance.now();
    const child = spawn(process.execPath, [linter, '--format', 'text', folder], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let megabytes = 0;
    let processorSeconds = 0;
    const output: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
    const timer = setInterval(() => {
      try {
        const peak = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid ?? 0}/status`, 'utf8'))?.[1];
        megabytes = Math.max(megabytes, Number(peak ?? 0) / 1024);
        const fields =
          readFileSync(`/proc/${child.pid ?? 0}/stat`, 'utf8')
            .split(') ')[1]
            ?.split(' ') ?? [];
        processorSeconds = (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) / 100;
      } catch {
        clearInterval(timer);
      }
    }, 50);
    child.on('close', (status) => {
      clearInterval(timer);
      const findings = Number(/(\d+) findings? in/.exec(Buffer.concat(output).toString())?.[1] ?? 0);
      resolve({ seconds: (performance.now() - started) / 1000, processorSeconds, megabytes, status, findings });
    });
  });
}

/** Milliseconds from a keystroke in a document of 2,000 lines to its findings, in a workspace of the generated files. */
async function keystrokes(folder: string, count: number): Promise<{ wall: number[]; processor: number[] }> {
  let analyzed = (): void => undefined;
  const engine = new LintEngine(await PythonParser.create(), (message) => {
    if (message.type === 'analyzed') analyzed();
  });
  // The engine's own timers do not keep a process alive.
  const alive = setInterval(() => undefined, 1000);
  const ready = new Promise<void>((resolve) => (analyzed = resolve));
  engine.receive({ type: 'configure', roots: [folder], configFile: null, settings: {} });
  await ready;
  const path = join(folder, 'pkg0', 'open_document.py');
  let text = moduleSource(100_000, count, 2000);
  engine.receive({ type: 'open', path, version: 1, text });
  await new Promise<void>((resolve) => (analyzed = resolve));
  const times: number[] = [];
  const processor: number[] = [];
  const next = numbers(7);
  for (let round = 0; round < 60; round++) {
    const line = text.indexOf('    result = []', next(text.length / 2));
    const offset = line < 0 ? text.indexOf('    result = []') : line;
    const insertion = '    time.sleep(1)\n';
    const started = performance.now();
    const before = process.cpuUsage();
    engine.receive({ type: 'change', path, version: round + 2, changes: [{ offset, length: 0, text: insertion }] });
    times.push(performance.now() - started);
    const used = process.cpuUsage(before);
    processor.push((used.user + used.system) / 1000);
    text = text.slice(0, offset) + insertion + text.slice(offset);
  }
  engine.dispose();
  clearInterval(alive);
  const ascending = (left: number, right: number): number => left - right;
  return { wall: times.sort(ascending), processor: processor.sort(ascending) };
}

/** Processor time of this thread so far in ms (Linux), which unlike the clock leaves out what else the machine does. */
function threadProcessor(): number {
  try {
    return Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8').split(' ')[0]) / 1e6;
  } catch {
    return NaN;
  }
}

/** How late this thread's timers ran while `work` did, and the most it worked between two of them: nothing kept it longer at a stretch. In ms. */
async function delays(work: () => Promise<unknown>): Promise<string> {
  const histogram = monitorEventLoopDelay({ resolution: 1 });
  const stretches: number[] = [];
  let before = threadProcessor();
  const timer = setInterval(() => {
    const now = threadProcessor();
    stretches.push(now - before);
    before = now;
  }, 1);
  histogram.enable();
  await work();
  histogram.disable();
  clearInterval(timer);
  stretches.sort((left, right) => left - right);
  const at = (share: number): string =>
    (stretches[Math.min(Math.floor(stretches.length * share), stretches.length - 1)] ?? 0).toFixed(1);
  const late = (percentile: number): string => Math.max(histogram.percentile(percentile) / 1e6 - 1, 0).toFixed(1);
  return `at work for at most ${at(1)} ms at a stretch (99th percentile ${at(0.99)} ms); timers late by at most ${late(100)} ms (99th percentile ${late(99)} ms)`;
}

/** What the thread that a lint worker reports to is kept from: while nothing happens, while a workspace is linted, and while someone types. */
async function hostThread(script: string, folder: string, count: number): Promise<string[]> {
  const predictions = new Predictions();
  let analyzed = (): void => undefined;
  let taken = (): void => undefined;
  const results = [`idle: ${await delays(() => sleep(2000))}`];
  const client = new LintClient({
    script,
    started: () => undefined,
    received: (message) => {
      if (message.type === 'findings') predictions.set(message.path, message);
      else if (message.type === 'analyzed') analyzed();
      else if (message.type === 'taken') taken();
    },
    say: (sentence) => process.stdout.write(`${sentence}\n`),
  });
  const ready = new Promise<void>((resolve) => (analyzed = resolve));
  client.send({ type: 'configure', roots: [folder], configFile: null, settings: {} });
  results.push(`a workspace is linted: ${await delays(() => ready)}`);
  const path = join(folder, 'pkg0', 'open_document.py');
  const text = moduleSource(100_000, count, 2000);
  const opened = new Promise<void>((resolve) => (analyzed = resolve));
  client.send({ type: 'open', path, version: 1, text });
  await opened;
  const typing = async (): Promise<void> => {
    for (let version = 2; version < 202; version++) {
      const seen = new Promise<void>((resolve) => (taken = resolve));
      const change = { offset: text.indexOf('    result = []'), length: 0, text: '    time.sleep(1)\n' };
      client.send({ type: 'change', path, version, changes: [change] });
      await seen;
    }
  };
  results.push(`200 keystrokes: ${await delays(typing)}`);
  await client.dispose();
  return results;
}

async function main(): Promise<void> {
  const linter = process.argv[2] ?? 'dist/loopscope-lint.js';
  const files = option('--files', 5000);
  const lines = option('--lines', 200);
  const folder = mkdtempSync(join(tmpdir(), 'loopscope-lint-bench-'));
  try {
    for (let index = 0; index < files; index++) {
      mkdirSync(join(folder, `pkg${index % 50}`), { recursive: true });
      writeFileSync(join(folder, `pkg${index % 50}`, `module${index}.py`), moduleSource(index, files, lines));
    }
    const cold = await measured(linter, folder);
    process.stdout.write(
      `cold: ${files} files, ${files * lines} lines: ${cold.seconds.toFixed(1)} s (${cold.processorSeconds.toFixed(1)} s of processor time), ${cold.megabytes.toFixed(0)} MB, ${cold.findings} findings\n`,
    );
    for (const line of await hostThread(join(dirname(linter), 'lint-worker.js'), folder, files))
      process.stdout.write(`host thread, ${line}\n`);
    const times = await keystrokes(folder, files);
    const at = (list: readonly number[], share: number): string =>
      (list[Math.min(Math.floor(list.length * share), list.length - 1)] ?? 0).toFixed(1);
    process.stdout.write(
      `keystroke in 2000 lines: median ${at(times.wall, 0.5)} ms, 95th percentile ${at(times.wall, 0.95)} ms; processor time: median ${at(times.processor, 0.5)} ms, 95th percentile ${at(times.processor, 0.95)} ms\n`,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

await main();
