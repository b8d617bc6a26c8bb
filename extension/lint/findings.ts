import type { Severity } from './catalogue/types.js';

/** A replacement of the text between two places; lines and columns from 1. */
export interface Edit {
  line: number;
  column: number;
  endLine: number;
  endColumn: number;
  text: string;
}

/** A change that removes a finding. `safe` ones keep what the program does and may be applied in bulk. */
export interface Fix {
  title: string;
  safe: boolean;
  edits: Edit[];
  /** It hands work to the default executor of the loop. */
  offloads?: true;
}

/** One frame on the way from the reported line to the call that blocks. */
export interface ChainLink {
  file: string;
  line: number;
  /** The function the line is in. */
  function: string;
}

/** One thing found. Paths are absolute; lines and columns count from 1, the end column is exclusive. */
export interface Finding {
  file: string;
  line: number;
  column: number;
  endLine: number;
  endColumn: number;
  rule: string;
  severity: Severity;
  message: string;
  /** Empty when the line itself is the whole story. */
  chain: ChainLink[];
  fix: Fix | null;
  /** Another way to remove it, for a person to choose. */
  alternative?: Fix;
  /** Dotted name of the callable it is about, for fixes and for joining with measurements. */
  subject?: string;
  /** What to use instead, as the catalogue has it. */
  replacement?: string;
  /** The async (or on-loop) function it was found in. */
  function?: string;
  /** What a run measured on this line, when there was one. */
  measured?: Measured;
}

/** What the runtime saw on a line. */
export interface Measured {
  count: number;
  maximumMilliseconds: number;
  totalMilliseconds: number;
  victims: number;
}

/** The lines, counted from 1, that are executed when what a blocking finding foresees happens. */
export function placesOf(finding: Finding): readonly { readonly file: string; readonly line: number }[] {
  return finding.chain.length === 0 ? [finding] : finding.chain;
}

/** From the least severe to the most. */
export const SEVERITIES: readonly Severity[] = ['hint', 'information', 'warning', 'error'];

/** 0 for a hint, 3 for an error. */
export function severityRank(severity: Severity): number {
  return SEVERITIES.indexOf(severity);
}

/** One step less severe, a hint at least. */
export function lowered(severity: Severity): Severity {
  return SEVERITIES[Math.max(severityRank(severity) - 1, 0)] ?? 'hint';
}

/** Order in a report: by file, then line, column and rule. */
export function compareFindings(left: Finding, right: Finding): number {
  if (left.file !== right.file) return left.file < right.file ? -1 : 1;
  return (
    left.line - right.line ||
    left.column - right.column ||
    (left.rule < right.rule ? -1 : left.rule > right.rule ? 1 : 0)
  );
}
