import type { Severity } from '../catalogue/types.js';
import table from './rules.json';

/** What is fixed about a rule; its page under `docs/rules` says the rest. */
export interface RuleInfo {
  id: string;
  /** One line, for lists and for SARIF. */
  title: string;
  severity: Severity | 'off';
}

/** Every rule, in the order of the documentation. */
export const RULES: readonly RuleInfo[] = Object.entries(table.rules).map(([id, { severity, title }]) => ({
  id,
  title,
  severity: severity as RuleInfo['severity'],
}));

const BY_ID = new Map(RULES.map((rule) => [rule.id, rule]));

/** The rule of an id, or undefined. */
export function ruleInfo(id: string): RuleInfo | undefined {
  return BY_ID.get(id);
}

/** Codes of ruff's `# noqa` comments and the rules they stand for. */
const NOQA_CODES: Record<string, readonly string[]> = {
  ASYNC110: ['sleep-polling', 'busy-poll'],
  ASYNC210: ['blocking-network'],
  ASYNC212: ['blocking-network'],
  ASYNC220: ['blocking-process'],
  ASYNC221: ['blocking-process'],
  ASYNC222: ['blocking-process'],
  ASYNC230: ['blocking-file'],
  ASYNC240: ['blocking-path', 'blocking-file'],
  ASYNC250: ['blocking-terminal'],
  ASYNC251: ['blocking-sleep'],
  RUF006: ['task-dropped'],
  S7488: ['blocking-sleep'],
  S7493: ['blocking-file'],
  S7487: ['blocking-process'],
  S7502: ['task-dropped'],
  S7497: ['cancel-swallowed'],
};

/** Whether a `# noqa` code silences a rule. `ASYNC` and `ASYNC2` stand for all codes that begin so. */
export function noqaCovers(code: string, rule: string): boolean {
  const upper = code.toUpperCase();
  return Object.entries(NOQA_CODES).some(([known, rules]) => known.startsWith(upper) && rules.includes(rule));
}

/** Whether a `# noqa` code is one this linter understands at all. */
export function isKnownNoqa(code: string): boolean {
  return Object.keys(NOQA_CODES).some((known) => known.startsWith(code.toUpperCase()));
}
