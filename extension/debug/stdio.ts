#!/usr/bin/env node
/**
 * The debug adapter for clients other than VS Code: `node dist/loopscope-debug-adapter.js` speaks the Debug Adapter
 * Protocol over standard input and output.
 */

import { existsSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Connection } from '../link/connection';
import { feed } from '../link/feed';
import { Listener } from '../link/listener';
import { Sessions, untranslated } from '../model';
import { DEFAULT_THRESHOLD_MS } from '../protocol/generated/constants';
import { findPython, folderCandidates, pathCandidates } from './python';
import { LoopscopeDebugSession, type DebugServices } from './session';

/** The folder with the package `loopscope`: beside the bundle's folder, or two above this file. */
function runtimeFolder(): string {
  const here = dirname(realpathSync(process.argv[1] ?? ''));
  const beside = join(here, '..', 'runtime');
  return existsSync(beside) ? beside : join(here, '..', '..', 'runtime');
}

function log(sentence: string): void {
  process.stderr.write(`${sentence}\n`);
}

function services(): DebugServices {
  const sessions = new Sessions();
  const connections = new Map<string, Connection>();
  let listener: Promise<Listener> | undefined;
  return {
    sessions,
    runtimeFolder: runtimeFolder(),
    translate: untranslated,
    address: () =>
      (listener ??= Listener.start({
        wishes: () => ({ interval_ms: 100, threshold_ms: null }),
        welcomed: (connection) => {
          const { key } = feed(connection, sessions, () => performance.now(), log);
          connections.set(key, connection);
          connection.on('closed', () => connections.delete(key));
        },
        refused: ({ reason }) => log(reason),
      })),
    connection: (key) => connections.get(key),
    findPython: async (configured, cwd) =>
      findPython(
        [
          { source: '“python” in the launch configuration', command: configured, explicit: true },
          ...(await folderCandidates(cwd)),
          ...pathCandidates(process.env['PATH']),
        ],
        cwd,
      ),
    log,
    defaults: () => ({ level: 'watch', thresholdMs: DEFAULT_THRESHOLD_MS }),
  };
}

const session = new LoopscopeDebugSession(services());
session.start(process.stdin, process.stdout);

/** The program that was launched ends with its client, also with one that dies and says nothing. */
function end(): void {
  session.dispose();
  session.shutdown();
}

process.stdin.once('close', end);
process.once('SIGTERM', end);
process.once('SIGINT', end);
