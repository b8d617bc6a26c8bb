import { harmlessLines, type HarmlessLines, type Place } from '../../lint/evidence/harmless';
import type { ProcessQueries } from '../../model';
import type { Loop, Site } from '../../protocol/generated/types';

/** Where a line of a process is now; null where that cannot be told, or its text is another by now. */
export type Locate = (process: string, file: string, line: number) => Place | null;

/** A process as far as it tells harmless lines. */
export type Executing = Pick<ProcessQueries, 'key' | 'executed' | 'blocks' | 'site'> & { loops(): Iterable<Loop> };

/** What was executed in any of the processes and held the loop in none of them, neither then nor at another time. */
export function harmlessNow(processes: readonly Executing[], locate: Locate): HarmlessLines {
  const executed = processes.flatMap((process) =>
    [...process.executed()].flatMap(({ file, lines, threshold_ms: thresholdMs }) =>
      lines.flatMap((line) => {
        const place = locate(process.key, file, line);
        return place ? [{ ...place, thresholdMs }] : [];
      }),
    ),
  );
  if (executed.length === 0) return new Map();
  const held = processes.flatMap((process) => heldAt(process).map(({ file, line }) => locate(process.key, file, line)));
  return harmlessLines(
    executed,
    held.filter((place) => place !== null),
  );
}

/** Every line that was on the stack while a loop was held. */
function heldAt(process: Executing): Site[] {
  const open = [...process.loops()].flatMap(({ block }) => (block ? [block.site, ...block.stack] : []));
  const over = process.blocks().flatMap(({ site, stack }) => [site, ...stack]);
  return [...over, ...open.map((id) => process.site(id))].filter((site) => site !== null);
}
