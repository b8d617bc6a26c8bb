import { relative } from 'node:path';
import type { Finding } from '../findings.js';

/** Findings for a person at a terminal: one line each, the chain indented below. */
export function textReport(findings: readonly Finding[], folder: string): string {
  const lines: string[] = [];
  const shown = (path: string): string => {
    const inside = relative(folder, path);
    return inside.startsWith('..') ? path : inside;
  };
  for (const finding of findings) {
    lines.push(
      `${shown(finding.file)}:${finding.line}:${finding.column}: ${finding.severity}: ${finding.message} [${finding.rule}]`,
    );
    finding.chain.forEach((link, depth) =>
      lines.push(`  ${'  '.repeat(depth)}${shown(link.file)}:${link.line} in ${link.function}`),
    );
  }
  if (findings.length > 0) {
    const files = new Set(findings.map((finding) => finding.file)).size;
    lines.push(
      '',
      `${findings.length} ${findings.length === 1 ? 'finding' : 'findings'} in ${files} ${files === 1 ? 'file' : 'files'}.`,
    );
  }
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
}
