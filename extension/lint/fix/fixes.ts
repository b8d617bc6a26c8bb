import type { Finding, Fix } from '../findings.js';
import { childOfType, descendants, offsetAt, textOf, unparenthesized } from '../syntax/node.js';
import type { SyntaxFile, SyntaxNode } from '../syntax/node.js';
import { definitionChange, indentation, isAloneOnItsLines, lineBreak, toEdits } from './edits.js';
import type { Change } from './edits.js';
import { awaitableIn, callAt, needsParentheses, nodeAt, statementOf } from './locate.js';
import { awaitSleep, handToThread, unusedName, withImports } from './threads.js';

/** The change that removes a finding, or null where none is known to be right. */
export function fixFor(file: SyntaxFile, finding: Finding, oldestPython: number): Fix | null {
  switch (finding.rule) {
    case 'blocking-sleep':
      return finding.subject === 'time.sleep' && finding.chain.length === 0
        ? awaitSleep(file, finding)
        : handToThread(file, finding, oldestPython);
    case 'blocking-network':
    case 'blocking-file':
    case 'blocking-path':
    case 'blocking-process':
    case 'blocking-lock':
    case 'blocking-terminal':
    case 'blocking-cpu':
    case 'measured-block':
      return handToThread(file, finding, oldestPython);
    case 'never-awaited':
      return insertAwait(file, finding);
    case 'task-dropped':
      return keepTask(file, finding);
    case 'nested-loop-run':
      return awaitInstead(file, finding);
    case 'wait-given-coroutines':
      return wrapInTasks(file, finding);
    case 'removed-loop-parameter':
      return dropKeyword(file, finding, 'loop');
    case 'removed-task-method':
      return renameTaskMethod(file, finding);
    case 'event-loop-lookup':
      return runningLoop(file, finding);
    case 'called-not-passed':
      return passInstead(file, finding);
    case 'keywords-as-positional':
      return splatKeywords(file, finding);
    case 'executor-keywords':
      return usePartial(file, finding);
    case 'stale-ignore':
      return dropComment(file, finding);
    case 'cancel-swallowed':
      return raiseAgain(file, finding);
    case 'gather-leaves-siblings':
      return oldestPython >= 11 ? taskGroup(file, finding) : null;
    default:
      return null;
  }
}

function insertAwait(file: SyntaxFile, finding: Finding): Fix | null {
  const call = callAt(file, finding);
  if (call === undefined || awaitableIn(file, call) === undefined) return null;
  const wrapped = needsParentheses(call);
  const changes: Change[] = [{ start: call.start, end: call.start, text: wrapped ? '(await ' : 'await ' }];
  if (wrapped) changes.push({ start: call.end, end: call.end, text: ')' });
  return { title: 'Await the coroutine', safe: true, edits: toEdits(file, changes) };
}

/** Keeps the task in a module-level set until it is done. */
function keepTask(file: SyntaxFile, finding: Finding): Fix | null {
  const call = callAt(file, finding);
  if (call === undefined) return null;
  const statement = statementOf(call);
  if (statement.type !== 'expression_statement' || !isAloneOnItsLines(file, statement)) return null;
  const expression = statement.children[0];
  const value = expression?.type === 'assignment' ? expression.children.at(-1) : expression;
  if (value !== call) return null;
  const known = /^(background_tasks)\b[^=\n]*= *set\(\)/m.exec(file.source)?.[1];
  const tasks = known ?? unusedName(file, ['background_tasks', 'running_background_tasks']);
  const task = unusedName(file, ['task', 'background_task', 'kept_task']);
  const indent = indentation(file, statement);
  const text = [
    `${task} = ${textOf(file.source, call)}`,
    `${indent}${tasks}.add(${task})`,
    `${indent}${task}.add_done_callback(${tasks}.discard)`,
  ].join(lineBreak(file.source));
  const changes: Change[] = [{ start: statement.start, end: statement.end, text }];
  if (known === undefined) changes.unshift(definitionChange(file, `${tasks} = set()`));
  return { title: 'Keep a reference until the task is done', safe: true, edits: toEdits(file, changes) };
}

function awaitInstead(file: SyntaxFile, finding: Finding): Fix | null {
  if (finding.chain.length > 0 || !/\.(run|run_until_complete)$/.test(finding.subject ?? '')) return null;
  const call = callAt(file, finding);
  const argument = call?.children[1]?.children[0];
  if (
    call === undefined ||
    argument === undefined ||
    call.children[1]?.children.length !== 1 ||
    argument.type === 'keyword_argument'
  )
    return null;
  if (awaitableIn(file, call) === undefined) return null;
  const text = `await ${textOf(file.source, argument)}`;
  return {
    title: 'Await it',
    safe: true,
    edits: toEdits(file, [{ start: call.start, end: call.end, text: needsParentheses(call) ? `(${text})` : text }]),
  };
}

function wrapInTasks(file: SyntaxFile, finding: Finding): Fix | null {
  const list = callAt(file, finding)?.children[1]?.children[0];
  if (list === undefined) return null;
  const isComprehension = list.type.endsWith('_comprehension') || list.type === 'generator_expression';
  const items = isComprehension
    ? list.children.slice(0, 1)
    : ['list', 'set', 'tuple'].includes(list.type)
      ? list.children
      : [];
  const coroutines = items.filter(
    (item) => item.type === 'call' && !/create_task|ensure_future/.test(textOf(file.source, item)),
  );
  if (coroutines.length === 0) return null;
  const changes = coroutines.flatMap((item) => [
    { start: item.start, end: item.start, text: 'asyncio.create_task(' },
    { start: item.end, end: item.end, text: ')' },
  ]);
  return withImports(file, 'Wrap each coroutine in a task', true, changes, ['asyncio']);
}

function dropKeyword(file: SyntaxFile, finding: Finding, name: string): Fix | null {
  const list = callAt(file, finding)?.children[1];
  const index =
    list?.children.findIndex(
      (argument) =>
        argument.type === 'keyword_argument' &&
        argument.children[0] !== undefined &&
        textOf(file.source, argument.children[0]) === name,
    ) ?? -1;
  const argument = list?.children[index];
  if (list === undefined || argument === undefined) return null;
  const previous = list.children[index - 1];
  const next = list.children[index + 1];
  const start = previous === undefined ? argument.start : previous.end;
  const end = previous === undefined && next !== undefined ? next.start : argument.end;
  return { title: `Remove ${name}=`, safe: true, edits: toEdits(file, [{ start, end, text: '' }]) };
}

function renameTaskMethod(file: SyntaxFile, finding: Finding): Fix | null {
  const callee = callAt(file, finding)?.children[0];
  if (callee === undefined) return null;
  const method = textOf(file.source, callee).split('.').pop()?.trim() ?? '';
  return withImports(
    file,
    `Use asyncio.${method}`,
    true,
    [{ start: callee.start, end: callee.end, text: `asyncio.${method}` }],
    ['asyncio'],
  );
}

function runningLoop(file: SyntaxFile, finding: Finding): Fix | null {
  const callee = callAt(file, finding)?.children[0];
  const name = callee?.type === 'attribute' ? callee.children[1] : undefined;
  if (name === undefined || finding.severity !== 'hint' || textOf(file.source, name) !== 'get_event_loop') return null;
  return {
    title: 'Use get_running_loop',
    safe: true,
    edits: toEdits(file, [{ start: name.start, end: name.end, text: 'get_running_loop' }]),
  };
}

/** `to_thread(f(x))` becomes `to_thread(f, x)`. */
function passInstead(file: SyntaxFile, finding: Finding): Fix | null {
  const taker = callAt(file, finding);
  const name = taker?.children[0] === undefined ? '' : textOf(file.source, taker.children[0]);
  const position = name.endsWith('run_in_executor') || name.endsWith('call_later') || name.endsWith('call_at') ? 1 : 0;
  const args = taker?.children[1]?.children ?? [];
  const passed = args[position];
  if (passed?.type !== 'call' || args.length !== position + 1) return null;
  const [callee, list] = passed.children;
  if (callee === undefined || list?.type !== 'argument_list') return null;
  const inner = file.source.slice(list.start + 1, list.end - 1);
  const hasKeywords = list.children.some(
    (argument) => argument.type === 'keyword_argument' || argument.type === 'dictionary_splat',
  );
  const function_ = textOf(file.source, callee);
  if (hasKeywords && !/to_thread$|\.submit$/.test(name)) {
    return withImports(
      file,
      'Pass the function',
      true,
      [{ start: passed.start, end: passed.end, text: `functools.partial(${function_}, ${inner})` }],
      ['functools'],
    );
  }
  const text = list.children.length > 0 ? `${function_}, ${inner.trim()}` : function_;
  return {
    title: 'Pass the function and its arguments',
    safe: true,
    edits: toEdits(file, [{ start: passed.start, end: passed.end, text }]),
  };
}

function splatKeywords(file: SyntaxFile, finding: Finding): Fix | null {
  const splat = nodeAt(file, finding, new Set(['list_splat']));
  const callee = splat?.parent?.parent?.children[0];
  if (splat === undefined || callee === undefined || textOf(file.source, callee).endsWith('run_in_executor'))
    return null;
  const later = splat.parent?.children.slice(splat.parent.children.indexOf(splat) + 1) ?? [];
  if (later.some((argument) => argument.type !== 'keyword_argument' && argument.type !== 'dictionary_splat'))
    return null;
  return {
    title: 'Pass the keyword arguments as such',
    safe: true,
    edits: toEdits(file, [{ start: splat.start, end: splat.start, text: '*' }]),
  };
}

function usePartial(file: SyntaxFile, finding: Finding): Fix | null {
  const list = callAt(file, finding)?.children[1];
  const [executor, callable] = list?.children ?? [];
  if (
    list === undefined ||
    executor === undefined ||
    callable === undefined ||
    executor.type === 'keyword_argument' ||
    callable.type === 'keyword_argument'
  )
    return null;
  const last = list.children.at(-1);
  if (last === undefined) return null;
  const changes = [
    { start: callable.start, end: callable.start, text: 'functools.partial(' },
    { start: last.end, end: last.end, text: ')' },
  ];
  return withImports(file, 'Use functools.partial', true, changes, ['functools']);
}

function dropComment(file: SyntaxFile, finding: Finding): Fix | null {
  const at = offsetAt(file.lineStarts, finding.line, finding.column);
  const comment = file.comments.find((each) => each.start <= at && each.end > at);
  if (comment === undefined) return null;
  const lineStart = file.lineStarts[finding.line - 1] ?? 0;
  const before = file.source.slice(lineStart, comment.start);
  const start = comment.start - (/[ \t]*$/.exec(before)?.[0].length ?? 0);
  const whole = before.trim() === '';
  // The grammar counts the first half of a Windows line break to the comment.
  const last = comment.end - (file.source[comment.end - 1] === '\r' ? 1 : 0);
  const end = whole ? (file.lineStarts[finding.line] ?? file.source.length) : last;
  return {
    title: 'Remove the comment',
    safe: true,
    edits: toEdits(file, [{ start: whole ? lineStart : start, end, text: '' }]),
  };
}

function raiseAgain(file: SyntaxFile, finding: Finding): Fix | null {
  const clause = nodeAt(file, finding, new Set(['except_clause']));
  const block = clause === undefined ? undefined : childOfType(clause, 'block');
  const last = block?.children.at(-1);
  if (last === undefined || ['return_statement', 'break_statement', 'continue_statement'].includes(last.type))
    return null;
  if (last.type === 'pass_statement') {
    return {
      title: 'Raise it again',
      safe: false,
      edits: toEdits(file, [{ start: last.start, end: last.end, text: 'raise' }]),
    };
  }
  if (!isAloneOnItsLines(file, last)) return null;
  const text = `${lineBreak(file.source)}${indentation(file, last)}raise`;
  return { title: 'Raise it again', safe: false, edits: toEdits(file, [{ start: last.end, end: last.end, text }]) };
}

/** `await asyncio.gather(a(), b())`, its results unused, becomes a task group. */
function taskGroup(file: SyntaxFile, finding: Finding): Fix | null {
  const call = callAt(file, finding);
  const statement = call === undefined ? undefined : statementOf(call);
  const awaited = statement?.children[0];
  if (
    call === undefined ||
    statement?.type !== 'expression_statement' ||
    awaited?.type !== 'await' ||
    awaited.children[0] === undefined
  )
    return null;
  if (unparenthesized(awaited.children[0]) !== call || !isAloneOnItsLines(file, statement)) return null;
  const args = call.children[1]?.children ?? [];
  if (args.some((argument) => argument.type !== 'call' || isNested(argument))) return null;
  const indent = indentation(file, statement);
  const step = indent.includes('\t') ? '\t' : '    ';
  const group = unusedName(file, ['group', 'task_group']);
  const lines = [
    `async with asyncio.TaskGroup() as ${group}:`,
    ...args.map((argument) => `${indent}${step}${group}.create_task(${textOf(file.source, argument)})`),
  ];
  return withImports(
    file,
    'Use a TaskGroup',
    false,
    [{ start: statement.start, end: statement.end, text: lines.join(lineBreak(file.source)) }],
    ['asyncio'],
  );
}

function isNested(node: SyntaxNode): boolean {
  return [...descendants(node)].some((inner) => inner.type === 'await' || inner.type === 'yield');
}
