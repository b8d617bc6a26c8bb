import type { BlockView, FindingView, TaskRow } from './queries';

/**
 * A finding that is about a task, and by what: it says the task's `name` (a later task may have the same), or it is of
 * a line in its `coroutine`, or of the line that `created` it.
 */
export interface TaskFinding {
  readonly finding: FindingView;
  readonly by: 'name' | 'coroutine' | 'created';
}

/** What was found, by what it can be about: looked up for every row on the screen, made anew when it changes. */
export class TaskFindings {
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
      const named = finding.rule === 'blocking' ? [heldLast.get(finding.id)] : namesIn(finding);
      for (const name of new Set(named)) if (typeof name === 'string') add(this.byName, name, finding);
      const { site } = finding;
      if (site === null) continue;
      add(this.byCoroutine, functionKey(site.file, site.function), finding);
      add(this.byCreation, site.id, finding);
    }
  }

  /** What is about a task, each once: what says its name first, and the worst of each kind first. */
  public of({ name, coroutine, coroutineSite, createdSite }: TaskRow): readonly TaskFinding[] {
    const found = new Map<number, TaskFinding>();
    const take = (by: TaskFinding['by'], findings: readonly FindingView[] = []): void => {
      for (const finding of findings) if (!found.has(finding.id)) found.set(finding.id, { finding, by });
    };
    take('name', this.byName.get(name));
    if (coroutineSite !== null) take('coroutine', this.byCoroutine.get(functionKey(coroutineSite.file, coroutine)));
    if (createdSite !== null) take('created', this.byCreation.get(createdSite.id));
    return [...found.values()];
  }
}

/** The tasks that a finding's evidence names. What was lost with a task that is over (`never-retrieved`) names none. */
function namesIn({ rule, evidence }: FindingView): readonly unknown[] {
  switch (rule) {
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
