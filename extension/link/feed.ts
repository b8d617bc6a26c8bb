import type { ProcessModel, ProcessPort, Sessions } from '../model';
import { HEARTBEAT_MS, type Site } from '../protocol';
import type { Connection } from './connection';
import { heldLocals } from './heldLocals';
import type { PathMap } from './pathMapping';

const SAME_PATHS = { toLocal: (path: string) => path, toRemote: (path: string) => path };

/** A steady clock in ms. */
export type Clock = () => number;

/**
 * Carries what a connection tells into the model, for as long as it lasts.
 * @param paths Turns paths of the program into those of this machine, and back.
 */
export function feed(
  connection: Connection,
  sessions: Sessions,
  now: Clock,
  log: (sentence: string) => void,
  paths: Pick<PathMap, 'toLocal' | 'toRemote'> = SAME_PATHS,
): ProcessModel {
  const localize = <T extends { readonly file: string }>(records: readonly T[]): T[] =>
    records.map((record) => ({ ...record, file: paths.toLocal(record.file) }));
  const port: ProcessPort = {
    awaitStack: async (task) => localize(await awaitStack(connection, task)),
    locals: (task) => heldLocals(connection, task),
    lookAt: ({ steps, task }) => {
      connection
        .request({ command: 'look-at', steps, ...(task === null ? {} : { task }) })
        .catch((error: unknown) => log(`Nothing is looked at: ${sentenceOf(error)}`));
    },
    watchLines: async (files) => {
      const theirs = files.map(({ file, lines }) => ({ file: paths.toRemote(file), lines }));
      await connection.request({ command: 'watch-lines', files: theirs });
    },
  };
  const model = sessions.add(connection.hello, port, now());
  connection.on('update', (update) => {
    const { sites, executed } = update;
    const localized = {
      ...update,
      ...(sites && { sites: localize(sites) }),
      ...(executed && { executed: localize(executed) }),
    };
    model.update(localized, now());
    sessions.changed(model);
    if (model.wantsSnapshot(now())) {
      model.askedForSnapshot(now());
      connection.request({ command: 'snapshot' }).catch((error: unknown) => log(`No snapshot: ${sentenceOf(error)}`));
    }
  });
  connection.on('packed', (batch) => {
    model.packed(batch);
  });
  connection.on('notice', (notice) => {
    model.notice(notice);
    sessions.changed(model);
  });
  connection.on('bye', (bye) => {
    model.bye(bye, now());
    sessions.changed(model);
  });
  connection.on('closed', (reason) => {
    if (reason !== null) {
      log(`The connection to process ${connection.hello.process.pid} was closed: ${reason}`);
      model.notice({ severity: 'error', code: 'protocol', message: reason });
    }
    const wasEnded = model.isEnded;
    model.disconnected(now());
    if (!wasEnded || reason !== null) sessions.changed(model);
  });
  return model;
}

/** Lets the model look at the clock as often as heartbeats are due. Returns the way out. */
export function keepTime(sessions: Sessions, now: Clock): () => void {
  const timer = setInterval(() => sessions.tick(now()), HEARTBEAT_MS);
  return () => clearInterval(timer);
}

async function awaitStack(connection: Connection, task: number): Promise<readonly Site[]> {
  const response = await connection.request({ command: 'await-stack', task });
  return response.frames ?? [];
}

function sentenceOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
