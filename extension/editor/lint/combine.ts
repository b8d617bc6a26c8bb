import type { Edit, Finding } from '../../lint/findings';
import { overlap } from '../../lint/fix/edits';

/** The edits of all safe fixes that do not touch each other. What two of them insert at one place, such as an import, is there once. */
export function combinedEdits(findings: readonly Finding[]): Edit[] {
  const taken: Edit[] = [];
  for (const { fix } of findings) {
    if (fix?.safe !== true) continue;
    const fresh = fix.edits.filter((edit) => !taken.some((other) => isSameInsertion(edit, other)));
    if (!fresh.some((edit) => taken.some((other) => overlap(edit, other)))) taken.push(...fresh);
  }
  return taken;
}

function isSameInsertion(left: Edit, right: Edit): boolean {
  const isInsertion = left.line === left.endLine && left.column === left.endColumn;
  return (
    isInsertion &&
    left.text === right.text &&
    left.line === right.line &&
    left.column === right.column &&
    left.endLine === right.endLine &&
    left.endColumn === right.endColumn
  );
}
