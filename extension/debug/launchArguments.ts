import type { DebugProtocol } from '@vscode/debugprotocol';

/** Where the program's output goes and its input comes from. */
export const CONSOLES = ['internalConsole', 'integratedTerminal', 'externalTerminal'] as const;
/** One of {@link CONSOLES}. */
export type Console = (typeof CONSOLES)[number];

/** A launch of type `loopscope`, as `package.json` describes it, checked. */
export interface LaunchArguments {
  readonly name: string;
  /** What Python runs: a script, or `-m` and a module. */
  readonly target: readonly [program: string] | readonly ['-m', module: string];
  readonly args: readonly string[];
  readonly cwd: string | null;
  readonly env: Readonly<Record<string, string | null>>;
  readonly python: string | null;
  readonly pythonArgs: readonly string[];
  readonly console: Console;
  readonly level: 'watch' | 'trace' | null;
  readonly thresholdMs: number | null;
  /** True for “Run Without Debugging”: the program runs, and nobody looks into it. */
  readonly noDebug: boolean;
}

/** A launch configuration that cannot be used. The message says what is wrong with it and what to write. */
export class LaunchArgumentsError extends Error {
  public override readonly name = 'LaunchArgumentsError';
}

/** Checks what a client sent with `launch`. @throws LaunchArgumentsError */
export function readLaunchArguments(request: DebugProtocol.LaunchRequestArguments): LaunchArguments {
  const fields = request as Readonly<Record<string, unknown>>;
  const program = text(fields, 'program');
  const module = text(fields, 'module');
  if ((program === null) === (module === null)) {
    const what = program === null ? 'Nothing says what to run' : 'Both “program” and “module” are set';
    throw new LaunchArgumentsError(`${what}; set “program” to a script or “module” to a module's name in launch.json.`);
  }
  return {
    name: text(fields, 'name') ?? program ?? module ?? '',
    target: module === null ? [program ?? ''] : ['-m', module],
    args: texts(fields, 'args'),
    cwd: text(fields, 'cwd'),
    env: environment(fields['env']),
    python: text(fields, 'python'),
    pythonArgs: texts(fields, 'pythonArgs'),
    console: oneOf(fields, 'console', CONSOLES) ?? 'internalConsole',
    level: oneOf(fields, 'level', ['watch', 'trace'] as const),
    thresholdMs: positive(fields, 'thresholdMs'),
    noDebug: request.noDebug === true,
  };
}

function wrong(name: string, should: string): LaunchArgumentsError {
  return new LaunchArgumentsError(`“${name}” must be ${should}; correct it in launch.json.`);
}

function text(fields: Readonly<Record<string, unknown>>, name: string): string | null {
  const value = fields[name] ?? null;
  if (value === null || value === '') return null;
  if (typeof value !== 'string') throw wrong(name, 'a string');
  return value;
}

function texts(fields: Readonly<Record<string, unknown>>, name: string): readonly string[] {
  const value = fields[name] ?? [];
  if (!Array.isArray(value) || !value.every((item) => typeof item === 'string')) throw wrong(name, 'a list of strings');
  return value;
}

function oneOf<T extends string>(
  fields: Readonly<Record<string, unknown>>,
  name: string,
  choices: readonly T[],
): T | null {
  const value = fields[name] ?? null;
  if (value === null) return null;
  const choice = choices.find((candidate) => candidate === value);
  if (choice === undefined) throw wrong(name, `one of ${choices.join(', ')}`);
  return choice;
}

function positive(fields: Readonly<Record<string, unknown>>, name: string): number | null {
  const value = fields[name] ?? null;
  if (value === null) return null;
  if (typeof value !== 'number' || !(value > 0)) throw wrong(name, 'a number greater than 0');
  return value;
}

function environment(value: unknown): Readonly<Record<string, string | null>> {
  if (value === undefined || value === null) return {};
  if (typeof value !== 'object' || Array.isArray(value)) throw wrong('env', 'an object of names and values');
  const variables: Record<string, string | null> = {};
  for (const [name, content] of Object.entries(value)) {
    if (content !== null && !['string', 'number', 'boolean'].includes(typeof content)) {
      throw wrong(`env.${name}`, 'a string, or null to take the variable away');
    }
    variables[name] = content === null ? null : String(content);
  }
  return variables;
}
