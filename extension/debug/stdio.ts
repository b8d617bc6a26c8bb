#!/usr/bin/env node
/**
 * The debug adapter for clients other than VS Code: `node dist/loopscope-debug-adapter.js` speaks the Debug Adapter
 * Protocol over standard input and output.
 */

import { existsSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Connection } from '../link/connection';
import { dial } from '../link/dialing';
import { feed } from '../link/feed';
import { Listener } from '../link/listener';
import type { PathMap } from '../link/pathMapping';
import { Sessions, untranslated } from '../model';
import { DEFAULT_THRESHOLD_MS } from '../protocol/generated/constants';
import { LoopscopeAttachSession, type AttachServices } from './attach/attachSession';
import { ChosenSession } from './chosenSession';
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

const WISHES = { interval_ms: 100, threshold_ms: null };

function services(): DebugServices & AttachServices {
  const sessions = new Sessions();
  const connections = new Map<string, Connection>();
  let listener: Promise<Listener> | undefined;
  const take = (connection: Connection, paths?: PathMap): string => {
    const { key } = feed(connection, sessions, () => performance.now(), log, paths);
    connections.set(key, connection);
    connection.on('closed', () => connections.delete(key));
    return key;
  };
  return {
    sessions,
    runtimeFolder: runtimeFolder(),
    translate: untranslated,
    address: () =>
      (listener ??= Listener.start({
        wishes: () => WISHES,
        welcomed: (connection) => void take(connection),
        refused: ({ reason }) => log(reason),
      })),
    connection: (key) => connections.get(key),
    dial: async (options, paths) => take((await dial(options)).welcome(WISHES), paths),
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

const surroundings = services();
const session = new ChosenSession(
  new LoopscopeDebugSession(surroundings),
  new LoopscopeAttachSession(surroundings),
  log,
);
session.start(process.stdin, process.stdout);

/** A program that was launched ends with its client, also with one that dies and says nothing; others are let go. */
function end(): void {
  session.dispose();
  session.shutdown();
}

process.stdin.once('close', end);
process.once('SIGTERM', end);
process.once('SIGINT', end);
