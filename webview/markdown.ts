/** What a bug report takes over: blocks, tasks, findings, one task. */
import type { BlockView, FindingView, ProcessOverview, TaskRow } from '../extension/model/queries';
import type { Site } from '../extension/protocol/generated/types';
import type { TaskDetails } from '../extension/protocol/webview-messages';
import { age, duration, functionLabel, placeLabel } from './format';
import { count, t } from './texts';
import { causeText } from './verdict';

/** A cell of a Markdown table; what the program calls things must not end the cell or become markup. */
function cell(text: string): string {
  return text.replace(/[\\`*_[\]<>|]/g, '\\$&').replace(/\s+/g, ' ');
}

/** The blocks of a process as a Markdown table, with what was inspected above it. */
export function blocksMarkdown(overview: ProcessOverview, blocks: readonly BlockView[]): string {
  const heads = ['line', 'callee', 'cause', 'count', 'total', 'longest', 'victims'] as const;
  const rows = blocks.map((block) => [
    block.site === null ? t('blocks.noLine') : `${placeLabel(block.site)} ${functionLabel(block.site.function)}`,
    block.callee ?? '',
    causeText(block.cause),
    count(block.count),
    duration(block.totalNs),
    duration(block.maxNs),
    count(block.victims),
  ]);
  return document(
    overview,
    table(
      heads.map((head) => t(`blocks.${head}`)),
      rows,
    ),
  );
}

/** Tasks of a process as a Markdown table. */
export function tasksMarkdown(overview: ProcessOverview, tasks: readonly TaskRow[], nowNs: number): string {
  const heads = ['name', 'coroutine', 'state', 'wait', 'since', 'created'] as const;
  const rows = tasks.map((task) => [
    task.name,
    functionLabel(task.coroutine),
    t(`state.${task.state}`),
    task.wait?.label ?? '',
    age(nowNs - (task.wait?.sinceNs ?? task.sinceNs)),
    placeText(task.createdSite),
  ]);
  return document(
    overview,
    table(
      heads.map((head) => t(`tasks.${head}`)),
      rows,
    ),
  );
}

/** The findings of a process as a Markdown table. */
export function findingsMarkdown(overview: ProcessOverview, findings: readonly FindingView[]): string {
  const heads = ['rule', 'line', 'message', 'count', 'evidence'] as const;
  const rows = findings.map((finding) => [
    finding.rule,
    placeText(finding.site),
    finding.message,
    count(finding.count),
    Object.entries(finding.evidence)
      .filter(([, value]) => value !== null)
      .map(([name, value]) => `${name.replaceAll('_', ' ')} ${String(value)}`)
      .join(', '),
  ]);
  return document(
    overview,
    table(
      heads.map((head) => t(`findings.${head}`)),
      rows,
    ),
  );
}

/** One task in Markdown: what it does, its await stack, what it finally waits for. */
export function detailsMarkdown(overview: ProcessOverview, details: TaskDetails, nowNs: number): string {
  const { task } = details;
  const facts = [
    `**${cell(task.name)}** · ${cell(functionLabel(task.coroutine))} · ${t(`state.${task.state}`)} ` +
      t('state.for', age(nowNs - (task.wait?.sinceNs ?? task.sinceNs))),
    ...(task.wait === null ? [] : [`- ${t('details.wait')} ${cell(task.wait.label)}`]),
    `- ${t('details.created')} ${cell(placeText(task.createdSite))}`,
    ...(task.exception === null ? [] : [`- ${t('details.exception')} ${cell(task.exception)}`]),
  ];
  const stack = (details.awaitStack ?? []).map((site) => `${functionLabel(site.function)} ${placeLabel(site)}`);
  const chain = details.chain.map(({ task: waited, label }) =>
    waited === null ? label : `${waited.name ?? `#${String(waited.id)}`} ${label}`,
  );
  const text = [
    ...facts,
    '',
    ...listed(t('details.awaits'), stack),
    ...listed(t('details.endsIn'), chain),
    ...(details.cycle ? [t('details.cycle'), ''] : []),
  ];
  return document(overview, text.slice(0, -1));
}

/** What happened in a range of the timeline as a Markdown table. */
export function summaryMarkdown(
  overview: ProcessOverview,
  title: string,
  lines: readonly (readonly [what: string, site: Site | null, lanes: string, time: string, share: string])[],
): string {
  const heads = ['what', 'line', 'lane', 'time', 'share'] as const;
  const rows = lines.map(([what, site, ...rest]) => [what, site === null ? '' : placeLabel(site), ...rest]);
  const drawn = table(
    heads.map((head) => t(`timeline.${head}`)),
    rows,
  );
  return document(overview, [title, '', ...drawn]);
}

function listed(title: string, items: readonly string[]): readonly string[] {
  return items.length === 0 ? [] : [`${title}:`, ...items.map((item, at) => `${String(at + 1)}. ${cell(item)}`), ''];
}

function placeText(site: Site | null): string {
  return site === null ? t('tasks.unknownPlace') : placeLabel(site);
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const lines = [heads, heads.map(() => '---'), ...rows.map((row) => row.map(cell))];
  return lines.map((line) => `| ${line.join(' | ')} |`);
}

/** Lines with what was inspected above them. */
function document(overview: ProcessOverview, lines: readonly string[]): string {
  const about = [
    cell(overview.title),
    t('process.python', cell(overview.process.python)),
    t('lag.threshold', duration(overview.thresholdMs * 1e6)),
  ];
  return [about.join(' · '), '', ...lines, ''].join('\n');
}
