import {
  blockFingerprint,
  findingFingerprint,
  type BlockView,
  type FindingView,
  type HoldSpread,
  type OpenBlockView,
  type ProcessQueries,
} from '../model';
import type { Site } from '../protocol/generated/types';

/** What was measured on one line of a program, over all its processes. */
export interface MeasuredLine {
  readonly file: string;
  /** Counts from 1, in the file as it was when the program started. */
  readonly line: number;
  /** Key of the process that was started first of those that met this line. */
  readonly process: string;
  /** What was run, of what an earlier window kept; see `commandLine` of the model. */
  readonly program?: string;
  /** By total time held, longest first; one for each callee and cause. */
  readonly blocks: readonly BlockView[];
  readonly findings: readonly FindingView[];
  /** The block that goes on at this line now. */
  readonly open: OpenBlockView | null;
  /** How long the holds lasted that were told of while somebody looked; empty when there are none. */
  readonly spread: HoldSpread;
}

/** How often each block and finding had been counted when a person cleared them, by process and id. */
export type Cleared = ReadonlyMap<string, number>;

interface Draft {
  readonly process: string;
  readonly site: Site;
  blocks: BlockView[];
  readonly findings: FindingView[];
  open: OpenBlockView | null;
  spread: HoldSpread;
}

/**
 * Gathers what the model knows by line of the user's code. A block whose cause is not the line's doing (the machine was
 * busy, a debugger held it) is not laid at its door.
 *
 * @param isMuted Whether a person said that what is recognised so does not matter. What goes on now matters always.
 */
export function measuredLines(
  processes: readonly ProcessQueries[],
  now: number,
  cleared: Cleared,
  isMuted: (fingerprint: string) => boolean = () => false,
): MeasuredLine[] {
  const drafts = new Map<string, Draft>();
  const draft = (process: string, site: Site | null): Draft | null => {
    if (site === null || !site.user || site.line < 1) return null;
    const name = `${site.line} ${site.file}`;
    const known = drafts.get(name) ?? { process, site, blocks: [], findings: [], open: null, spread: [] };
    drafts.set(name, known);
    return known;
  };
  for (const process of [...processes].reverse()) {
    for (const block of process.blocks()) {
      if (!block.lineAtFault || isCleared(cleared, blockName(process, block), block.count)) continue;
      if (isMuted(blockFingerprint(block))) continue;
      const line = draft(process.key, block.site);
      if (!line) continue;
      line.blocks = mergeBlock(line.blocks, block);
      line.spread = process.holdSpread(block.id).map((holds, bar) => holds + (line.spread[bar] ?? 0));
    }
    for (const finding of process.findings()) {
      // A block's own record says more than the finding made of it.
      if (finding.rule === 'blocking' || isCleared(cleared, findingName(process, finding), finding.count)) continue;
      if (isMuted(findingFingerprint(finding))) continue;
      draft(process.key, finding.site)?.findings.push(finding);
    }
    for (const { block } of process.overview(now).loops) {
      const line = block ? draft(process.key, block.site) : null;
      if (line) line.open = block;
    }
  }
  return [...drafts.values()].map(({ process, site, blocks, findings, open, spread }) => ({
    file: site.file,
    line: site.line,
    process,
    blocks: [...blocks].sort((left, right) => right.totalNs - left.totalNs),
    findings,
    open,
    spread,
  }));
}

/** Lines without the blocks that a person said do not matter. */
export function unmuted(lines: readonly MeasuredLine[], isMuted: (fingerprint: string) => boolean): MeasuredLine[] {
  return lines
    .map((line) => ({ ...line, blocks: line.blocks.filter((block) => !isMuted(blockFingerprint(block))) }))
    .filter(({ blocks }) => blocks.length > 0);
}

/** What to remember so that {@link measuredLines} shows only what happens from now on. */
export function clearedNow(processes: readonly ProcessQueries[]): Map<string, number> {
  const cleared = new Map<string, number>();
  for (const process of processes) {
    for (const block of process.blocks()) cleared.set(blockName(process, block), block.count);
    for (const finding of process.findings()) cleared.set(findingName(process, finding), finding.count);
  }
  return cleared;
}

function blockName(process: ProcessQueries, block: BlockView): string {
  return `${process.key} block ${block.id}`;
}

function findingName(process: ProcessQueries, finding: FindingView): string {
  return `${process.key} finding ${finding.id}`;
}

function isCleared(cleared: Cleared, name: string, count: number): boolean {
  return count <= (cleared.get(name) ?? 0);
}

/** Adds a block to those of its line; the same callee and cause in another process is the same block. */
function mergeBlock(blocks: readonly BlockView[], block: BlockView): BlockView[] {
  const twin = blocks.find((other) => other.callee === block.callee && other.cause === block.cause);
  if (!twin) return [...blocks, block];
  const longest = block.maxNs > twin.maxNs ? block : twin;
  const merged: BlockView = {
    ...longest,
    count: twin.count + block.count,
    totalNs: twin.totalNs + block.totalNs,
    victims: Math.max(twin.victims, block.victims),
  };
  return blocks.map((other) => (other === twin ? merged : other));
}
