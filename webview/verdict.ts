/** What is wrong first, as sentences: a pure function of the overview. */
import type { BlockView, OpenBlockView, ProcessOverview, Verdict } from '../extension/model/queries';
import type { Cause, Site } from '../extension/protocol/generated/types';
import { duration, milliseconds } from './format';
import { plural, t } from './texts';

/** The verdict as it is shown. */
export interface VerdictText {
  readonly severity: 'alarm' | 'warning' | 'held' | 'fine';
  /** Goes on right now. */
  readonly live: boolean;
  readonly title: string;
  /** The line it points at. */
  readonly site: Site | null;
  /** Fragments shown after one another. */
  readonly facts: readonly string[];
  /** What to do about it, in a sentence; empty when there is nothing to say. */
  readonly advice: string;
  readonly more: 'blocks' | 'findings' | null;
}

/**
 * Puts what is wrong into words.
 *
 * @param nowNs The process's clock.
 * @param mutedPlaces Places that held a loop and were muted.
 */
export function verdictText(overview: ProcessOverview, nowNs: number, mutedPlaces: number): VerdictText {
  const verdict = overview.phase === 'silent' || overview.verdict?.kind !== 'silent' ? overview.verdict : null;
  const held = overview.loops.filter((loop) => loop.state === 'held');
  if (held.length > 0 && verdict?.kind !== 'silent') return holding(held.length, overview.loops.length);
  if (overview.loops.some((loop) => loop.state === 'debugger')) return stopped();
  if (verdict === null) return fine(overview, mutedPlaces);
  switch (verdict.kind) {
    case 'silent':
      return silent(verdict.silentMs);
    case 'blocked':
      return blocked(verdict.block, nowNs);
    case 'blocks':
      return blocks(verdict);
    case 'finding':
      return {
        severity: verdict.finding.severity === 'error' ? 'alarm' : 'warning',
        live: false,
        title: verdict.finding.message,
        site: verdict.finding.site,
        facts: [],
        advice: '',
        more: 'findings',
      };
  }
}

/** Names what was called, as far as it is known. */
export function calleeOf(block: OpenBlockView | BlockView): string | null {
  return block.callee ?? (block.site === null ? null : block.site.function.replaceAll('.<locals>', ''));
}

/**
 * What is said where no place that held a loop is listed. A block is listed when it is over.
 *
 * @param mutedPlaces Places that held a loop and were muted.
 */
export function noBlocksText(overview: ProcessOverview | null, mutedPlaces: number): string {
  if (mutedPlaces > 0) return t('remarks.allMuted');
  const isHeldNow = overview?.loops.some((loop) => loop.block !== null) === true;
  return t(isHeldNow ? 'blocks.first' : 'blocks.empty', milliseconds(overview?.thresholdMs ?? null));
}

/** A cause in words. */
export function causeText(cause: Cause | null): string {
  return cause === null ? t('cause.unknown') : t(`cause.${cause}`);
}

function fine(overview: ProcessOverview, mutedPlaces: number): VerdictText {
  const base = { severity: 'fine', live: false, site: null, advice: '', more: null } as const;
  if (overview.loops.length === 0) {
    return {
      ...base,
      title: t('verdict.noLoop'),
      facts: overview.phase === 'ended' ? [] : [t('verdict.noLoopDetail')],
    };
  }
  const longest = Math.max(0, ...overview.loops.map((loop) => loop.lagMs.max));
  const facts = [
    mutedPlaces > 0
      ? plural('verdict.fineMuted', mutedPlaces)
      : t('verdict.fineDetail', duration(overview.thresholdMs * 1e6)),
  ];
  if (longest > 0) facts.push(t('verdict.fineLag', duration(longest * 1e6)));
  return { ...base, title: t(overview.phase === 'ended' ? 'verdict.fineEnded' : 'verdict.fine'), facts };
}

function holding(held: number, loops: number): VerdictText {
  return {
    severity: 'held',
    live: true,
    title: held === loops ? t('verdict.held') : t('verdict.heldLoops', held, loops),
    site: null,
    facts: [t('verdict.heldDetail')],
    advice: t('verdict.heldAdvice'),
    more: null,
  };
}

function stopped(): VerdictText {
  return {
    severity: 'held',
    live: true,
    title: t('verdict.debugger'),
    site: null,
    facts: [t('verdict.debuggerDetail')],
    advice: '',
    more: null,
  };
}

function silent(silentMs: number): VerdictText {
  return {
    severity: 'alarm',
    live: true,
    title: t('verdict.silent', duration(silentMs * 1e6)),
    site: null,
    facts: [t('verdict.silentDetail')],
    advice: '',
    more: null,
  };
}

function blocked(block: OpenBlockView, nowNs: number): VerdictText {
  const held = duration(Math.max(nowNs - block.startedNs, 0));
  const callee = calleeOf(block);
  const facts = [causeText(block.cause)];
  if (block.victims > 0) facts.push(plural('verdict.waiting', block.victims));
  return {
    severity: 'alarm',
    live: true,
    title: callee === null ? t('verdict.blocked', held) : t('verdict.blockedBy', held, callee),
    site: block.site,
    facts,
    advice: block.cause === null ? '' : t(`advice.${block.cause}`),
    more: null,
  };
}

function blocks({ block, places }: Extract<Verdict, { kind: 'blocks' }>): VerdictText {
  const callee = calleeOf(block) ?? t('verdict.callback');
  const facts = [causeText(block.cause)];
  if (block.count > 1) facts.push(t('verdict.longest', duration(block.maxNs)));
  if (block.victims > 0) facts.push(plural('verdict.waited', block.victims));
  if (places > 1) facts.push(plural('verdict.more', places - 1));
  return {
    severity: block.lineAtFault ? 'warning' : 'fine',
    live: false,
    title:
      block.count === 1
        ? t('verdict.heldBy', callee, duration(block.maxNs))
        : t('verdict.heldTimes', callee, block.count, duration(block.totalNs)),
    site: block.site,
    facts,
    advice: t(`advice.${block.cause}`),
    more: 'blocks',
  };
}
