import { keyword, positional } from '../summary/arguments.js';
import type { CallSummary } from '../summary/types.js';
import type { Evaluator } from './evaluator.js';
import type { Former } from './former.js';
import { joined } from './join.js';
import type { FunctionEntry, Value } from './values.js';

/** A call of a function of the workspace. */
export interface CallSite {
  caller: FunctionEntry;
  call: CallSummary;
  /** The callee's first parameter is the receiver, which the call does not pass. */
  bound: boolean;
}

const NOTHING: readonly Value[] = [];
/** More callers than this are not asked. */
const MOST_SITES = 40;
/** A parameter that several callers pass more different things for is as good as unknown. */
const MOST_KINDS = 4;

/** What parameters without a usable annotation stand for: what their callers pass, and their defaults. */
export class Parameters {
  private readonly sites = new Map<FunctionEntry, CallSite[]>();
  private readonly known = new WeakMap<FunctionEntry, Map<string, readonly Value[]>>();

  /** @param former says what functions edited since were called, when these are the sites of the whole workspace */
  constructor(private readonly former: Former) {}

  /** Notes a call. */
  add(callee: FunctionEntry, site: CallSite): void {
    if (callee.summary.parameters.length === 0) return;
    const sites = this.sites.get(callee);
    if (sites === undefined) this.sites.set(callee, [site]);
    else if (sites.length < MOST_SITES) sites.push(site);
  }

  /** The values callers pass for a parameter; empty when nobody can say. */
  values(callee: FunctionEntry, name: string, evaluator: Evaluator): readonly Value[] {
    let known = this.known.get(callee);
    if (known === undefined) this.known.set(callee, (known = new Map<string, readonly Value[]>()));
    const existing = known.get(name);
    if (existing !== undefined) return existing;
    // While it is being found out it is unknown: a recursive function passes its parameter on to itself.
    known.set(name, NOTHING);
    const found = this.find(callee, name, evaluator);
    known.set(name, found);
    return found;
  }

  private find(callee: FunctionEntry, name: string, evaluator: Evaluator): readonly Value[] {
    const { parameters, owner } = callee.summary;
    const index = parameters.findIndex((parameter) => parameter.name === name);
    const parameter = parameters[index];
    if (parameter === undefined || parameter.kind === 'list' || parameter.kind === 'dictionary') return NOTHING;
    const passed: (readonly Value[])[] = [];
    if (parameter.default !== undefined) passed.push(evaluator.evaluate(parameter.default, callee.file));
    for (const { caller, call, bound } of this.sites.get(this.former.function(callee)) ?? []) {
      const position = index - (bound && owner >= 0 ? 1 : 0);
      const reference =
        keyword(call.arguments, name) ??
        (position < 0 || parameter.kind === 'keyword' ? undefined : positional(call.arguments, position));
      if (reference === undefined || /^[?'#*]/.test(reference)) continue;
      passed.push(evaluator.evaluate(reference, caller.file).filter((value) => value.kind !== 'parameter'));
    }
    const values = joined(passed);
    return values.length > MOST_KINDS && passed.filter((each) => each.length > 0).length > 1 ? NOTHING : values;
  }
}
