import type { Finding } from '../../lint/findings';
import type { ProcessQueries } from '../../model';
import type { Loop, Site } from '../../protocol/generated/types';
import { placesOf } from './predictions';

/** A line, counted from 1, of a file whose path is written with `/`. */
export interface Place {
  readonly file: string;
  readonly line: number;
}

/** Where a line of a process is now; null where that cannot be told, or its text is another by now. */
export type Locate = (process: string, file: string, line: number) => Place | null;

/** The lines that were executed and never seen while a loop was held, with the shortest hold that was measured, in ms. */
export type HarmlessLines = ReadonlyMap<string, number>;

/** A process as far as it tells harmless lines. */
export type Executing = Pick<ProcessQueries, 'key' | 'executed' | 'blocks' | 'site'> & { loops(): Iterable<Loop> };

/** What was executed in any of the processes and held the loop in none of them, neither then nor at another time. */
export function harmlessLines(processes: readonly Executing[], locate: Locate): HarmlessLines {
  const lines = new Map<string, number>();
  for (const process of processes) {
    for (const { file, lines: executed, threshold_ms: threshold } of process.executed()) {
      for (const line of executed) {
        const place = locate(process.key, file, line);
        if (place) lines.set(nameOf(place), Math.max(threshold, lines.get(nameOf(place)) ?? 0));
      }
    }
  }
  if (lines.size === 0) return lines;
  for (const process of processes) {
    for (const { file, line } of heldAt(process)) {
      const place = locate(process.key, file, line);
      if (place) lines.delete(nameOf(place));
    }
  }
  return lines;
}

/** {@link HarmlessLines} of the whole way from the line of a finding to the call it is about; null when not all is known. */
export function harmlessMs(finding: Finding, lines: HarmlessLines): number | null {
  if (lines.size === 0 || !finding.rule.startsWith('blocking-')) return null;
  let longest = 0;
  for (const place of placesOf(finding)) {
    const threshold = lines.get(nameOf(place));
    if (threshold === undefined) return null;
    longest = Math.max(longest, threshold);
  }
  return longest;
}

/** Every line that was on the stack while a loop was held. */
function heldAt(process: Executing): Site[] {
  const open = [...process.loops()].flatMap(({ block }) => (block ? [block.site, ...block.stack] : []));
  const over = process.blocks().flatMap(({ site, stack }) => [site, ...stack]);
  return [...over, ...open.map((id) => process.site(id))].filter((site) => site !== null);
}

function nameOf({ file, line }: Place): string {
  return `${line} ${file}`;
}
