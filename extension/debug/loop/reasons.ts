import type { HeldEvent } from './engine';

/** The reason of a stop at an await breakpoint. */
export const AWAIT_BREAKPOINT = 'await breakpoint';

/**
 * Why a client is told that the program stopped. At a “breakpoint” or a “step” VS Code puts the focus on the innermost frame
 * though it is marked as subtle: that is asyncio's own nearly always, and not the line of the user's that awaits.
 */
export function stopReason({ reason }: HeldEvent): string {
  switch (reason) {
    case 'await-breakpoint':
      return AWAIT_BREAKPOINT;
    case 'jam':
    case 'task-failed':
    case 'finding':
      return 'exception';
    case 'step':
      return 'step of a task';
    case 'pause':
    case 'evaluated':
    case 'other-loop':
      return 'pause';
  }
}

/** The same for a person, short: the Call Stack view shows it beside the thread. */
export function describeStop({ reason }: HeldEvent): string {
  switch (reason) {
    case 'await-breakpoint':
      return 'Paused on await breakpoint';
    case 'jam':
      return 'Paused after a jam';
    case 'task-failed':
      return 'Paused on failed task';
    case 'finding':
      return 'Paused on finding';
    case 'step':
      return 'Paused on step';
    case 'evaluated':
      return 'Paused after await';
    case 'pause':
    case 'other-loop':
      return 'Loop held';
  }
}
