import { delimiter } from 'node:path';
import {
  ENVIRONMENT_CONNECT,
  ENVIRONMENT_LEVEL,
  ENVIRONMENT_SESSION,
  ENVIRONMENT_THRESHOLD_MS,
  ENVIRONMENT_TOKEN,
  ENVIRONMENT_WAIT,
} from '../protocol/generated/constants';
import type { Level } from '../protocol/generated/types';

/** Environment of a program: null takes a variable away. */
export type Environment = Readonly<Record<string, string | null | undefined>>;

/** Where an inspected program finds its runtime and this window. */
export interface Inspection {
  /** Folder whose `sitecustomize.py` lets the runtime in. */
  readonly bootstrapFolder: string;
  readonly address: string;
  readonly token: string;
  readonly session: string;
  readonly level?: Level;
  readonly thresholdMs?: number;
  /** Whether the program's first loop is to wait for the breakpoints of a debugger of loops. */
  readonly waitsForDebugger?: boolean;
}

const PYTHON_PATH = 'PYTHONPATH';

/**
 * The variables that let the runtime into a program. What the user has in `PYTHONPATH` stays, behind our folder.
 *
 * @param own What the launch sets or takes away.
 * @param inherited What the program has besides, such as this process's environment.
 */
export function inspectionVariables(
  inspection: Inspection,
  own: Environment,
  inherited: Environment,
): Record<string, string> {
  const name = variableName(PYTHON_PATH, own) ?? PYTHON_PATH;
  const set = own[name];
  const before = set === undefined ? inherited[variableName(PYTHON_PATH, inherited) ?? PYTHON_PATH] : set;
  const variables: Record<string, string> = {
    [name]: prependPath(inspection.bootstrapFolder, before),
    [ENVIRONMENT_CONNECT]: inspection.address,
    [ENVIRONMENT_TOKEN]: inspection.token,
    [ENVIRONMENT_SESSION]: inspection.session,
  };
  if (inspection.level !== undefined) variables[ENVIRONMENT_LEVEL] = inspection.level;
  if (inspection.thresholdMs !== undefined) variables[ENVIRONMENT_THRESHOLD_MS] = String(inspection.thresholdMs);
  if (inspection.waitsForDebugger === true) variables[ENVIRONMENT_WAIT] = 'debugger';
  return variables;
}

/** Puts a folder before a list of folders, once. An empty entry would mean the current folder, so none is made. */
export function prependPath(folder: string, list: string | null | undefined): string {
  const rest = (list ?? '').split(delimiter).filter((entry) => entry !== folder);
  const others = rest.join(delimiter);
  return others === '' ? folder : `${folder}${delimiter}${others}`;
}

/** The environment a child gets: `inherited`, changed by `own`. */
export function mergeEnvironment(inherited: Environment, own: Environment): Record<string, string> {
  const merged: Record<string, string> = {};
  for (const [name, value] of Object.entries(inherited)) if (typeof value === 'string') merged[name] = value;
  for (const [name, value] of Object.entries(own)) {
    const known = variableName(name, merged) ?? name;
    // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- a variable that is taken away must not be there
    if (value === null) delete merged[known];
    else if (value !== undefined) merged[known] = value;
  }
  return merged;
}

/** How a variable is spelled in an environment; Windows does not tell capital from small letters. */
function variableName(name: string, environment: Environment): string | undefined {
  if (process.platform !== 'win32') return name in environment ? name : undefined;
  return Object.keys(environment).find((key) => key.toUpperCase() === name.toUpperCase());
}

/** Flags of the interpreter that take a value in the next argument. */
const FLAGS_WITH_VALUE = /[WX]$/u;

/**
 * The flag among an interpreter's arguments that keeps the runtime out: `-I` and `-E` make Python ignore `PYTHONPATH`,
 * `-S` makes it pass over `sitecustomize`. Null when there is none.
 */
export function isolatingFlag(pythonArguments: readonly string[]): 'I' | 'E' | 'S' | null {
  for (let index = 0; index < pythonArguments.length; index++) {
    const argument = pythonArguments[index] ?? '';
    if (argument.startsWith('--')) continue;
    if (!argument.startsWith('-') || argument === '-') return null;
    const letters = /^-([A-Za-z]+)/u.exec(argument)?.[1] ?? '';
    for (const letter of letters) {
      if (letter === 'I' || letter === 'E' || letter === 'S') return letter;
      if (letter === 'c' || letter === 'm') return null;
      if (letter === 'W' || letter === 'X') break;
    }
    if (FLAGS_WITH_VALUE.test(argument)) index++;
  }
  return null;
}
