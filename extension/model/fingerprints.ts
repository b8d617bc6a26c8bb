import type { BlockView, FindingView } from './queries';

/** What a block is recognised by in another run, and after its file was edited: where it is and what is called there. */
export function blockFingerprint({ site, callee, cause }: BlockView): string {
  return JSON.stringify(['block', site?.file ?? '', site?.function ?? '', callee ?? '', site === null ? cause : '']);
}

/** What a finding is recognised by in another run, and after its file was edited: its rule and where it is. */
export function findingFingerprint({ rule, site, message }: FindingView): string {
  // Without a place it is known by its sentence, whose figures differ from run to run.
  const where = site === null ? [message.replace(/\d[\d.,]*/gu, '#')] : [site.file, site.function];
  return JSON.stringify(['finding', rule, ...where]);
}
