import { Catalogue } from './catalogue/catalogue.js';
import type { Severity } from './catalogue/types.js';
import type { LintConfig } from './config/config.js';
import { compareFindings } from './findings.js';
import type { Finding } from './findings.js';
import { CallGraph } from './graph/callgraph.js';
import type { Leaf } from './graph/callgraph.js';
import { blockingHits, chainOf } from './graph/reach.js';
import type { Hit, Reach, ReachOf } from './graph/reach.js';
import { Evaluator } from './resolve/evaluator.js';
import { ModuleIndex } from './resolve/modules.js';
import type { FileEntry, FunctionEntry } from './resolve/values.js';
import { blockingFindings } from './rules/blocking.js';
import { CALL_RULES } from './rules/calls.js';
import type { RuleContext } from './rules/context.js';
import { factRules } from './rules/facts.js';
import { ruleInfo } from './rules/registry.js';
import { applySuppressions } from './suppress.js';

/** What is analysed: every file's summary, and the folders imports start from. */
export interface Workspace {
  files: readonly FileEntry[];
  /** Workspace folders, absolute, with `/`. */
  roots: readonly string[];
  config: LintConfig;
}

/** The findings of a workspace, and what the analysis of an edit starts from. */
export interface Analysis {
  findings: Finding[];
  graph: CallGraph;
  reach: ReadonlyMap<FunctionEntry, Reach>;
  catalogue: Catalogue;
  evaluator: Evaluator;
  threaded: ReadonlySet<FunctionEntry>;
}

/** Finds everything there is to find in a workspace. Pure and synchronous. */
export function analyze(workspace: Workspace): Analysis {
  const steps = analyzeInSteps(workspace);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** Like {@link analyze}, yielding every few files. */
export function* analyzeInSteps(workspace: Workspace): Generator<void, Analysis> {
  const { config, files, roots } = workspace;
  const catalogue = new Catalogue(config.blocking, config.offload);
  const sourceRoots = config.sourceRoots.flatMap((root) =>
    root.startsWith('/') ? [root] : roots.map((folder) => `${folder}/${root}`),
  );
  const evaluator = new Evaluator(new ModuleIndex(files, roots, sourceRoots), catalogue);
  const graph = new CallGraph(evaluator, catalogue);
  yield* graph.build(files);
  const onLoop = (entry: FunctionEntry): boolean => entry.summary.isAsync || graph.callbacks.has(entry);
  const { hits, reach } = blockingHits(graph, severityOf, onLoop);
  const findings = blockingFindings(hits, reach);
  findings.push(...nestedRuns(graph, onLoop));
  const threaded = onlyThreaded(graph, files, onLoop);
  const context = contextOf(workspace, { evaluator, catalogue, graph, reach, threaded }, onLoop, findings);
  let done = 0;
  for (const file of files) {
    if (file.path.endsWith('.pyi')) continue;
    for (const entry of file.functions) runRules(entry, context);
    if (++done % FILES_BETWEEN_YIELDS === 0) yield;
  }
  return { findings: finished(findings, workspace, files), graph, reach, catalogue, evaluator, threaded };
}

/**
 * The findings of one edited file, against what is known of all others. Takes milliseconds. Other files keep seeing the file as
 * it was until the workspace is analysed again.
 * @returns undefined when the file is new to the workspace, which then has to be analysed as a whole
 */
export function analyzeFile(file: FileEntry, workspace: Workspace, whole: Analysis): Finding[] | undefined {
  const { evaluator, catalogue } = whole;
  const { former } = evaluator;
  const before = workspace.files.find((each) => each.path === file.path);
  if (before === undefined || !evaluator.modules.replace(file)) return undefined;
  former.note(file, before);
  const graph = new CallGraph(evaluator, catalogue, whole.graph);
  const build = graph.build([file]);
  while (build.next().done !== true);
  const onLoop = (entry: FunctionEntry): boolean =>
    entry.summary.isAsync || graph.callbacks.has(entry) || whole.graph.callbacks.has(former.function(entry));
  const threaded = { has: (entry: FunctionEntry): boolean => whole.threaded.has(former.function(entry)) };
  const { hits, reach } = blockingHits(graph, severityOf, onLoop, whole.reach);
  const inFile = hits.filter((hit) => hit.function.file === file);
  const findings = blockingFindings(inFile, { get: (entry) => reach.get(entry) ?? whole.reach.get(entry) });
  findings.push(...nestedRuns(graph, onLoop).filter((finding) => finding.file === file.path));
  const context = contextOf(workspace, { evaluator, catalogue, graph, reach, threaded }, onLoop, findings);
  for (const entry of file.functions) runRules(entry, context);
  return finished(findings, workspace, [file]);
}

const FILES_BETWEEN_YIELDS = 50;

function severityOf(leaf: Leaf): Severity | undefined {
  return leaf.entry.severity === 'off' ? undefined : leaf.entry.severity;
}

function contextOf(
  workspace: Workspace,
  parts: Omit<Analysis, 'findings' | 'threaded'> & Pick<RuleContext, 'threaded'>,
  onLoop: (entry: FunctionEntry) => boolean,
  findings: Finding[],
): RuleContext {
  const { oldestPython, newestPython } = workspace.config;
  return { ...parts, onLoop, oldestPython, newestPython, findings };
}

/** Functions that run in threads and, as far as anyone can see, nowhere else. */
function onlyThreaded(
  graph: CallGraph,
  files: readonly FileEntry[],
  onLoop: (entry: FunctionEntry) => boolean,
): Set<FunctionEntry> {
  const started = [...graph.threaded.keys()].filter((entry) => !entry.summary.isAsync);
  const threaded = new Set(started.flatMap((entry) => [entry, ...(graph.callees.get(entry) ?? [])]));
  const loop = graph.reachableFrom(
    files.flatMap((file) => file.functions.filter((entry) => onLoop(entry) || entry.index === 0)),
  );
  for (const entry of threaded) if (loop.has(entry)) threaded.delete(entry);
  return threaded;
}

function runRules(entry: FunctionEntry, context: RuleContext): void {
  factRules(entry, context);
  for (const call of entry.summary.calls) {
    const targets = context.evaluator.evaluate(call.target, entry.file);
    if (targets.length === 0) continue;
    const externals = targets.flatMap((target) => (target.kind === 'external' ? [target.name] : []));
    for (const rule of CALL_RULES) rule({ entry, call, targets, externals }, context);
  }
}

/** Starting a loop inside a running one, however many helpers away. */
function nestedRuns(graph: CallGraph, onLoop: (entry: FunctionEntry) => boolean): Finding[] {
  const { hits, reach } = blockingHits({ callers: graph.callers, leaves: graph.runners }, () => 'error', onLoop);
  return hits.map((hit) => nestedRun(hit, reach));
}

function nestedRun(hit: Hit, reach: ReachOf): Finding {
  const chain = hit.through === undefined ? [] : chainOf(hit, reach);
  const way = chain.slice(1).map((link) => `${link.entry.summary.name}()`);
  return {
    file: hit.function.file.path,
    line: hit.call.line,
    column: hit.call.column,
    endLine: hit.call.line,
    endColumn: hit.call.endColumn,
    rule: 'nested-loop-run',
    severity: hit.possible || chain.length > 2 ? 'warning' : 'error',
    message: `${[...way, hit.leaf.name].join(' → ')} raises RuntimeError here, where a loop is already running; await the coroutine instead`,
    chain: chain.map((link) => ({
      file: link.entry.file.path,
      line: link.call.line,
      function: link.entry.summary.qualifiedName,
    })),
    fix: null,
    subject: hit.leaf.name,
    function: hit.function.summary.qualifiedName,
  };
}

/** Severities of the configuration, suppressions, and order. */
function finished(findings: readonly Finding[], workspace: Workspace, files: readonly FileEntry[]): Finding[] {
  const byFile = new Map<string, Finding[]>();
  for (const finding of findings) {
    const severity = configuredSeverity(finding.rule, finding.severity, finding.file, workspace);
    if (severity === 'off') continue;
    const list = byFile.get(finding.file);
    const one = { ...finding, severity };
    if (list === undefined) byFile.set(finding.file, [one]);
    else list.push(one);
  }
  const result: Finding[] = [];
  for (const file of files) {
    const list = byFile.get(file.path) ?? [];
    if (file.path.endsWith('.pyi') || (list.length === 0 && file.summary.suppressions.length === 0)) continue;
    const ends = new Map<number, number>();
    for (const entry of file.functions) {
      for (const call of entry.summary.calls)
        if (call.endLine > call.line) ends.set(call.line, Math.max(call.endLine, ends.get(call.line) ?? 0));
    }
    const located = list.map((finding) => ({ finding, endLine: ends.get(finding.line) ?? finding.line }));
    const stale = configuredSeverity('stale-ignore', 'information', file.path, workspace);
    for (const finding of applySuppressions(file, located, stale !== 'off')) {
      result.push(finding.rule === 'stale-ignore' && stale !== 'off' ? { ...finding, severity: stale } : finding);
    }
  }
  return result.sort(compareFindings);
}

/** What the configuration makes of a severity: per-path settings first, then per-rule ones. */
export function configuredSeverity(
  rule: string,
  severity: Severity,
  file: string,
  { config, roots }: Pick<Workspace, 'config' | 'roots'>,
): Severity | 'off' {
  if (config.paths.length > 0) {
    const root = roots.find((folder) => file.startsWith(`${folder}/`));
    const relative = root === undefined ? file : file.slice(root.length + 1);
    for (const each of config.paths.toReversed()) {
      const own = each.rules.get(rule);
      if (own !== undefined && each.matches(relative)) return own;
    }
  }
  const own = config.rules.get(rule);
  if (own !== undefined) return own;
  return ruleInfo(rule)?.severity === 'off' ? 'off' : severity;
}
