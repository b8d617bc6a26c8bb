import type { Finding } from '../findings.js';

/** Findings as the public JSON array. `measured` is there only when a run was given as evidence. */
export function jsonReport(findings: readonly Finding[]): string {
  const rows = findings.map((finding) => ({
    file: finding.file,
    line: finding.line,
    column: finding.column,
    endLine: finding.endLine,
    endColumn: finding.endColumn,
    rule: finding.rule,
    severity: finding.severity,
    message: finding.message,
    chain: finding.chain,
    fix: finding.fix === null ? null : { title: finding.fix.title, edits: finding.fix.edits },
    ...(finding.measured === undefined ? {} : { measured: finding.measured }),
  }));
  return `${JSON.stringify(rows, null, 2)}\n`;
}
