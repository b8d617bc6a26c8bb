import { placesOf, type Finding } from '../findings.js';

/** A line, counted from 1, of a file whose path is written with `/`. */
export interface Place {
  readonly file: string;
  readonly line: number;
}

/** Lines that were executed without harm, by their names, with the shortest hold that was measured, in ms. */
export type HarmlessLines = ReadonlyMap<string, number>;

/** Names a line in {@link HarmlessLines}. */
export function nameOf({ file, line }: Place): string {
  return `${line} ${file}`;
}

/**
 * What was executed and held the loop at no time.
 *
 * @param executed Lines that were executed while nothing held a loop for as long as the threshold, in ms.
 * @param held Every line that was on the stack while a loop was held.
 */
export function harmlessLines(
  executed: Iterable<Place & { readonly thresholdMs: number }>,
  held: Iterable<Place>,
): HarmlessLines {
  const lines = new Map<string, number>();
  for (const place of executed) {
    const name = nameOf(place);
    lines.set(name, Math.max(place.thresholdMs, lines.get(name) ?? 0));
  }
  for (const place of held) lines.delete(nameOf(place));
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
