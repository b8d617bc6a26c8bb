import { isAbsolute } from 'node:path';
import { isolatingFlag } from './environment';

/** A launch configuration of another debugger. */
export type ForeignConfiguration = Readonly<Record<string, unknown>>;

/** Whether the runtime goes into a launch of another debugger. `reason` is a sentence where a person should know. */
export type InjectionDecision = { readonly inject: true } | { readonly inject: false; readonly reason: string | null };

/** The debug types whose launches the runtime may enter. */
export const FOREIGN_TYPES: readonly string[] = ['debugpy', 'python'];

const NO: InjectionDecision = { inject: false, reason: null };

/** The interpreter that a configuration names, on this machine; null when it leaves that to the debugger. */
export function namedPython(configuration: ForeignConfiguration): string | null {
  const { python, pythonPath } = configuration;
  const named: unknown = Array.isArray(python) ? python[0] : (python ?? pythonPath);
  return typeof named === 'string' && named !== '' ? named : null;
}

/** @param enabled What the setting says; `"loopscope"` in the configuration goes before it. */
export function decideInjection(configuration: ForeignConfiguration, enabled: boolean): InjectionDecision {
  const wanted = typeof configuration['loopscope'] === 'boolean' ? configuration['loopscope'] : enabled;
  if (!wanted || configuration['noDebug'] === true) return NO;
  if (runsElsewhere(configuration)) {
    return { inject: false, reason: 'The program runs elsewhere, so Loopscope does not look into it.' };
  }
  if (!FOREIGN_TYPES.includes(String(configuration['type'])) || configuration['request'] !== 'launch') return NO;
  const flag = isolatingFlag(pythonArguments(configuration));
  if (flag !== null) {
    const reason = `The flag -${flag} keeps Loopscope out of this program; run it without that flag to look inside.`;
    return { inject: false, reason };
  }
  return { inject: true };
}

/** Whether a program of Python runs on another machine, or in a container, as far as its configuration says. */
function runsElsewhere(configuration: ForeignConfiguration): boolean {
  const { type, request, connect, listen, pathMappings } = configuration;
  if (type === 'docker') return configuration['platform'] === 'python' || configuration['python'] !== undefined;
  if (!FOREIGN_TYPES.includes(String(type))) return false;
  if (request === 'launch') return connect !== undefined || listen !== undefined;
  return isRemote(connect) || (Array.isArray(pathMappings) && pathMappings.some(isOtherFolder));
}

/** Whether an address is on another machine. */
function isRemote(address: unknown): boolean {
  const host = typeof address === 'object' && address !== null && 'host' in address ? address.host : undefined;
  return typeof host === 'string' && !/^(localhost|127\..*|::1)$/u.test(host);
}

/** Whether a mapping says that the program has its files in another folder than this machine. */
function isOtherFolder(mapping: unknown): boolean {
  const { localRoot, remoteRoot } = (mapping ?? {}) as Readonly<Record<string, unknown>>;
  return typeof remoteRoot === 'string' && isAbsolute(remoteRoot) && remoteRoot !== localRoot;
}

function pythonArguments(configuration: ForeignConfiguration): string[] {
  const listed = (value: unknown): string[] =>
    Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
  return [...listed(configuration['python']).slice(1), ...listed(configuration['pythonArgs'])];
}
