import type { Severity } from '../catalogue/types.js';
import { lowered, severityRank } from '../findings.js';
import type { FunctionEntry } from '../resolve/values.js';
import type { CallSummary } from '../summary/types.js';
import type { CallGraph, Edge, Leaf } from './callgraph.js';

/** How a function reaches something that blocks: the next step, and the end of the way. */
export interface Reach {
  leaf: Leaf;
  severity: Severity;
  /** The call in this function. */
  call: CallSummary;
  /** The function that call runs, or undefined when the call itself is the leaf. */
  next: FunctionEntry | undefined;
  possible: boolean;
  /** Calls from this function to the leaf. */
  length: number;
}

/**
 * The longer the way, the likelier that some condition on it is never true: from this many calls on a finding is a step less
 * severe, and past the second number it is not made.
 */
const LONG_WAY = 5;
const LONGEST_WAY = 9;

/** Looks up how a function reaches something that blocks. */
export interface ReachOf {
  get(entry: FunctionEntry): Reach | undefined;
}

/** A line that blocks the loop. */
export interface Hit {
  function: FunctionEntry;
  call: CallSummary;
  leaf: Leaf;
  severity: Severity;
  possible: boolean;
  /** The helper first called, or undefined for a direct call. */
  through: FunctionEntry | undefined;
}

/** The severity a leaf has in this workspace; undefined when it is switched off. */
export type LeafSeverity = (leaf: Leaf) => Severity | undefined;

/**
 * Finds, for every sync function, its most severe and then shortest way to something that blocks, and every call on the loop that
 * starts such a way. `known` are functions outside the graph whose ways are already found. Works backwards from the leaves by severity and length, so cycles need no special case.
 */
export function blockingHits(
  graph: Pick<CallGraph, 'callers' | 'leaves'>,
  severityOf: LeafSeverity,
  onLoop: (entry: FunctionEntry) => boolean,
  known?: ReachOf,
): { hits: Hit[]; reach: Map<FunctionEntry, Reach> } {
  const reach = new Map<FunctionEntry, Reach>();
  const hits: Hit[] = [];
  const waiting: { entry: FunctionEntry; reach: Reach }[][] = [[], [], [], []];
  for (const leaf of graph.leaves) {
    const severity = severityOf(leaf);
    if (severity === undefined) continue;
    if (onLoop(leaf.caller))
      hits.push({ function: leaf.caller, call: leaf.call, leaf, severity, possible: false, through: undefined });
    waiting[severityRank(severity)]?.push({
      entry: leaf.caller,
      reach: { leaf, severity, call: leaf.call, next: undefined, possible: false, length: 1 },
    });
  }
  if (known !== undefined) {
    for (const entry of graph.callers.keys()) {
      const reached = known.get(entry);
      if (reached !== undefined) waiting[severityRank(reached.severity)]?.push({ entry, reach: reached });
    }
  }
  for (let rank = 3; rank >= 0; rank--) {
    const queue = waiting[rank] ?? [];
    for (let index = 0; index < queue.length; index++) {
      const item = queue[index];
      // A function on the loop reports its own lines: nothing flows through it to its callers.
      if (item === undefined || reach.has(item.entry) || item.entry.summary.isAsync) continue;
      reach.set(item.entry, item.reach);
      if (item.reach.length >= LONGEST_WAY) continue;
      for (const edge of graph.callers.get(item.entry) ?? []) {
        const next = through(edge, item.reach);
        if (onLoop(edge.caller)) {
          hits.push({
            function: edge.caller,
            call: edge.call,
            leaf: next.leaf,
            severity: next.severity,
            possible: next.possible,
            through: edge.callee,
          });
        }
        waiting[severityRank(next.severity)]?.push({ entry: edge.caller, reach: next });
      }
    }
  }
  return { hits, reach };
}

function through(edge: Edge, reach: Reach): Reach {
  return {
    leaf: reach.leaf,
    severity: edge.possible || reach.length + 1 === LONG_WAY ? lowered(reach.severity) : reach.severity,
    call: edge.call,
    next: edge.callee,
    possible: edge.possible || reach.possible,
    length: reach.length + 1,
  };
}

/** The functions and lines from a hit down to the call that blocks. */
export function chainOf(hit: Hit, reach: ReachOf): { entry: FunctionEntry; call: CallSummary }[] {
  const chain = [{ entry: hit.function, call: hit.call }];
  for (let entry = hit.through; entry !== undefined && chain.length < 64;) {
    const step = reach.get(entry);
    if (step === undefined) break;
    chain.push({ entry, call: step.call });
    entry = step.next;
  }
  return chain;
}
