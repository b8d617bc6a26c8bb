import type { Task } from '../protocol/generated/types';
import type { TaskGroup, TaskGrouping } from './queries';
import { parseTaskFilter } from './taskFilter';
import type { TaskTable } from './taskTable';
import type { Resolver } from './views';

const MAX_GROUPS = 1_000;

/** Counts the tasks that match `filter` by what `by` says; largest group first, at most 1000 groups. */
export function taskGroups(
  table: TaskTable,
  by: TaskGrouping,
  filter: string,
  nowNs: number,
  resolve: Resolver,
): readonly TaskGroup[] {
  const parsed = parseTaskFilter(filter);
  const context = { nowNs, site: (id: number | null) => resolve.site(id) };
  const groups = new Map<string, { example: Task; count: number; oldestNs: number }>();
  for (const task of table.values()) {
    if (!parsed.matches(task, context)) continue;
    const key = table.groupKey(by, task);
    const group = groups.get(key);
    if (group) {
      group.count++;
      group.oldestNs = Math.min(group.oldestNs, task.created_ns);
    } else {
      groups.set(key, { example: task, count: 1, oldestNs: task.created_ns });
    }
  }
  return [...groups]
    .sort(([, left], [, right]) => right.count - left.count || left.oldestNs - right.oldestNs)
    .slice(0, MAX_GROUPS)
    .map(([key, { example, count, oldestNs }]) => ({ key, ...describe(by, example, resolve), count, oldestNs }));
}

/** The label is empty where the tasks have nothing to be named after, as when nobody saw them created. */
function describe(by: TaskGrouping, task: Task, resolve: Resolver): Pick<TaskGroup, 'label' | 'site'> {
  switch (by) {
    case 'created': {
      const site = resolve.site(task.created_site);
      return { label: site?.function ?? '', site };
    }
    case 'coroutine':
      return { label: task.coroutine, site: resolve.site(task.coroutine_site) };
    case 'state':
      return { label: task.state, site: null };
    case 'waiting':
      return { label: task.wait?.label ?? '', site: null };
  }
}
