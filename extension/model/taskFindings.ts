import { MAX_FINDING_TASKS } from '../protocol/generated/constants';
import type { BlockView, FindingView, TaskRow } from './queries';

/**
 * A finding that is about a task, and by what: it says that it is about this very `task`, or the task's `name` (a later
 * task may have the same), or it is of a line in its `coroutine`, or of the line that `created` it.
 */
export interface TaskFinding {
  readonly finding: FindingView;
  readonly by: 'task' | 'name' | 'coroutine' | 'created';
}

/** What was found, by what it can be about: looked up for every row on the screen, made anew when it changes. */
export class TaskFindings {
  private readonly byTask = new Map<number, FindingView[]>();
  private readonly byName = new Map<string, FindingView[]>();
  private readonly byCoroutine = new Map<string, FindingView[]>();
  private readonly byCreation = new Map<number, FindingView[]>();

  /**
   * @param findings Worst first.
   * @param blocks A finding of the rule `blocking` has the id of its block.
   */
  public constructor(findings: readonly FindingView[], blocks: readonly BlockView[]) {
    const heldLast = new Map(blocks.map(({ id, task }) => [id, task]));
    for (const finding of findings) {
      for (const { id } of finding.tasks ?? []) add(this.byTask, id, finding);
      if (tellsEachTask(finding)) continue;
      for (const name of new Set(namesIn(finding, heldLast)))
        if (typeof name === 'string') add(this.byName, name, finding);
      const { site } = finding;
      if (site === null) continue;
      add(this.byCoroutine, functionKey(site.file, site.function), finding);
      add(this.byCreation, site.id, finding);
    }
  }

  /** What is about a task, each once: what is about it by itself first, and the worst of each kind first. */
  public of({ id, name, coroutine, coroutineSite, createdSite }: TaskRow): readonly TaskFinding[] {
    const found = new Map<number, TaskFinding>();
    const take = (by: TaskFinding['by'], findings: readonly FindingView[] = []): void => {
      for (const finding of findings) if (!found.has(finding.id)) found.set(finding.id, { finding, by });
    };
    take('task', this.byTask.get(id));
    take('name', this.byName.get(name));
    if (coroutineSite !== null) take('coroutine', this.byCoroutine.get(functionKey(coroutineSite.file, coroutine)));
    if (createdSite !== null) take('created', this.byCreation.get(createdSite.id));
    return [...found.values()];
  }
}

/** Whether a finding is about no other tasks than those that it tells by number. */
function tellsEachTask({ tasks }: FindingView): boolean {
  return tasks !== null && tasks.length > 0 && tasks.length < MAX_FINDING_TASKS;
}

/**
 * The tasks that a finding's evidence names, where it does not tell them by number. What was lost with a task that is
 * over (`never-retrieved`) names none.
 *
 * @param heldLast Of each block the name of the task that held a loop in it last.
 */
function namesIn(
  { id, rule, evidence, tasks }: FindingView,
  heldLast: ReadonlyMap<number, string | null>,
): readonly unknown[] {
  if (tasks !== null) return [];
  switch (rule) {
    case 'blocking':
      return [heldLast.get(id)];
    case 'stuck':
    case 'cancel-swallowed':
      return [evidence['task']];
    case 'lock-held-long':
      return [evidence['holder'], evidence['first_waiter']];
    case 'still-running':
      return evidence['what'] === 'task' ? [evidence['name']] : [];
    case 'busy-poll':
      return [/^Task (.*)$/su.exec(String(evidence['what']))?.[1]];
    case 'deadlock':
      // `A waits at app.py:3 for a lock that B holds; B waits at …`
      return String(evidence['circle'])
        .split('; ')
        .map((wait) => wait.split(' waits at ')[0]);
    default:
      return [];
  }
}

function functionKey(file: string, name: string): string {
  return `${name} ${file}`;
}

function add<Key>(to: Map<Key, FindingView[]>, key: Key, finding: FindingView): void {
  const known = to.get(key);
  if (known === undefined) to.set(key, [finding]);
  else known.push(finding);
}
