import type { Catalogue } from '../catalogue/catalogue.js';
import type { Severity } from '../catalogue/types.js';
import type { Finding } from '../findings.js';
import type { CallGraph } from '../graph/callgraph.js';
import type { Reach } from '../graph/reach.js';
import type { Evaluator } from '../resolve/evaluator.js';
import type { FunctionEntry, Value } from '../resolve/values.js';
import type { CallSummary } from '../summary/types.js';
import { ruleInfo } from './registry.js';

/** Where a finding is shown. */
export interface Place {
  line: number;
  column: number;
  endColumn: number;
  endLine?: number;
}

/** What rules may ask, and where they report. */
export interface RuleContext {
  readonly evaluator: Evaluator;
  readonly catalogue: Catalogue;
  readonly graph: CallGraph;
  readonly reach: ReadonlyMap<FunctionEntry, Reach>;
  /** Functions whose body runs on a loop: async ones and callbacks. */
  readonly onLoop: (entry: FunctionEntry) => boolean;
  /** Functions that run in a thread of their own or of a pool. */
  readonly threaded: Pick<ReadonlySet<FunctionEntry>, 'has'>;
  /** The oldest Python the program must run on and the newest, as minor versions of Python 3. */
  readonly oldestPython: number;
  readonly newestPython: number;
  readonly findings: Finding[];
}

/** A call with its possible targets, and the dotted names of those outside the workspace. */
export interface CallCase {
  entry: FunctionEntry;
  call: CallSummary;
  targets: readonly Value[];
  externals: readonly string[];
}

export interface ReportOptions {
  severity?: Severity;
  subject?: string;
}

/** Adds a finding. */
export function report(
  context: RuleContext,
  rule: string,
  entry: FunctionEntry,
  place: Place,
  message: string,
  options: ReportOptions = {},
): void {
  const severity = options.severity ?? ruleInfo(rule)?.severity ?? 'warning';
  if (severity === 'off') return;
  context.findings.push({
    file: entry.file.path,
    line: place.line,
    column: place.column,
    endLine: place.line,
    endColumn: place.endColumn,
    rule,
    severity,
    message,
    chain: [],
    fix: null,
    function: entry.summary.qualifiedName,
    ...(options.subject === undefined ? {} : { subject: options.subject }),
  });
}
