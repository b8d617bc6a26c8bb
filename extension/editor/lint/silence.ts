/** How to write, at one line, that a rule is not to speak there. Characters count from 0. */
export interface Silence {
  readonly character: number;
  readonly text: string;
  /** True when `text` is to be followed by the reason. */
  readonly wantsReason: boolean;
}

const IGNORE = /#\s*loopscope:\s*ignore\[([^\]]*)\]/u;

/** Where and what to insert in a line of source; null where a comment cannot stand. */
export function silenceOf(line: string, rule: string): Silence | null {
  const known = IGNORE.exec(line);
  if (known) {
    const names = known[1] ?? '';
    const character = known.index + known[0].length - 1;
    return { character, text: names.trim() === '' ? rule : `, ${rule}`, wantsReason: false };
  }
  if (/\\\s*$/u.test(line) || endsInsideString(line)) return null;
  const { length } = line.trimEnd();
  return { character: length, text: `  # loopscope: ignore[${rule}] `, wantsReason: true };
}

/** Whether a string in triple quotes begins or ends in a line without its other end. */
function endsInsideString(line: string): boolean {
  const quotes = line.match(/"""|'''/gu) ?? [];
  return quotes.length % 2 === 1;
}
