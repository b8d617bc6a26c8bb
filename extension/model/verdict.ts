import type { Block } from '../protocol/generated/types';
import type { BlockView, FindingView, LoopView, ProcessPhase, Verdict } from './queries';
import { isLineAtFault, viewBlock, type Resolver } from './views';

/** What is wrong first: what goes on now before what is over, what is certain before what is only told. */
export function findVerdict(
  phase: ProcessPhase,
  silentMs: number,
  loops: readonly LoopView[],
  blocks: readonly Block[],
  findings: readonly FindingView[],
  resolve: Resolver,
): Verdict | null {
  if (phase === 'silent') return { kind: 'silent', silentMs };
  const blocked = longestOpenBlock(loops);
  if (blocked) return blocked;
  const culpable = blocks.filter((block) => isLineAtFault(block.cause));
  const [first, ...rest] = culpable;
  const worst = first && rest.reduce((most, block) => (block.total_ns > most.total_ns ? block : most), first);
  return verdictOfPast(worst ? viewBlock(worst, resolve) : null, culpable.length, findings);
}

/**
 * What is wrong first among what is over.
 *
 * @param worst Of the blocks whose line is at fault, the one that held a loop longest in all.
 * @param places How many of those blocks there are.
 * @param findings By severity, then count.
 */
export function verdictOfPast(
  worst: BlockView | null,
  places: number,
  findings: readonly FindingView[],
): Verdict | null {
  // A `blocking` finding says of a block what its record says too.
  const others = findings.filter((finding) => finding.rule !== 'blocking');
  const error = others.find((finding) => finding.severity === 'error');
  if (error) return { kind: 'finding', finding: error };
  if (worst) return { kind: 'blocks', block: worst, places };
  const warning = others.find((finding) => finding.severity === 'warning');
  return warning ? { kind: 'finding', finding: warning } : null;
}

function longestOpenBlock(loops: readonly LoopView[]): Verdict | null {
  let longest: Extract<Verdict, { kind: 'blocked' }> | null = null;
  for (const loop of loops) {
    if (loop.block === null) continue;
    if (longest === null || loop.block.durationNs > longest.block.durationNs) {
      longest = { kind: 'blocked', loop: loop.id, block: loop.block };
    }
  }
  return longest;
}
