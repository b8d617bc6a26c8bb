import type { Finding } from './findings.js';
import type { FileEntry, FunctionEntry } from './resolve/values.js';
import { isKnownNoqa, noqaCovers, ruleInfo } from './rules/registry.js';
import type { Suppression } from './summary/types.js';

/** A finding with the line its statement ends on, where a comment may silence it too. */
export interface Located {
  finding: Finding;
  endLine: number;
}

/**
 * Leaves out the findings that comments silence and adds one for every `loopscope: ignore` that silences nothing.
 * A stale `# noqa` is ruff's to report.
 */
export function applySuppressions(file: FileEntry, found: readonly Located[], staleIgnores: boolean): Finding[] {
  const { suppressions } = file.summary;
  if (suppressions.length === 0) return found.map((each) => each.finding);
  const used = new Set<Suppression>();
  const kept = found.filter(({ finding, endLine }) => {
    const silencer = suppressions.find((each) => silences(each, finding.rule, finding.line, endLine));
    if (silencer !== undefined) used.add(silencer);
    return silencer === undefined;
  });
  const result = kept.map((each) => each.finding);
  if (!staleIgnores) return result;
  for (const suppression of suppressions) {
    if (suppression.kind === 'noqa' || used.has(suppression)) continue;
    result.push(stale(file, suppression));
  }
  return result;
}

function silences(suppression: Suppression, rule: string, line: number, endLine: number): boolean {
  if (rule === 'stale-ignore') return false;
  if (suppression.kind === 'file') return suppression.rules.length === 0 || suppression.rules.includes(rule);
  if (suppression.line < line || suppression.line > endLine) return false;
  if (suppression.rules.length === 0) return true;
  return suppression.kind === 'ignore'
    ? suppression.rules.includes(rule)
    : suppression.rules.some((code) => isKnownNoqa(code) && noqaCovers(code, rule));
}

function stale(file: FileEntry, suppression: Suppression): Finding {
  const unknown = suppression.rules.filter((rule) => ruleInfo(rule) === undefined);
  const entry: FunctionEntry | undefined = file.functions[0];
  return {
    file: file.path,
    line: suppression.line,
    column: suppression.column,
    endLine: suppression.line,
    endColumn: suppression.endColumn,
    rule: 'stale-ignore',
    severity: 'information',
    message: unknown.length > 0 ? `there is no rule ${unknown.join(', ')}` : 'this comment silences nothing: remove it',
    chain: [],
    fix: null,
    ...(entry === undefined ? {} : { function: entry.summary.qualifiedName }),
  };
}
