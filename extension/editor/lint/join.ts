import type { Finding } from '../../lint/findings';
import type { Translate } from '../../model';
import { durationText, victimsText } from '../../model';
import type { Cause } from '../../protocol/generated/types';
import { slashed, type Predictions } from './predictions';

/** A hold of the loop as it was measured, its places brought up to where the lines are now. Lines count from 1. */
export interface Held {
  readonly file: string;
  readonly line: number;
  readonly callee: string | null;
  readonly cause: Cause | null;
  /** Times it was measured; 0 for one that goes on and was not counted yet. */
  readonly count: number;
  readonly maxNs: number;
  readonly victims: number;
  readonly isOpen: boolean;
  /** The user's frames it was seen in. */
  readonly stack: readonly { readonly file: string; readonly line: number }[];
}

/** What was measured of a finding. */
export interface Measurement {
  readonly count: number;
  readonly maxNs: number;
  readonly victims: number;
  readonly isOpen: boolean;
}

/** Findings and measurements that are about the same thing. */
export interface Join {
  readonly measured: ReadonlyMap<Finding, Measurement>;
  /** Holds that a finding on their own line speaks of. */
  readonly said: ReadonlySet<Held>;
}

/** Causes that a rule foretells. What a call is named says more; this decides where the names differ. */
const FORETOLD: Readonly<Record<string, readonly Cause[]>> = {
  'blocking-sleep': ['sleep'],
  'blocking-network': ['io'],
  'blocking-file': ['io'],
  'blocking-path': ['io'],
  'blocking-process': ['io'],
  'blocking-terminal': ['io'],
  'blocking-lock': ['lock'],
  'blocking-cpu': ['cpu', 'native'],
};

/**
 * Joins what was predicted with what was measured. They meet on the line of the blocking call; a finding that reaches
 * that line through helpers is meant only when its own line was in the measured stack.
 */
export function joinMeasured(predictions: Predictions, holds: readonly Held[]): Join {
  const measured = new Map<Finding, Measurement>();
  const said = new Set<Held>();
  for (const held of holds) {
    for (const finding of foretelling(predictions.endingAt(held.file, held.line), held)) {
      measured.set(finding, added(measured.get(finding), held));
      if (finding.line === held.line && finding.file === slashed(held.file)) said.add(held);
    }
  }
  return { measured, said };
}

/** The findings that foretell a hold, one for each line they are reported on. */
export function foretelling(candidates: readonly Finding[], held: Held): Finding[] {
  const best = new Map<string, { finding: Finding; score: number }>();
  for (const finding of candidates) {
    const score = wasInStack(finding, held) ? agreement(finding, held) : 0;
    const place = `${finding.line} ${finding.file}`;
    if (score > (best.get(place)?.score ?? 0)) best.set(place, { finding, score });
  }
  return [...best.values()].map(({ finding }) => finding);
}

function wasInStack(finding: Finding, { stack }: Held): boolean {
  if (finding.chain.length === 0) return true;
  return stack.some((frame) => frame.line === finding.line && slashed(frame.file) === finding.file);
}

/** 2 when the callable is the same, 1 when only the cause fits, 0 when neither does. */
function agreement({ rule, subject }: Finding, { callee, cause }: Held): number {
  if (callee !== null && subject !== undefined && lastName(callee) === lastName(subject)) return 2;
  if (cause === null) return callee === null ? 1 : 0;
  return FORETOLD[rule]?.includes(cause) === true ? 1 : 0;
}

function lastName(dotted: string): string {
  return dotted.slice(dotted.lastIndexOf('.') + 1);
}

function added(before: Measurement | undefined, held: Held): Measurement {
  return {
    count: (before?.count ?? 0) + held.count,
    maxNs: Math.max(before?.maxNs ?? 0, held.maxNs),
    victims: Math.max(before?.victims ?? 0, held.victims),
    isOpen: held.isOpen || before?.isOpen === true,
  };
}

/** What a finding says, with what was measured before the advice: a narrow list shows the beginning only. */
export function joinedMessage(finding: Finding, measurement: Measurement, t: Translate): string {
  return withEvidence(finding, measurementText(measurement, t));
}

/** What a finding says whose line was executed and did no harm. @param thresholdMs Holds longer than this were measured. */
export function harmlessMessage(finding: Finding, thresholdMs: number, t: Translate): string {
  const least = durationText(thresholdMs * 1e6);
  return withEvidence(finding, t('executed in this run, never held the loop over {0}', least));
}

function withEvidence(finding: Finding, evidence: string): string {
  const { message, replacement } = finding;
  const advice = replacement === undefined ? '' : `; instead: ${replacement}`;
  const isAdvised = advice !== '' && message.endsWith(advice);
  const what = isAdvised ? message.slice(0, -advice.length) : message;
  return `${what} · ${evidence}${isAdvised ? advice : ''}`;
}

/** What was measured, in a few words: `measured 17 times, longest 412 ms, 40 tasks waited`. */
export function measurementText({ count, maxNs, victims, isOpen }: Measurement, t: Translate): string {
  const parts: string[] = [];
  if (count === 1) parts.push(t('measured once, {0}{1}', durationText(maxNs), victimsText(victims, t)));
  if (count > 1)
    parts.push(t('measured {0} times, longest {1}{2}', count, durationText(maxNs), victimsText(victims, t)));
  if (isOpen) parts.push(t('holds the loop now'));
  return parts.join(' · ');
}
