/**
 * Sessions of real programs for the panel: the recordings of `recorded/`, opened as a file or told anew as they were
 * told to a viewer, up to a moment. What `scenes.ts` has beside them is in no recording: what the window knows and no
 * program tells (nothing started, no Python, another version, a recording being written), and exact figures.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { RecordingReplay } from '../../extension/link/replay';
import { expectHello } from '../../extension/link/recording';
import { Sessions, type SessionsQueries } from '../../extension/model';
import { decodeFromRuntime, decodePacked, FRAME_KIND_JSON, FrameDecoder } from '../../extension/protocol';

/** What a page can show: programs, and the time of the model's clock in ms. A recording's stands at its moment. */
export interface Played {
  readonly sessions: SessionsQueries;
  readonly clock: { readonly now: number };
}

/** A program in `recorded/`. */
export type Recorded = 'warehouse' | 'transfers' | 'office' | 'courier-1' | 'courier-2' | 'mailing' | 'bakery';

function fileOf(name: Recorded): string {
  return path.join(import.meta.dirname, 'recorded', `${name}.loopscope`);
}

/**
 * Opens `recorded/NAME.loopscope` at a moment.
 *
 * @param seconds of the program's clock; Infinity for the end.
 */
export async function play(name: Recorded, seconds: number): Promise<Played> {
  const replay = await RecordingReplay.open(fileOf(name), { begin: () => undefined, taken: () => undefined });
  await replay.seek(seconds * 1e9);
  await replay.close();
  if (replay.problem !== null) throw new Error(replay.problem);
  return { sessions: replay, clock: { now: replay.now() } };
}

/**
 * The programs as a window sees them while they run, each connected from when it began: what they told up to a moment.
 * Where a recording ends without a goodbye the connection is lost.
 *
 * @param seconds since the first of them began.
 */
export async function watch(names: readonly Recorded[], seconds: number): Promise<Played> {
  const sessions = new Sessions();
  const now = seconds * 1e3;
  let beganAt: number | null = null;
  for (const name of names) {
    const [greeting, ...frames] = [...new FrameDecoder().push(await readFile(fileOf(name)))];
    if (greeting === undefined) throw new Error(`${name} is empty`);
    const hello = expectHello(decodeFromRuntime(greeting.payload));
    beganAt ??= hello.clock.wall_ms;
    const offset = hello.clock.wall_ms - beganAt;
    const model = sessions.add(hello, { awaitStack: () => Promise.resolve([]) }, offset);
    let told = offset;
    for (const { kind, payload } of frames) {
      if (kind !== FRAME_KIND_JSON) {
        model.packed(decodePacked(payload));
        continue;
      }
      const message = decodeFromRuntime(payload);
      if ('time_ns' in message) told = offset + message.time_ns / 1e6;
      if (told > now) break;
      if (message.type === 'update') model.update(message, told);
      else if (message.type === 'notice') model.notice(message);
      else if (message.type === 'bye') model.bye(message, told);
    }
    if (told <= now) model.disconnected(told);
    model.tick(now);
  }
  return { sessions, clock: { now } };
}
