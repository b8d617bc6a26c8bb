import { keyword, positional } from '../summary/arguments.js';
import type { FunctionEntry, Value } from '../resolve/values.js';
import { CallFlag } from '../summary/types.js';
import { report } from './context.js';
import type { CallCase, RuleContext } from './context.js';

const TASK_MAKERS = new Set(['asyncio.create_task', 'asyncio.ensure_future', 'asyncio.AbstractEventLoop.create_task']);
const COROUTINE_FUNCTIONS = new Set([
  'asyncio.sleep', 'asyncio.wait', 'asyncio.wait_for', 'asyncio.to_thread', 'asyncio.open_connection', 'asyncio.start_server',
  'asyncio.create_subprocess_exec', 'asyncio.create_subprocess_shell', 'asyncio.Queue.put', 'asyncio.Queue.get', 'asyncio.Queue.join',
  'asyncio.Lock.acquire', 'asyncio.Semaphore.acquire', 'asyncio.Event.wait', 'asyncio.Condition.wait', 'asyncio.Condition.wait_for',
  'httpx.AsyncClient.get', 'httpx.AsyncClient.post', 'httpx.AsyncClient.put', 'httpx.AsyncClient.patch', 'httpx.AsyncClient.delete',
  'httpx.AsyncClient.request', 'httpx.AsyncClient.aclose', 'aiohttp.ClientSession.close', 'anyio.sleep', 'trio.sleep',
]); // prettier-ignore
const LOOP_PARAMETER_REMOVED =
  /^asyncio\.(Lock|Event|Condition|Semaphore|BoundedSemaphore|Queue|LifoQueue|PriorityQueue|sleep|wait|wait_for|gather|shield|as_completed|open_connection|start_server|open_unix_connection|start_unix_server|create_subprocess_exec|create_subprocess_shell)$/;
const SLOW =
  /^(httpx\.AsyncClient\.(get|post|put|patch|delete|request|send)|aiohttp\.ClientSession\.(get|post|put|patch|delete|request)|asyncio\.(sleep|to_thread|open_connection|create_subprocess_\w+))$/;
const NOT_THREAD_SAFE =
  /^asyncio\.(create_task|ensure_future|AbstractEventLoop\.(call_soon|call_later|call_at|create_task|add_reader|add_writer|stop)|(Task|Future)\.(cancel|set_result|set_exception)|(Lifo|Priority)?Queue\.(put_nowait|get_nowait)|Event\.(set|clear))$/;
const OWN_LOOP = /asyncio\.(run|new_event_loop|Runner|set_event_loop)$/;

/** One rule about calls. */
export type CallRule = (one: CallCase, context: RuleContext) => void;

const has = (one: CallCase, flag: number): boolean => (one.call.flags & flag) !== 0;

const taskDropped: CallRule = (one, context) => {
  const name = one.externals.find((external) => TASK_MAKERS.has(external));
  if (name === undefined || !has(one, CallFlag.discarded)) return;
  report(
    context,
    'task-dropped',
    one.entry,
    one.call,
    `the loop keeps only a weak reference to the task ${name} makes: it may vanish before it ends; keep a reference or use a TaskGroup`,
    { subject: name },
  );
};

const neverAwaited: CallRule = (one, context) => {
  if (!has(one, CallFlag.discarded | CallFlag.tested) || has(one, CallFlag.awaited | CallFlag.implicit)) return;
  const made = one.targets.every((target) => {
    if (target.kind === 'external') return COROUTINE_FUNCTIONS.has(target.name);
    return (
      target.kind === 'function' &&
      target.function.summary.isAsync &&
      !target.function.summary.isGenerator &&
      context.evaluator.effect(target.function) === 'keeps'
    );
  });
  if (!made || one.targets.length === 0) return;
  const name = describe(one.targets[0]);
  const consequence = has(one, CallFlag.tested)
    ? 'the coroutine object itself is used, and is always true'
    : 'nothing runs';
  report(context, 'never-awaited', one.entry, one.call, `${name}() is a coroutine and is not awaited: ${consequence}`, {
    subject: name,
  });
};

const waitGivenCoroutines: CallRule = (one, context) => {
  if (!one.externals.includes('asyncio.wait') || context.newestPython < 11) return;
  const reference = positional(one.call.arguments, 0) ?? keyword(one.call.arguments, 'fs');
  if (reference === undefined) return;
  const items = context.evaluator.items(context.evaluator.evaluate(reference, one.entry.file));
  if (!items.some((item) => item.kind === 'coroutine')) return;
  report(
    context,
    'wait-given-coroutines',
    one.entry,
    one.call,
    'asyncio.wait takes tasks: coroutines raise TypeError from Python 3.11 on; wrap each in asyncio.create_task or use asyncio.gather',
  );
};

const removedCalls: CallRule = (one, context) => {
  for (const name of one.externals) {
    if (
      LOOP_PARAMETER_REMOVED.test(name) &&
      keyword(one.call.arguments, 'loop') !== undefined &&
      context.newestPython >= 10
    ) {
      report(
        context,
        'removed-loop-parameter',
        one.entry,
        one.call,
        `${name} takes no loop argument since Python 3.10`,
        { subject: name },
      );
    }
    if (/^asyncio\.Task\.(all_tasks|current_task)$/.test(name) && context.newestPython >= 9) {
      report(
        context,
        'removed-task-method',
        one.entry,
        one.call,
        `${name} was removed in Python 3.9; use asyncio.${name.split('.').pop() ?? ''}()`,
        { subject: name },
      );
    }
    if (/^asyncio\.[sg]et_event_loop_policy$|^uvloop\.install$/.test(name) && context.newestPython >= 14) {
      report(
        context,
        'event-loop-policy',
        one.entry,
        one.call,
        `${name} is deprecated since Python 3.14; give asyncio.run(…, loop_factory=…) or asyncio.Runner the loop to use`,
        { subject: name },
      );
    }
    if (/^asyncio\.(\w*ChildWatcher|[sg]et_child_watcher)$/.test(name) && context.newestPython >= 14) {
      report(
        context,
        'event-loop-policy',
        one.entry,
        one.call,
        `${name} was removed in Python 3.14; child processes need no watcher any more`,
        { severity: 'warning', subject: name },
      );
    }
  }
};

const eventLoopLookup: CallRule = (one, context) => {
  if (!one.externals.includes('asyncio.get_event_loop') || has(one, CallFlag.implicit)) return;
  const { summary } = one.entry;
  if (summary.isAsync) {
    report(
      context,
      'event-loop-lookup',
      one.entry,
      one.call,
      'inside a coroutine asyncio.get_running_loop() says what is meant, and is faster',
      { severity: 'hint', subject: 'asyncio.get_event_loop' },
    );
    return;
  }
  if (context.newestPython < 12) return;
  const starts = summary.calls.some((call) =>
    context.evaluator
      .evaluate(call.target, one.entry.file)
      .some(
        (value) => value.kind === 'external' && /AbstractEventLoop\.run_(until_complete|forever)$/.test(value.name),
      ),
  );
  if (one.entry.index === 0 || (starts && !context.onLoop(one.entry))) {
    report(
      context,
      'event-loop-lookup',
      one.entry,
      one.call,
      'with no loop running, asyncio.get_event_loop() warns from Python 3.12 on and raises RuntimeError from 3.14 on; use asyncio.run(main()) or asyncio.new_event_loop()',
    );
  }
};

const busyPoll: CallRule = (one, context) => {
  if (!one.externals.some((name) => /^asyncio\.AbstractEventLoop\.call_soon$/.test(name))) return;
  const reference = positional(one.call.arguments, 0);
  if (reference === undefined) return;
  const again = context.evaluator
    .evaluate(reference, one.entry.file)
    .some((value) => value.kind === 'function' && value.function === one.entry);
  if (again)
    report(
      context,
      'busy-poll',
      one.entry,
      one.call,
      `${one.entry.summary.name} schedules itself again at once, so the loop never sleeps; use call_later, an event, or add_reader`,
    );
};

const wrongThread: CallRule = (one, context) => {
  if (!context.threaded.has(one.entry) || context.onLoop(one.entry)) return;
  const name = one.externals.find((external) => NOT_THREAD_SAFE.test(external));
  if (name === undefined) return;
  if (one.entry.summary.calls.some((call) => OWN_LOOP.test(call.target))) return;
  const instead = /create_task|ensure_future/.test(name)
    ? 'asyncio.run_coroutine_threadsafe'
    : 'loop.call_soon_threadsafe';
  report(
    context,
    'wrong-thread',
    one.entry,
    one.call,
    `${one.entry.summary.name} runs in another thread, where ${name} is not safe; use ${instead}`,
    { subject: name },
  );
};

const takers: CallRule = (one, context) => {
  for (const name of one.externals) {
    const taker = context.catalogue.taker(name);
    if (taker === undefined || taker.runs === 'place') continue;
    const reference =
      (taker.keyword === undefined ? undefined : keyword(one.call.arguments, taker.keyword)) ??
      (taker.position === undefined ? undefined : positional(one.call.arguments, taker.position));
    if (reference?.endsWith(')') === true && !reference.startsWith('(')) calledNotPassed(one, context, name, reference);
    if (reference !== undefined && isProcessPool(one, context, name)) unpicklable(one, context, reference);
  }
};

function calledNotPassed(one: CallCase, context: RuleContext, name: string, reference: string): void {
  const callee = context.evaluator.evaluate(reference.slice(0, openingOf(reference)), one.entry.file);
  const target = callee[0];
  if (callee.length !== 1 || target === undefined) return;
  const isBlocking =
    target.kind === 'external' &&
    context.catalogue.entry(target.name) !== undefined &&
    !/[.](\w*[A-Z]\w*)$/.test(target.name);
  const isHelper =
    target.kind === 'function' &&
    (target.function.summary.isAsync || context.reach.has(target.function)) &&
    !returnsCallable(target.function, context);
  if (!isBlocking && !isHelper) return;
  if (target.kind === 'function' && target.function.summary.isAsync && /create_task|ensure_future|call_/.test(name))
    return;
  report(
    context,
    'called-not-passed',
    one.entry,
    one.call,
    `${describe(target)} is called here, on the loop, and its result is handed to ${name}; pass the function and its arguments instead`,
    { subject: describe(target) },
  );
}

function returnsCallable(entry: FunctionEntry, context: RuleContext): boolean {
  return context.evaluator
    .returned(entry)
    .some((value) => value.kind === 'function' || value.kind === 'class' || value.kind === 'parameter');
}

/** Index of the bracket that opens the last call of a reference. */
function openingOf(reference: string): number {
  let depth = 0;
  for (let index = reference.length - 1; index >= 0; index--) {
    if (reference[index] === ')') depth++;
    else if (reference[index] === '(' && --depth === 0) return index;
  }
  return reference.length;
}

function isProcessPool(one: CallCase, context: RuleContext, name: string): boolean {
  if (name.startsWith('concurrent.futures.ProcessPoolExecutor.')) return true;
  if (name !== 'asyncio.AbstractEventLoop.run_in_executor') return false;
  const pool = positional(one.call.arguments, 0);
  if (pool === undefined) return false;
  return context.evaluator
    .evaluate(pool, one.entry.file)
    .some((value) => value.kind === 'external' && value.name === 'concurrent.futures.ProcessPoolExecutor');
}

function unpicklable(one: CallCase, context: RuleContext, reference: string): void {
  for (const value of context.evaluator.evaluate(reference, one.entry.file)) {
    if (value.kind !== 'function' || (!value.function.summary.isLambda && value.function.summary.parent === 0))
      continue;
    if (value.function.summary.owner >= 0) continue;
    const what = value.function.summary.isLambda ? 'a lambda' : `the local function ${value.function.summary.name}`;
    report(
      context,
      'unpicklable-callable',
      one.entry,
      one.call,
      `${what} cannot be sent to a process pool; use a function at module level`,
    );
  }
}

const executorKeywords: CallRule = (one, context) => {
  if (!one.externals.some((name) => /\.run_in_executor$/.test(name))) return;
  const extra = one.call.arguments.find((argument) => /^\w+=/.test(argument) && !/^(executor|func)=/.test(argument));
  if (extra === undefined) return;
  report(
    context,
    'executor-keywords',
    one.entry,
    one.call,
    `run_in_executor passes no keyword arguments on (${extra.split('=')[0] ?? ''}=…): use functools.partial or asyncio.to_thread`,
  );
};

const poolPerCall: CallRule = (one, context) => {
  const name = one.externals.find((external) => /^concurrent\.futures\.(Thread|Process)PoolExecutor$/.test(external));
  if (name === undefined || !one.entry.summary.isAsync || has(one, CallFlag.implicit | CallFlag.returned)) return;
  const called = one.targets.some((target) => target.kind === 'external' && !target.isInstance);
  if (!called || one.entry.summary.name === 'main') return;
  const end = has(one, CallFlag.entered) ? ', and the end of the with waits for its threads on the loop' : '';
  report(
    context,
    'pool-per-call',
    one.entry,
    one.call,
    `a new executor on every call of ${one.entry.summary.name}${end}; make one and keep it`,
    { subject: name },
  );
};

const heldLocks: CallRule = (one, context) => {
  if (!has(one, CallFlag.implicit) || !has(one, CallFlag.heldAcrossAwait)) return;
  const name = one.externals[0] ?? '';
  const lock = /^threading\.(Lock|RLock|Semaphore|BoundedSemaphore|Condition)\.__enter__$/.exec(name)?.[1];
  if (lock !== undefined) {
    report(
      context,
      'thread-lock-across-await',
      one.entry,
      one.call,
      `threading.${lock} stays locked while this coroutine waits: any other task that wants it stops the whole loop; use asyncio.Lock`,
      { subject: `threading.${lock}` },
    );
  }
  if (!/^asyncio\.(Lock|Condition)\.__aenter__$/.test(name)) return;
  const slow = one.entry.summary.calls.find(
    (call) =>
      (call.flags & CallFlag.awaited) !== 0 &&
      call.line >= one.call.line &&
      call.line <= one.call.endLine &&
      isSlow(call.target, one.entry, context),
  );
  if (slow !== undefined)
    report(
      context,
      'lock-held-long',
      one.entry,
      one.call,
      `the lock stays taken over the slow await in line ${slow.line}: every other task that wants it waits as long`,
    );
};

function isSlow(reference: string, entry: FunctionEntry, context: RuleContext): boolean {
  return context.evaluator
    .evaluate(reference, entry.file)
    .some((value) => value.kind === 'external' && SLOW.test(value.name));
}

const gatherSiblings: CallRule = (one, context) => {
  if (!one.externals.includes('asyncio.gather') || !has(one, CallFlag.awaited) || !has(one, CallFlag.inTry)) return;
  if (keyword(one.call.arguments, 'return_exceptions') !== undefined || one.call.arguments.length < 2) return;
  report(
    context,
    'gather-leaves-siblings',
    one.entry,
    one.call,
    'when one fails, gather raises at once and leaves the others running; a TaskGroup cancels and awaits them',
  );
};

const timeoutLeavesThread: CallRule = (one, context) => {
  if (!has(one, CallFlag.guarded)) return;
  const name = one.externals.find(
    (external) => external === 'asyncio.to_thread' || external.endsWith('.run_in_executor'),
  );
  if (name !== undefined)
    report(
      context,
      'timeout-leaves-thread',
      one.entry,
      one.call,
      'the timeout ends the wait, not the thread: it runs on and keeps its worker busy',
    );
};

function describe(value: Value | undefined): string {
  if (value === undefined) return 'it';
  if (value.kind === 'external') return value.name;
  return value.kind === 'function' || value.kind === 'coroutine' ? value.function.summary.qualifiedName : 'it';
}

/** Every rule that looks at one call at a time. */
export const CALL_RULES: readonly CallRule[] = [
  taskDropped, neverAwaited, waitGivenCoroutines, removedCalls, eventLoopLookup, busyPoll, wrongThread, takers, executorKeywords, poolPerCall,
  heldLocks, gatherSiblings, timeoutLeavesThread,
]; // prettier-ignore
