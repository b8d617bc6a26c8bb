import type { Evaluator } from './evaluator.js';
import type { FunctionEntry } from './values.js';

/**
 * What the decorators of a function make of calling it:
 * `keeps` (calling it runs its body), `property`, `context` (a `with` runs its body), `offloads` (its body runs in a thread),
 * `opaque` (nobody can say), `foreign` (a decorator from outside the workspace: keeps it, unless the call is awaited).
 */
export type DecoratorEffect = 'keeps' | 'property' | 'context' | 'offloads' | 'opaque' | 'foreign';

/** Works out the effect of all decorators of a function; the strangest one decides. */
export function effectOf(entry: FunctionEntry, evaluator: Evaluator): DecoratorEffect {
  let effect: DecoratorEffect = 'keeps';
  for (const decorator of entry.summary.decorators) {
    const one = effectOfOne(decorator, entry, evaluator);
    if (one === 'opaque' || one === 'offloads') return one;
    if (one !== 'keeps') effect = effect === 'keeps' || effect === 'foreign' ? one : effect;
  }
  return effect;
}

function effectOfOne(decorator: string, entry: FunctionEntry, evaluator: Evaluator): DecoratorEffect {
  const name = decorator.replace(/\(.*\)$/, '');
  for (const value of evaluator.evaluate(name, entry.file)) {
    if (value.kind === 'external') {
      const known = evaluator.types.decorator(value.name);
      if (known !== undefined) return known;
    }
  }
  const values = evaluator.evaluate(decorator, entry.file);
  const decorating = values.find((value) => value.kind === 'function');
  if (decorating?.kind === 'function') return effectOfFunction(decorating.function, entry.summary.isAsync, evaluator);
  return values.some((value) => value.kind === 'instance' || value.kind === 'class') ? 'opaque' : 'foreign';
}

/** Reads a decorator written in the workspace: what does the wrapper it returns do with the function? */
function effectOfFunction(decorator: FunctionEntry, decoratesAsync: boolean, evaluator: Evaluator): DecoratorEffect {
  const parameter = decorator.summary.parameters.find(
    (each) => each.kind === 'positional' && each.name !== 'self' && each.name !== 'cls',
  );
  if (parameter === undefined) return 'opaque';
  const reference = `~${decorator.index}:${parameter.name}`;
  if (decorator.summary.returns === reference) return 'keeps';
  const wrapper = wrapperOf(decorator, decoratesAsync, evaluator);
  if (wrapper === undefined) return decorator.summary.returns.includes(reference) ? 'keeps' : 'opaque';
  const { calls, isAsync } = wrapper.summary;
  const handsOn = calls.some((call) =>
    call.arguments.some((argument) => argument === reference || argument.endsWith(`=${reference}`)),
  );
  const callsIt = calls.some((call) => call.target === reference);
  if (callsIt && isAsync === decoratesAsync) return 'keeps';
  if (isAsync) return handsOn ? 'offloads' : 'opaque';
  if (callsIt) return 'keeps';
  return handsOn ? 'offloads' : 'opaque';
}

/** What a decorator of the workspace puts in the place of a function: of one for both kinds of functions, the wrapper for this kind. */
function wrapperOf(decorator: FunctionEntry, decoratesAsync: boolean, evaluator: Evaluator): FunctionEntry | undefined {
  const wrappers = evaluator
    .returned(decorator)
    .flatMap((value) => (value.kind === 'function' && value.function.file === decorator.file ? [value.function] : []));
  return wrappers.find(({ summary }) => summary.isAsync === decoratesAsync) ?? wrappers[0];
}

/** The functions that run when a decorated function is called, before it does. */
export function wrappersOf({ file, summary }: FunctionEntry, evaluator: Evaluator): FunctionEntry[] {
  return summary.decorators.flatMap((decorator) =>
    evaluator.evaluate(decorator, file).flatMap((value) => {
      const wrapper = value.kind === 'function' ? wrapperOf(value.function, summary.isAsync, evaluator) : undefined;
      return wrapper === undefined || wrapper.summary.isAsync || wrapper.summary.isGenerator ? [] : [wrapper];
    }),
  );
}
