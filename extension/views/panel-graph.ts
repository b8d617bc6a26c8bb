/** Who waits for whom: tasks, the locks and queues they wait on, executors; equals collapsed, cycles marked. */
import type { ProcessQueries, TaskRow } from '../model';
import type { WaitKind } from '../protocol/generated/types';
import type { GraphNode, WaitGraph } from '../protocol/webview-messages';
import { MAX_GRAPH_NODES } from '../protocol/webview-messages';

/** Tasks looked at; beyond it the graph is of the oldest ones and says how many it leaves out. */
const MAX_TASKS = 10_000;
const PAGE = 1000;

/** Waits on things that several tasks can share, and that are therefore nodes of their own. */
const SHARED: ReadonlySet<WaitKind> = new Set<WaitKind>([
  'lock',
  'semaphore',
  'condition',
  'event',
  'barrier',
  'queue-get',
  'queue-put',
]);

interface Draft {
  readonly id: string;
  readonly kind: GraphNode['kind'];
  readonly label: string;
  readonly detail: string;
  readonly task: TaskRow | null;
  readonly wait: WaitKind | null;
  readonly to: Set<string>;
  /** Nodes with the same words are drawn as one. */
  readonly alike: string;
}

/** The graph of a process as it is now. */
export function waitGraph(process: ProcessQueries, now: number): WaitGraph {
  const { rows, known } = allTasks(process, now);
  const drafts = draftNodes(process, rows);
  const cyclic = onCycles(drafts);
  const { nodes, edges } = collapse(drafts, cyclic);
  // What stays is chosen by weight and drawn in the order it came to be, so that nothing jumps about.
  const kept = nodes.slice(0, MAX_GRAPH_NODES).sort((a, b) => (a.task ?? Infinity) - (b.task ?? Infinity));
  const ids = new Set(kept.map((node) => node.id));
  const left = nodes.slice(MAX_GRAPH_NODES).reduce((sum, node) => sum + (node.kind === 'task' ? node.count : 0), 0);
  return {
    nodes: kept,
    edges: edges.filter((edge) => ids.has(edge.from) && ids.has(edge.to)),
    omitted: left + Math.max(0, known - rows.length),
  };
}

function allTasks(process: ProcessQueries, now: number): { readonly rows: readonly TaskRow[]; readonly known: number } {
  const rows: TaskRow[] = [];
  let known = 0;
  for (let offset = 0; offset < MAX_TASKS; offset += PAGE) {
    const page = process.tasks({ filter: '', sort: 'id', descending: false, offset, count: PAGE }, now);
    known = page.known;
    rows.push(...page.rows);
    if (page.rows.length < PAGE) break;
  }
  return { rows, known };
}

/** One node for every task that waits for something others have a part in, and for what it waits on. */
function draftNodes(process: ProcessQueries, rows: readonly TaskRow[]): ReadonlyMap<string, Draft> {
  const executors = new Map(process.executors().map((executor) => [executor.id, executor]));
  const drafts = new Map<string, Draft>();
  const byId = new Map(rows.map((row) => [row.id, row]));
  const taskNode = (row: TaskRow): Draft => {
    const id = `t${String(row.id)}`;
    let draft = drafts.get(id);
    if (draft === undefined) {
      const detail = row.wait?.label ?? row.state;
      const alike = `t ${row.coroutine} ${String(row.createdSite?.id)} ${row.wait?.kind ?? row.state}`;
      draft = {
        id,
        kind: 'task',
        label: row.name,
        detail,
        task: row,
        wait: row.wait?.kind ?? null,
        to: new Set(),
        alike,
      };
      drafts.set(id, draft);
    }
    return draft;
  };
  const thingNode = (id: string, kind: 'object' | 'executor', label: string, wait: WaitKind): Draft => {
    let draft = drafts.get(id);
    if (draft === undefined) {
      draft = { id, kind, label, detail: '', task: null, wait, to: new Set(), alike: id };
      drafts.set(id, draft);
    }
    return draft;
  };
  for (const row of rows) {
    const { wait } = row;
    if (wait === null) continue;
    let from: Draft | null = null;
    if (wait.object !== null && SHARED.has(wait.kind)) {
      const thing = thingNode(`o${String(wait.object)}`, 'object', wait.label, wait.kind);
      taskNode(row).to.add(thing.id);
      from = thing;
    } else if (wait.executor !== null) {
      const executor = executors.get(wait.executor);
      const name = executor === undefined || executor.name === '' ? (executor?.type ?? wait.label) : executor.name;
      taskNode(row).to.add(thingNode(`e${String(wait.executor)}`, 'executor', name, wait.kind).id);
    }
    for (const reference of wait.tasks) {
      const target = byId.get(reference.id);
      if (target !== undefined) (from ?? taskNode(row)).to.add(taskNode(target).id);
    }
  }
  return drafts;
}

/** Nodes that remain when everything is taken away, again and again, that waits for nothing or is waited for by nothing. */
function onCycles(drafts: ReadonlyMap<string, Draft>): ReadonlySet<string> {
  const left = new Set(drafts.keys());
  const into = new Map<string, Set<string>>();
  for (const draft of drafts.values()) {
    for (const to of draft.to) {
      const sources = into.get(to);
      if (sources === undefined) into.set(to, new Set([draft.id]));
      else sources.add(draft.id);
    }
  }
  const out = new Map([...drafts].map(([id, draft]) => [id, draft.to.size]));
  const incoming = new Map([...drafts.keys()].map((id) => [id, into.get(id)?.size ?? 0]));
  const queue = [...left].filter((id) => out.get(id) === 0 || incoming.get(id) === 0);
  for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
    if (!left.delete(id)) continue;
    for (const source of into.get(id) ?? []) {
      const rest = (out.get(source) ?? 0) - 1;
      out.set(source, rest);
      if (rest === 0) queue.push(source);
    }
    for (const target of drafts.get(id)?.to ?? []) {
      const rest = (incoming.get(target) ?? 0) - 1;
      incoming.set(target, rest);
      if (rest === 0) queue.push(target);
    }
  }
  return left;
}

/** Draws alike tasks with the same targets as one node; tasks on a cycle stay apart. */
function collapse(
  drafts: ReadonlyMap<string, Draft>,
  cyclic: ReadonlySet<string>,
): { readonly nodes: GraphNode[]; readonly edges: WaitGraph['edges'][number][] } {
  const groupOf = new Map<string, string>();
  const members = new Map<string, Draft[]>();
  for (const draft of drafts.values()) {
    const targets = [...draft.to].map((id) => drafts.get(id)?.alike ?? id).sort();
    const key = cyclic.has(draft.id) ? draft.id : `${draft.alike} → ${targets.join(' ')}`;
    groupOf.set(draft.id, key);
    const group = members.get(key);
    if (group === undefined) members.set(key, [draft]);
    else group.push(draft);
  }
  const names = new Map<string, string>();
  const nodes: GraphNode[] = [];
  for (const [key, group] of members) {
    const [first] = group;
    if (first === undefined) continue;
    names.set(key, first.id);
    nodes.push({
      id: first.id,
      kind: first.kind,
      label: group.length > 1 ? (first.task?.coroutine ?? first.label) : first.label,
      detail: first.detail,
      count: group.length,
      task: first.task?.id ?? null,
      wait: first.wait,
      inCycle: cyclic.has(first.id),
    });
  }
  const edges = new Map<string, WaitGraph['edges'][number]>();
  for (const draft of drafts.values()) {
    const from = names.get(groupOf.get(draft.id) ?? '');
    for (const id of draft.to) {
      const to = names.get(groupOf.get(id) ?? '');
      if (from === undefined || to === undefined || from === to) continue;
      edges.set(`${from} ${to}`, { from, to, inCycle: cyclic.has(from) && cyclic.has(to) });
    }
  }
  nodes.sort((a, b) => Number(b.inCycle) - Number(a.inCycle) || b.count - a.count);
  return { nodes, edges: [...edges.values()] };
}
