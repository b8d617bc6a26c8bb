/**
 * Sessions of real programs for the panel: the recordings of `recorded/`, played to a moment. What `scenes.ts` has
 * beside them no recording can hold, such as several processes, silence and lost connections, or none of a few
 * kilobytes does, such as buffers that ran full.
 */
import path from 'node:path';
import { RecordingReplay } from '../../extension/link/replay';
import type { SessionsQueries } from '../../extension/model';

/** What a page can show: programs, and the time of the model's clock in ms. A recording's stands at its moment. */
export interface Played {
  readonly sessions: SessionsQueries;
  readonly clock: { readonly now: number };
}

/**
 * Plays `recorded/NAME.loopscope` as far as a moment.
 *
 * @param seconds of the program's clock; Infinity for the end.
 */
export async function play(name: 'warehouse' | 'transfers', seconds: number): Promise<Played> {
  const file = path.join(import.meta.dirname, 'recorded', `${name}.loopscope`);
  const replay = await RecordingReplay.open(file, { begin: () => undefined, taken: () => undefined });
  await replay.seek(seconds * 1e9);
  await replay.close();
  if (replay.problem !== null) throw new Error(replay.problem);
  return { sessions: replay, clock: { now: replay.now() } };
}
