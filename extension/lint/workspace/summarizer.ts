import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { fileEntry } from '../resolve/values.js';
import type { FileEntry } from '../resolve/values.js';
import { summarize } from '../summary/extract.js';
import type { FileSummary } from '../summary/types.js';
import { PythonParser } from '../syntax/parser.js';

/** Fewer files than this are summarised on the calling thread: starting threads would take longer. */
const WORTH_THREADS = 300;
const BATCH = 24;
const MARK = 'loopscope-summarize';

interface Batch {
  paths: string[];
}

interface BatchResult {
  /** JSON, which is cheaper to hand over than an object graph and lets strings be rebuilt flat. */
  summaries: string[];
  failures: { path: string; reason: string }[];
}

/** Summaries of many files, and the files that could not be read. */
export interface Summarized {
  files: FileEntry[];
  failures: { path: string; reason: string }[];
}

/** Decodes a source file as Python would: UTF-8, with or without a byte order mark; Latin-1 where it is not valid UTF-8. */
export function decodeSource(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder('latin1').decode(bytes);
  }
}

/**
 * Reads and summarises files, on several threads when there are many.
 * @param script the file a thread is started from; it must call {@link serveSummaries} first thing
 */
export async function summarizeFiles(
  paths: readonly string[],
  script: string,
  threads = Math.min(cpus().length, 4),
): Promise<Summarized> {
  // A thread cannot be started from TypeScript source, as in a run from the checkout.
  if (paths.length < WORTH_THREADS || threads < 2 || script.endsWith('.ts')) return summarizeHere(paths);
  const batches: Batch[] = [];
  for (let index = 0; index < paths.length; index += BATCH) batches.push({ paths: paths.slice(index, index + BATCH) });
  const files: FileEntry[] = [];
  const failures: Summarized['failures'] = [];
  await Promise.all(Array.from({ length: threads }, () => runThread(script, batches, files, failures)));
  const order = new Map(paths.map((path, index) => [path, index]));
  files.sort((left, right) => (order.get(left.path) ?? 0) - (order.get(right.path) ?? 0));
  return { files, failures };
}

function runThread(
  script: string,
  batches: Batch[],
  files: FileEntry[],
  failures: Summarized['failures'],
): Promise<void> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(script, { workerData: MARK, resourceLimits: { maxYoungGenerationSizeMb: 16 } });
    let current: Batch | undefined;
    const next = (): void => {
      current = batches.shift();
      if (current !== undefined) worker.postMessage(current);
      else void worker.terminate().then(() => resolve());
    };
    worker.on('online', next);
    worker.on('error', reject);
    worker.on('message', (result: BatchResult) => {
      result.summaries.forEach((text, index) => {
        const path = current?.paths[index];
        if (path !== undefined && text !== '') files.push(fileEntry(path, JSON.parse(text) as FileSummary));
      });
      failures.push(...result.failures);
      next();
    });
  });
}

async function summarizeHere(paths: readonly string[]): Promise<Summarized> {
  const parser = await PythonParser.create();
  const files: FileEntry[] = [];
  const failures: Summarized['failures'] = [];
  for (const path of paths) {
    try {
      const summary = summarize(parser.parse(decodeSource(await readFile(path))));
      files.push(fileEntry(path, JSON.parse(JSON.stringify(summary)) as FileSummary));
    } catch (error) {
      failures.push({ path, reason: error instanceof Error ? error.message : String(error) });
    }
  }
  return { files, failures };
}

/** In a thread started by {@link summarizeFiles}: answers batches until terminated, and returns true. Elsewhere: false. */
export function serveSummaries(): boolean {
  if (isMainThread || workerData !== MARK || parentPort === null) return false;
  const port = parentPort;
  const ready = PythonParser.create();
  port.on('message', (batch: Batch) => {
    void ready.then((parser) => {
      const result: BatchResult = { summaries: [], failures: [] };
      for (const path of batch.paths) {
        try {
          result.summaries.push(JSON.stringify(summarize(parser.parse(decodeSource(readFileSync(path))))));
        } catch (error) {
          result.summaries.push('');
          result.failures.push({ path, reason: error instanceof Error ? error.message : String(error) });
        }
      }
      port.postMessage(result);
    });
  });
  return true;
}
