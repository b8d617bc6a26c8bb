import type { Severity } from '../catalogue/types.js';
import { severityRank } from '../findings.js';
import type { ChainLink, Finding, Measured } from '../findings.js';
import { ruleInfo } from '../rules/registry.js';
import { harmlessLines, harmlessMs } from './harmless.js';
import type { HarmlessLines, Place } from './harmless.js';

/** A hold this long is a warning whatever the rule said, in milliseconds: asyncio's own debug mode speaks from here on. */
const WORTH_A_WARNING = 100;

/** Causes that are the line's own doing. */
const AT_FAULT: ReadonlySet<string> = new Set(['sleep', 'io', 'lock', 'cpu', 'native']);

/** One line that a run saw blocking the loop. */
export interface MeasuredLine extends Measured {
  file: string;
  line: number;
  function: string;
  callee: string;
  cause: string;
  stack: ChainLink[];
}

/** What a run says of the findings. */
export interface Evidence {
  readonly measured: readonly MeasuredLine[];
  /** Lines that the run was asked for, executed, and never saw on the stack of a hold. */
  readonly harmless: HarmlessLines;
}

/** A report that cannot be used; the message is one sentence that says why and what to do. */
export class EvidenceError extends Error {}

/** Reads the `blocking` and `executed` parts of a runtime report. @throws EvidenceError */
export function parseEvidence(text: string, name: string): Evidence {
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch (error) {
    throw new EvidenceError(
      `${name} is not JSON (${error instanceof Error ? error.message : String(error)}): give the file that "python -m loopscope run --report" wrote.`,
    );
  }
  const report = recordOf(raw);
  const rows = report['blocking'];
  if (!Array.isArray(rows))
    throw new EvidenceError(
      `${name} has no "blocking" list: give the file that "python -m loopscope run --report" wrote.`,
    );
  const measured = rows.flatMap((row: unknown) => measuredLine(row) ?? []);
  const held = measured.flatMap((line) => [line, ...line.stack]);
  return { measured, harmless: harmlessLines(listOf(report['executed']).flatMap(executedLines), held) };
}

function executedLines(row: unknown): (Place & { thresholdMs: number })[] {
  const { file, lines, threshold_ms: thresholdMs } = recordOf(row);
  if (typeof file !== 'string' || typeof thresholdMs !== 'number') return [];
  return listOf(lines).flatMap((line) =>
    typeof line === 'number' ? [{ file: file.replaceAll('\\', '/'), line, thresholdMs }] : [],
  );
}

function measuredLine(row: unknown): MeasuredLine | undefined {
  const fields = recordOf(row);
  const { file, line } = fields;
  if (typeof file !== 'string' || typeof line !== 'number') return undefined;
  const number = (value: unknown): number =>
    typeof value === 'number' && Number.isFinite(value) ? value : Array.isArray(value) ? value.length : 0;
  const string = (value: unknown): string => (typeof value === 'string' ? value : '');
  return {
    file: file.replaceAll('\\', '/'),
    line,
    function: string(fields['function']),
    callee: string(fields['callee']),
    cause: string(fields['cause']),
    count: number(fields['count']),
    maximumMilliseconds: number(fields['max_seconds']) * 1000,
    totalMilliseconds: number(fields['total_seconds']) * 1000,
    victims: number(fields['victims']),
    stack: listOf(fields['stack']).flatMap((frame) => {
      const each = recordOf(frame);
      return typeof each['file'] === 'string' && typeof each['line'] === 'number'
        ? [{ file: each['file'].replaceAll('\\', '/'), line: each['line'], function: string(each['function']) }]
        : [];
    }),
  };
}

function recordOf(value: unknown): Record<string, unknown> {
  return (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** "measured 17 times, longest 412 ms, 40 tasks waited". */
export function measuredText(measured: Measured): string {
  const times = measured.count === 1 ? 'once' : `${measured.count} times`;
  const victims =
    measured.victims > 0 ? `, ${measured.victims} ${measured.victims === 1 ? 'task' : 'tasks'} waited` : '';
  return `measured ${times}, longest ${Math.round(measured.maximumMilliseconds)} ms${victims}`;
}

/**
 * Joins findings with what a run measured: a finding whose line, or whose chain down to the line that blocked, was seen carries
 * the numbers and is at least a warning when they are long; one whose whole chain was executed without harm becomes a hint; a
 * measured line that no rule predicted becomes a finding of its own.
 * @param findings all findings, those of severity `off` by default already left out
 * @param isAsked whether a file's findings are wanted
 */
export function joinEvidence(
  findings: readonly Finding[],
  { measured, harmless }: Evidence,
  isAsked: (file: string) => boolean,
): Finding[] {
  const result = findings.map((finding) => ({ ...finding }));
  const lines = measured.filter(({ cause }) => AT_FAULT.has(cause));
  const used = new Set<MeasuredLine>();
  for (const finding of result) {
    if (!finding.rule.startsWith('blocking-')) continue;
    for (const line of lines) {
      if (!explains(finding, line)) continue;
      used.add(line);
      finding.measured = added(finding.measured, line);
    }
    const thresholdMs = harmlessMs(finding, harmless);
    if (finding.measured !== undefined) {
      finding.severity = measuredSeverity(finding.severity, finding.measured);
      finding.message = `${finding.message} · ${measuredText(finding.measured)}`;
    } else if (thresholdMs !== null) {
      finding.severity = 'hint';
      finding.message = `${finding.message} · executed in this run, never held the loop over ${thresholdMs} ms`;
    }
  }
  for (const line of lines) {
    if (!used.has(line) && isAsked(line.file)) result.push(unpredicted(line));
  }
  return result;
}

function explains(finding: Finding, line: MeasuredLine): boolean {
  const leaf = finding.chain.at(-1) ?? finding;
  if (leaf.file !== line.file || leaf.line !== line.line) return false;
  if (finding.chain.length === 0 || line.stack.length === 0) return true;
  return line.stack.some((frame) => frame.file === finding.file && frame.line === finding.line);
}

function added(before: Measured | undefined, line: MeasuredLine): Measured {
  return {
    count: (before?.count ?? 0) + line.count,
    maximumMilliseconds: Math.max(before?.maximumMilliseconds ?? 0, line.maximumMilliseconds),
    totalMilliseconds: (before?.totalMilliseconds ?? 0) + line.totalMilliseconds,
    victims: Math.max(before?.victims ?? 0, line.victims),
  };
}

function measuredSeverity(severity: Severity, measured: Measured): Severity {
  const wanted: Severity = measured.maximumMilliseconds >= WORTH_A_WARNING ? 'warning' : 'information';
  return severityRank(wanted) > severityRank(severity) ? wanted : severity;
}

function unpredicted(line: MeasuredLine): Finding {
  const measured = added(undefined, line);
  const what = line.callee === '' ? line.function : line.callee;
  const severity = ruleInfo('measured-block')?.severity ?? 'warning';
  return {
    file: line.file,
    line: line.line,
    column: 1,
    endLine: line.line,
    endColumn: 2,
    rule: 'measured-block',
    severity: severity === 'off' ? 'hint' : severity,
    message: `${what} held the event loop (${line.cause}) · ${measuredText(measured)}`,
    chain: line.stack,
    fix: null,
    function: line.function,
    measured,
  };
}
