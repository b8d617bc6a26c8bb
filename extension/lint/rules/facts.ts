import type { FunctionEntry } from '../resolve/values.js';
import type { Fact } from '../summary/types.js';
import { report } from './context.js';
import type { RuleContext } from './context.js';

const SLEEPS = new Set(['asyncio.sleep', 'anyio.sleep', 'trio.sleep']);

/** Runs the rules that look at the shape of statements and at decorators of one function. */
export function factRules(entry: FunctionEntry, context: RuleContext): void {
  for (const fact of entry.summary.facts) FACT_RULES[fact.kind](fact, entry, context);
  for (const decorator of entry.summary.decorators) {
    if (!externals(decorator, entry, context).includes('asyncio.coroutine') || context.newestPython < 11) continue;
    const place = {
      line: entry.summary.line,
      column: entry.summary.column,
      endColumn: entry.summary.column + entry.summary.name.length,
    };
    report(
      context,
      'removed-coroutine-decorator',
      entry,
      place,
      '@asyncio.coroutine was removed in Python 3.11; write async def and await',
    );
  }
}

function externals(reference: string, entry: FunctionEntry, context: RuleContext): string[] {
  return context.evaluator
    .evaluate(reference, entry.file)
    .flatMap((value) => (value.kind === 'external' ? [value.name] : []));
}

type FactRule = (fact: Fact, entry: FunctionEntry, context: RuleContext) => void;

const FACT_RULES: Record<Fact['kind'], FactRule> = {
  'sleep-loop': (fact, entry, context) => {
    const [callee = '?', delay = '?', condition = '', asks] = fact.references;
    if (!externals(callee, entry, context).some((name) => SLEEPS.has(name))) return;
    if (delay === '#0' || delay === '#0.0') {
      report(
        context,
        'busy-poll',
        entry,
        fact,
        `while ${condition} with sleep(0) keeps the loop at full speed; wait for an asyncio.Event or Condition`,
      );
    } else if (!/^(True|1)$/.test(condition) && asks === 'plain') {
      report(
        context,
        'sleep-polling',
        entry,
        fact,
        `this task wakes again and again to look at ${condition}; an asyncio.Event or Condition wakes it when it changes`,
      );
    }
  },
  'cancellation-caught': (fact, entry, context) => {
    const [whose, ...types] = fact.references;
    if (whose === 'another') return;
    const names = types.flatMap((type) => externals(type, entry, context));
    const everything = names.includes('BaseException');
    if (!everything && !names.some((name) => /^(asyncio|concurrent\.futures)\.CancelledError$/.test(name))) return;
    const alone = !everything && types.length === 1;
    const what = everything ? 'this except catches CancelledError too' : 'CancelledError is caught';
    report(
      context,
      'cancel-swallowed',
      entry,
      fact,
      `${what} and not raised again: whoever cancelled this task is never told that it ended`,
      { severity: alone ? 'information' : 'warning' },
    );
  },
  'yield-from': (fact, entry, context) => {
    const values = context.evaluator.evaluate(fact.references[0] ?? '?', entry.file);
    const callee = (fact.references[0] ?? '?').replace(/\([^()]*\)$/, '');
    const isCoroutine =
      values.some((value) => value.kind === 'coroutine') ||
      externals(callee, entry, context).some((name) => /^asyncio\.(sleep|wait|wait_for|open_connection)$/.test(name));
    if (!isCoroutine || entry.summary.decorators.some((decorator) => decorator.endsWith('types.coroutine'))) return;
    report(
      context,
      'yield-from-coroutine',
      entry,
      fact,
      'a plain generator cannot yield from a coroutine: make it async def and await',
    );
  },
  'keywords-as-positional': (fact, entry, context) => {
    const name = fact.references[1] ?? 'kwargs';
    report(
      context,
      'keywords-as-positional',
      entry,
      fact,
      `*${name} passes only the names of the keyword arguments, as positional ones; **${name} is meant`,
    );
  },
  'sequential-loop-await': (fact, entry, context) => {
    const values = context.evaluator.evaluate(fact.references[0] ?? '?', entry.file);
    const together = values.some(
      (value) =>
        (value.kind === 'function' && value.function.summary.isAsync) ||
        (value.kind === 'external' && /^(httpx\.AsyncClient|aiohttp\.ClientSession)\./.test(value.name)),
    );
    if (together)
      report(
        context,
        'sequential-loop-await',
        entry,
        fact,
        'each round waits for the one before; if they are independent, gather or a TaskGroup runs them together',
      );
  },
  'async-generator-left': (fact, entry, context) => {
    const callee = (fact.references[0] ?? '?').replace(/\([^()]*\)$/, '');
    const generator = context.evaluator
      .evaluate(callee, entry.file)
      .find(
        (value) => value.kind === 'function' && value.function.summary.isAsync && value.function.summary.isGenerator,
      );
    if (generator?.kind === 'function') {
      report(
        context,
        'async-generator-left',
        entry,
        fact,
        `leaving the loop early leaves ${generator.function.summary.name}() suspended until it is collected; wrap it in contextlib.aclosing`,
      );
    }
  },
};
