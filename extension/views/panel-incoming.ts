/** Checks what comes from a page, like anything else from outside. Knows no VS Code. */
import type { FromWebview, ProgramAction, Want } from '../protocol/webview-messages';
import { isColumnChoice } from '../protocol/webview-columns';
import { PANEL_COMMANDS, VIEWS } from '../protocol/webview-messages';

type Unknown = Readonly<Record<string, unknown>>;
type Check = (message: Unknown) => boolean;

const CHECKS: Readonly<Record<FromWebview['type'], Check>> = {
  ready: ({ want }) => isWant(want),
  want: ({ want }) => isWant(want),
  open: isAboutPlace,
  fix: isAboutPlace,
  copy: ({ text }) => typeof text === 'string',
  columns: ({ columns }) => isColumnChoice(columns),
  seek: ({ timeNs }) => Number.isFinite(timeNs),
  act: ({ process, action }) => typeof process === 'string' && isAction(action),
  mute: isAboutRow,
  unmute: isAboutRow,
  compare: ({ against }) => against === 'now' || against === 'recording' || against === 'nothing',
  command: ({ command }) => PANEL_COMMANDS.some((known) => known === command),
};

const ACTIONS: Readonly<Record<ProgramAction['kind'], Check>> = {
  hold: () => true,
  resume: () => true,
  'cancel-task': ({ task }) => Number.isSafeInteger(task),
  'set-level': ({ level }) => level === 'watch' || level === 'trace',
};

/** Whether a page may have meant this message. */
export function isFromWebview(message: unknown): message is FromWebview {
  return isObject(message) && checkOf(CHECKS, message['type'])(message);
}

function isWant(want: unknown): want is Want {
  if (!isObject(want)) return false;
  const { view, tasks } = want;
  return VIEWS.some((name) => name === view) && (tasks === null || isObject(tasks));
}

function isAction(action: unknown): action is ProgramAction {
  return isObject(action) && checkOf(ACTIONS, action['kind'])(action);
}

function isAboutPlace({ process, site }: Unknown): boolean {
  return typeof process === 'string' && Number.isSafeInteger(site);
}

function isAboutRow({ process, what, id }: Unknown): boolean {
  return typeof process === 'string' && (what === 'block' || what === 'finding') && Number.isSafeInteger(id);
}

function checkOf(checks: Readonly<Record<string, Check>>, name: unknown): Check {
  const check = typeof name === 'string' && Object.hasOwn(checks, name) ? checks[name] : undefined;
  return check ?? (() => false);
}

function isObject(value: unknown): value is Unknown {
  return typeof value === 'object' && value !== null;
}
