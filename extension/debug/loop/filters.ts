import type { DebugProtocol } from '@vscode/debugprotocol';

/** Without a condition a jam is a callback that holds the loop for this long, in ms. */
export const DEFAULT_JAM_MS = 500;

/** Every finding that the runtime can make, by its id. */
export const FINDINGS: readonly string[] = [
  'blocking',
  'busy-poll',
  'iteration-overfull',
  'executor-saturated',
  'pool-per-call',
  'never-awaited',
  'never-retrieved',
  'task-dropped',
  'task-leak',
  'stuck',
  'lock-held-long',
  'deadlock',
  'queue-growth',
  'cancel-swallowed',
  'wrong-thread',
  'left-open',
  'still-running',
  'await-pin',
];

/** The events of a program that can stop it, as the Breakpoints view lists them. */
export const EXCEPTION_FILTERS: readonly DebugProtocol.ExceptionBreakpointsFilter[] = [
  {
    filter: 'jam',
    label: 'Loop jams',
    description: 'Stops when a callback has held the loop for too long, with the stack that was seen meanwhile.',
    supportsCondition: true,
    conditionDescription: `Milliseconds, ${DEFAULT_JAM_MS} when empty`,
  },
  {
    filter: 'task-failed',
    label: 'Task failed, nobody awaits it',
    description: 'Stops when a task ends with an exception and no task awaits it.',
  },
  {
    filter: 'never-awaited',
    label: 'Coroutine never awaited',
    description: 'Stops when a coroutine is thrown away without having been awaited.',
  },
  { filter: 'deadlock', label: 'Deadlock', description: 'Stops when tasks wait for one another in a circle.' },
  {
    filter: 'finding',
    label: 'Other findings',
    description: 'Stops at findings with the ids in the condition; without one at all but blocking, which jams are.',
    supportsCondition: true,
    conditionDescription: 'Finding ids, such as task-leak, queue-growth',
  },
];

/** What the runtime is to stop at. */
export interface WantedStops {
  readonly jam_ms: number | null;
  readonly task_failed: boolean;
  readonly rules: readonly string[];
}

export interface ReadFilters {
  readonly stops: WantedStops;
  /** For each filter asked for, in the order of the request. */
  readonly breakpoints: DebugProtocol.Breakpoint[];
}

/** Reads a request of the Breakpoints view; a condition that cannot be used leaves its filter off and says why. */
export function readFilters(request: DebugProtocol.SetExceptionBreakpointsArguments): ReadFilters {
  const options = request.filterOptions ?? [];
  const chosen = [
    ...request.filters.map((filterId): DebugProtocol.ExceptionFilterOptions => ({ filterId })),
    ...options,
  ];
  let jam: number | null = null;
  let taskFailed = false;
  const rules = new Set<string>();
  const breakpoints = chosen.map(({ filterId, condition = '' }): DebugProtocol.Breakpoint => {
    switch (filterId) {
      case 'jam': {
        const text = condition.trim().replace(/\s*ms$/u, '');
        const ms = text === '' ? DEFAULT_JAM_MS : Number(text);
        if (!(ms >= 1 && ms <= 3_600_000)) {
          return refusal(`“${condition}” is no length of a jam; write a number of milliseconds, such as 250.`);
        }
        jam = jam === null ? ms : Math.min(jam, ms);
        return { verified: true };
      }
      case 'task-failed':
        taskFailed = true;
        return { verified: true };
      case 'never-awaited':
      case 'deadlock':
        rules.add(filterId);
        return { verified: true };
      case 'finding': {
        const wanted = condition.split(/[\s,]+/u).filter((rule) => rule !== '');
        const unknown = wanted.find((rule) => !FINDINGS.includes(rule));
        if (unknown !== undefined) return refusal(`There is no finding “${unknown}”; write ${FINDINGS.join(', ')}.`);
        for (const rule of wanted.length > 0 ? wanted : FINDINGS.filter((each) => each !== 'blocking')) rules.add(rule);
        return { verified: true };
      }
      default:
        return refusal(`There is no filter “${filterId}”.`);
    }
  });
  return { stops: { jam_ms: jam, task_failed: taskFailed, rules: [...rules] }, breakpoints };
}

function refusal(message: string): DebugProtocol.Breakpoint {
  return { verified: false, message };
}
