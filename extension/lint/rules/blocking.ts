import { severityRank } from '../findings.js';
import type { Finding } from '../findings.js';
import { chainOf } from '../graph/reach.js';
import type { Hit, ReachOf } from '../graph/reach.js';

const KIND_TEXT: Record<string, string> = {
  network: 'waits for the network',
  file: 'waits for the disk',
  path: 'asks the file system',
  process: 'waits for a child process',
  lock: 'waits for another thread',
  sleep: 'sleeps',
  terminal: 'waits for the terminal',
  cpu: 'computes',
};

/** The findings of blocking calls, one per call and rule: the most severe way a call can block. */
export function blockingFindings(hits: readonly Hit[], reach: ReachOf): Finding[] {
  const best = new Map<string, Hit>();
  for (const hit of hits) {
    const key = `${hit.function.file.path}:${hit.call.line}:${hit.call.column}:${hit.call.endColumn}`;
    const known = best.get(key);
    if (known === undefined || severityRank(hit.severity) > severityRank(known.severity)) best.set(key, hit);
  }
  return [...best.values()].map((hit) => blockingFinding(hit, reach));
}

function blockingFinding(hit: Hit, reach: ReachOf): Finding {
  const { call, leaf } = hit;
  const name = displayed(leaf.name);
  const how = KIND_TEXT[leaf.entry.kind] ?? 'blocks';
  const advice = leaf.entry.replacement === undefined ? '' : `; instead: ${leaf.entry.replacement}`;
  const chain = hit.through === undefined ? [] : chainOf(hit, reach);
  const through = chain.slice(1).map((link) => `${link.entry.summary.name}()`);
  const message =
    hit.through === undefined
      ? `${name} blocks the event loop: it ${how}${advice}`
      : `${hit.possible ? 'may block' : 'blocks'} the event loop through ${[...through, name].join(' → ')}, which ${how}${advice}`;
  return {
    file: hit.function.file.path,
    line: call.line,
    column: call.column,
    endLine: call.line,
    endColumn: call.endColumn,
    rule: `blocking-${leaf.entry.kind}`,
    severity: hit.severity,
    message,
    chain: chain.map((link) => ({
      file: link.entry.file.path,
      line: link.call.line,
      function: link.entry.summary.qualifiedName,
    })),
    fix: null,
    subject: leaf.name,
    function: hit.function.summary.qualifiedName,
    ...(leaf.entry.replacement === undefined ? {} : { replacement: leaf.entry.replacement }),
  };
}

function displayed(name: string): string {
  return name.replace(/\.__enter__$/, ' (with)').replace(/\.__exit__$/, ' (end of with)');
}
