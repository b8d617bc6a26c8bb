import type { Site, Task, TaskState } from '../protocol/generated/types';
import type { TaskColumn, TaskGrouping } from './queries';
import { parseTaskFilter, type TaskFilter } from './taskFilter';
import { taskOrder, type TaskOrder } from './taskOrder';

/** Sorted lists kept ready. A panel looks at one at a time; the others serve a second panel and the way back. */
const MAX_LISTS = 4;

/** A list with more changes than one in so many of its tasks is sorted again from nothing. */
const REBUILD_SHARE = 4;

/** Which tasks, in which order. */
export interface TaskSelection {
  readonly filter: string;
  readonly sort: TaskColumn;
  readonly descending: boolean;
  readonly group?: { readonly by: TaskGrouping; readonly key: string };
}

/** Tasks of a selection, sorted. */
export interface SelectedTasks {
  readonly tasks: readonly Task[];
  readonly filterError: string | null;
}

interface SortedList {
  readonly filter: TaskFilter;
  readonly selection: TaskSelection;
  readonly order: TaskOrder;
  readonly changed: Set<number>;
  tasks: Task[];
  built: boolean;
}

/**
 * The tasks that have not ended, with sorted and filtered lists that follow the changes: what a page costs grows with
 * what changed since the last page, plus one cheap pass.
 */
export class TaskTable {
  private readonly records = new Map<number, Task>();
  private readonly lists = new Map<string, SortedList>();
  private readonly perState: Record<TaskState, number> = emptyStates();
  private readonly perLoop = new Map<number, number>();

  /**
   * @param capacity Most tasks held.
   * @param site Looks up a source place.
   */
  public constructor(
    private readonly capacity: number,
    private readonly site: (id: number | null) => Site | null,
  ) {}

  public get size(): number {
    return this.records.size;
  }

  /** Tasks that have not ended, by state. */
  public get states(): Readonly<Record<TaskState, number>> {
    return { ...this.perState };
  }

  public get(id: number): Task | undefined {
    return this.records.get(id);
  }

  public values(): IterableIterator<Task> {
    return this.records.values();
  }

  public inLoop(loop: number): number {
    return this.perLoop.get(loop) ?? 0;
  }

  /** Takes a task as it is now; one that has ended leaves the table. @returns false when the table is full. */
  public put(task: Task): boolean {
    const known = this.records.get(task.id);
    if (hasEnded(task.state)) {
      if (known) this.remove(known);
      return true;
    }
    if (known) this.count(known, -1);
    else if (this.records.size >= this.capacity) return false;
    this.records.set(task.id, task);
    this.count(task, 1);
    for (const list of this.lists.values()) list.changed.add(task.id);
    return true;
  }

  /** The tasks of a selection. The array belongs to the table and is valid until the next call. */
  public select(selection: TaskSelection, nowNs: number): SelectedTasks {
    const filter = parseTaskFilter(selection.filter);
    if (filter.timed) {
      // Who matches changes as time passes; the order does not, so it is kept for all tasks and filtered each time.
      const context = { nowNs, site: this.site };
      const { tasks } = this.select({ ...selection, filter: '' }, nowNs);
      return { tasks: tasks.filter((task) => filter.matches(task, context)), filterError: filter.error };
    }
    const list = this.listFor(selection, filter);
    if (!list.built || list.changed.size * REBUILD_SHARE > list.tasks.length) {
      this.build(list, nowNs);
    } else if (list.changed.size > 0) {
      this.merge(list, nowNs);
    }
    list.changed.clear();
    return { tasks: list.tasks, filterError: list.filter.error };
  }

  /** What a task is grouped under. */
  public groupKey(by: TaskGrouping, task: Task): string {
    switch (by) {
      case 'created':
        return String(task.created_site ?? '');
      case 'coroutine':
        return task.coroutine;
      case 'state':
        return task.state;
      case 'waiting':
        return task.wait === null ? '' : `${task.wait.kind} ${task.wait.object ?? task.wait.label}`;
    }
  }

  private remove(task: Task): void {
    this.records.delete(task.id);
    this.count(task, -1);
    for (const list of this.lists.values()) list.changed.add(task.id);
  }

  private count(task: Task, by: 1 | -1): void {
    this.perState[task.state] += by;
    const left = this.inLoop(task.loop) + by;
    if (left === 0) this.perLoop.delete(task.loop);
    else this.perLoop.set(task.loop, left);
  }

  private listFor(selection: TaskSelection, parsed: TaskFilter): SortedList {
    const { filter, sort, descending, group } = selection;
    const key = JSON.stringify([filter, sort, descending, group?.by, group?.key]);
    let list = this.lists.get(key);
    if (list) {
      this.lists.delete(key);
    } else {
      const order = taskOrder(sort, descending, this.site);
      list = { filter: parsed, selection, order, changed: new Set(), tasks: [], built: false };
      const [oldest] = this.lists.keys();
      if (this.lists.size >= MAX_LISTS && oldest !== undefined) this.lists.delete(oldest);
    }
    this.lists.set(key, list);
    return list;
  }

  private build(list: SortedList, nowNs: number): void {
    const belongs = this.membership(list, nowNs);
    const tasks: Task[] = [];
    for (const task of this.records.values()) if (belongs(task)) tasks.push(task);
    list.tasks = tasks.sort(list.order);
    list.built = true;
  }

  private merge(list: SortedList, nowNs: number): void {
    const belongs = this.membership(list, nowNs);
    const fresh: Task[] = [];
    for (const id of list.changed) {
      const task = this.records.get(id);
      if (task && belongs(task)) fresh.push(task);
    }
    fresh.sort(list.order);
    const merged: Task[] = [];
    let next = 0;
    for (const task of list.tasks) {
      if (list.changed.has(task.id)) continue;
      for (let candidate = fresh[next]; candidate && list.order(candidate, task) < 0; candidate = fresh[next]) {
        merged.push(candidate);
        next++;
      }
      merged.push(task);
    }
    while (next < fresh.length) {
      const task = fresh[next++];
      if (task) merged.push(task);
    }
    list.tasks = merged;
  }

  private membership(list: SortedList, nowNs: number): (task: Task) => boolean {
    const { filter, selection } = list;
    const context = { nowNs, site: this.site };
    const { group } = selection;
    if (group) {
      return (task) => this.groupKey(group.by, task) === group.key && (filter.all || filter.matches(task, context));
    }
    return filter.all ? () => true : (task) => filter.matches(task, context);
  }
}

function emptyStates(): Record<TaskState, number> {
  return { running: 0, ready: 0, waiting: 0, cancelling: 0, finished: 0, cancelled: 0, failed: 0 };
}

/** True for the states a task does not leave again. */
export function hasEnded(state: TaskState): boolean {
  return state === 'finished' || state === 'cancelled' || state === 'failed';
}
