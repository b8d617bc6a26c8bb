import { isolatingFlag } from './environment';

/** A launch configuration of another debugger. */
export type ForeignConfiguration = Readonly<Record<string, unknown>>;

/** Whether the runtime goes into a launch of another debugger. `reason` is a sentence where a person should know. */
export type InjectionDecision = { readonly inject: true } | { readonly inject: false; readonly reason: string | null };

/** The debug types whose launches the runtime may enter. */
export const FOREIGN_TYPES: readonly string[] = ['debugpy', 'python'];

const NO: InjectionDecision = { inject: false, reason: null };

/** @param enabled What the setting says; `"loopscope"` in the configuration goes before it. */
export function decideInjection(configuration: ForeignConfiguration, enabled: boolean): InjectionDecision {
  if (!FOREIGN_TYPES.includes(String(configuration['type'])) || configuration['request'] !== 'launch') return NO;
  const wanted = typeof configuration['loopscope'] === 'boolean' ? configuration['loopscope'] : enabled;
  if (!wanted || configuration['noDebug'] === true) return NO;
  if (configuration['connect'] !== undefined || configuration['listen'] !== undefined) {
    return { inject: false, reason: 'The program runs elsewhere, so Loopscope does not look into it.' };
  }
  const flag = isolatingFlag(pythonArguments(configuration));
  if (flag !== null) {
    const reason = `The flag -${flag} keeps Loopscope out of this program; run it without that flag to look inside.`;
    return { inject: false, reason };
  }
  return { inject: true };
}

function pythonArguments(configuration: ForeignConfiguration): string[] {
  const listed = (value: unknown): string[] =>
    Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
  return [...listed(configuration['python']).slice(1), ...listed(configuration['pythonArgs'])];
}
