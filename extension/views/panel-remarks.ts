/** What the editor knows of the places on the screen, and what the person has said of them: fixes and mutes. */
import {
  blockFingerprint,
  findingFingerprint,
  verdictOfPast,
  type BlockView,
  type FindingView,
  type OpenBlockView,
  type ProcessOverview,
  type ProcessQueries,
  type Verdict,
} from '../model';
import type { Mutable, Remarks } from '../protocol/webview-messages';
import type { Mutes } from '../mutes';

/** A hold of a loop, over or not, as far as a fix for it is concerned. */
export type Hold = Pick<OpenBlockView, 'site' | 'callee' | 'cause' | 'stack'>;

/** The linter's fixes for places that held a loop. */
export interface PlaceFixes {
  /** Raised whenever a fix may have come or gone. */
  readonly revision: number;
  /** What the fix for a hold would do, in a few words; null when there is none. */
  titleFor(process: string, hold: Hold): string | null;
  /** Calls `listener` when a fix may have come or gone. Returns the way out. */
  subscribe(listener: () => void): () => void;
}

const NOTHING: Remarks = { fixes: {}, mutedBlocks: {}, mutedFindings: {} };

/** Works the remarks out anew only when something they depend on has changed. */
export class RemarksFeed {
  private signature = '';
  private last = NOTHING;

  constructor(
    private readonly fixes: PlaceFixes | undefined,
    private readonly mutes: Mutes | undefined,
  ) {}

  /** All remarks on what a process has. */
  of(process: ProcessQueries, overview: ProcessOverview): Remarks {
    const { blocks, findings } = process.revisions;
    const open = overview.loops.map(({ block }) => block?.site?.id ?? '').join();
    const signature = [process.key, blocks, findings, this.fixes?.revision, this.mutes?.revision, open].join(' ');
    if (signature !== this.signature) {
      this.signature = signature;
      this.last = this.collect(process, overview);
    }
    return this.last;
  }

  private collect(process: ProcessQueries, overview: ProcessOverview): Remarks {
    const fixes: Record<number, string> = {};
    const holds = [...process.blocks(), ...overview.loops.flatMap(({ block }) => block ?? [])];
    for (const hold of this.fixes === undefined ? [] : holds) {
      const title = hold.site === null ? null : this.fixes?.titleFor(process.key, hold);
      if (hold.site !== null && title) fixes[hold.site.id] = title;
    }
    const mutedBlocks = this.reasons(process.blocks(), blockFingerprint);
    const mutedFindings = { ...this.reasons(process.findings(), findingFingerprint) };
    // A `blocking` finding says of a place what its blocks say: it is muted with the last of them.
    for (const { id, rule, site } of isEmpty(mutedBlocks) ? [] : process.findings()) {
      if (rule !== 'blocking' || site === null) continue;
      const reasons = process.blocks().flatMap((block) => (block.site?.id === site.id ? [mutedBlocks[block.id]] : []));
      const [reason] = reasons;
      if (reason !== undefined && !reasons.includes(undefined)) mutedFindings[id] ??= reason;
    }
    return { fixes, mutedBlocks, mutedFindings };
  }

  private reasons<Row extends { readonly id: number }>(
    rows: readonly Row[],
    fingerprint: (row: Row) => string,
  ): Readonly<Record<number, string>> {
    const reasons: Record<number, string> = {};
    if (this.mutes === undefined || this.mutes.isEmpty) return reasons;
    for (const row of rows) {
      const reason = this.mutes.reasonFor(fingerprint(row));
      if (reason !== null) reasons[row.id] = reason;
    }
    return reasons;
  }
}

/** What is wrong first once what is muted is left out. What goes on right now is never left out. */
export function unmutedVerdict(process: ProcessQueries, overview: ProcessOverview, remarks: Remarks): Verdict | null {
  const { verdict } = overview;
  if (verdict === null || verdict.kind === 'silent' || verdict.kind === 'blocked') return verdict;
  if (isEmpty(remarks.mutedBlocks) && isEmpty(remarks.mutedFindings)) return verdict;
  const blocks = process.blocks().filter((block) => block.lineAtFault && !(block.id in remarks.mutedBlocks));
  const findings = process.findings().filter((finding) => !(finding.id in remarks.mutedFindings));
  // Blocks come by total time held, longest first.
  return verdictOfPast(blocks[0] ?? null, blocks.length, findings);
}

function isEmpty(reasons: Readonly<Record<number, string>>): boolean {
  return Object.keys(reasons).length === 0;
}

/** What a row is recognised by, and what to call it; null when it is not there any more. */
export function mutableRow(
  process: ProcessQueries,
  { what, id }: Mutable,
): { readonly fingerprint: string; readonly row: BlockView | FindingView } | null {
  if (what === 'block') {
    const row = process.blocks().find((block) => block.id === id);
    return row === undefined ? null : { fingerprint: blockFingerprint(row), row };
  }
  const row = process.findings().find((finding) => finding.id === id);
  return row === undefined ? null : { fingerprint: findingFingerprint(row), row };
}

/** A hold at a place: one that goes on, else the one that is over; null when there is none. */
export function holdAt(process: ProcessQueries, overview: ProcessOverview, site: number): Hold | null {
  const holds: readonly Hold[] = [...overview.loops.flatMap(({ block }) => block ?? []), ...process.blocks()];
  return holds.find((hold) => hold.site?.id === site) ?? null;
}
