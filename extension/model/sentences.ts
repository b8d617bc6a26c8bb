import type { Cause } from '../protocol/generated/types';
import { untranslated, type Translate } from '../protocol/language';
import type { BlockView, FindingView, Verdict } from './queries';

export { untranslated, type Translate };

const NS_PER_MS = 1e6;

/** A duration as a person says it: `0.4 ms`, `412 ms`, `3.9 s`, `2 min 5 s`. */
export function durationText(ns: number): string {
  const ms = ns / NS_PER_MS;
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const seconds = ms / 1000;
  if (seconds < 60) return `${seconds < 10 ? seconds.toFixed(2) : seconds.toFixed(1)} s`;
  return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}

/** What a cause means, in a few words. */
export function causeText(cause: Cause, t: Translate): string {
  switch (cause) {
    case 'sleep':
      return t('a sleeping call');
    case 'io':
      return t('waits for the network, a file or a process');
    case 'lock':
      return t('waits for another thread');
    case 'cpu':
      return t('Python code that computes');
    case 'native':
      return t('C code that computes');
    case 'gc':
      return t('garbage collection');
    case 'gil':
      return t('other threads held the GIL');
    case 'machine':
      return t('the machine had no processor time');
    case 'suspended':
      return t('the process was suspended');
    case 'debugger':
      return t('a debugger held it');
  }
}

/** What a line did to the loop, such as `Held the loop 2 times, longest 412 ms: time.sleep (a sleeping call), 40 tasks waited.` */
export function blockSentence(block: BlockView, t: Translate): string {
  const times =
    block.count === 1
      ? t('Held the loop once, for {0}', durationText(block.maxNs))
      : t('Held the loop {0} times, longest {1}', block.count, durationText(block.maxNs));
  const what =
    block.callee === null ? causeText(block.cause, t) : t('{0} ({1})', block.callee, causeText(block.cause, t));
  return t('{0}: {1}{2}.', times, what, victimsText(block.victims, t));
}

/** How many tasks waited meanwhile, as the end of a sentence; nothing when none did. */
export function victimsText(victims: number, t: Translate): string {
  if (victims === 0) return '';
  return victims === 1 ? t(', 1 task waited') : t(', {0} tasks waited', victims);
}

/** A short mark for the end of the line, such as `2× · 412 ms`. */
export function blockMark(blocks: readonly BlockView[]): string {
  const count = blocks.reduce((sum, block) => sum + block.count, 0);
  const longest = blocks.reduce((most, block) => Math.max(most, block.maxNs), 0);
  return `${count}× · ${durationText(longest)}`;
}

/** What is wrong first, in one sentence. */
export function verdictSentence(verdict: Verdict, t: Translate): string {
  switch (verdict.kind) {
    case 'silent':
      return t(
        'No heartbeat for {0}: the process is suspended, or C code holds the GIL.',
        durationText(verdict.silentMs * NS_PER_MS),
      );
    case 'blocked': {
      const { block } = verdict;
      const where = block.site === null ? t('a callback') : placeText(block.site.file, block.site.line);
      return block.callee === null
        ? t('The loop has been held for {0} by {1}.', durationText(block.durationNs), where)
        : t('The loop has been held for {0} by {1} at {2}.', durationText(block.durationNs), block.callee, where);
    }
    case 'blocks': {
      const { site } = verdict.block;
      const sentence = blockSentence(verdict.block, t);
      return site === null ? sentence : `${placeText(site.file, site.line)}: ${sentence}`;
    }
    case 'finding':
      return findingSentence(verdict.finding, t);
  }
}

/** The sentence of a finding, with how often when it was more than once. */
export function findingSentence(finding: FindingView, t: Translate): string {
  return finding.count === 1 ? finding.message : t('{0} ({1} times)', finding.message, finding.count);
}

/** The last part of a path, and the line. */
export function placeText(file: string, line: number): string {
  return `${file.split(/[\\/]/u).at(-1) ?? file}:${line}`;
}
