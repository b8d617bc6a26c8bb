import type { Finding, Fix } from '../findings.js';
import { childOfType, descendants, textOf } from '../syntax/node.js';
import type { SyntaxFile, SyntaxNode } from '../syntax/node.js';
import { importChange, indentation, isAloneOnItsLines, lineBreak, toEdits } from './edits.js';
import type { Change } from './edits.js';
import { awaitableIn, callAt, needsParentheses, statementOf } from './locate.js';

/** Objects that belong to the thread that made them, or whose calls only mean something together: never torn apart. */
const THREAD_BOUND =
  /^(sqlite3\.(Connection|Cursor)|sqlalchemy\.(orm|engine)|sqlmodel|psycopg2?\.|pymysql|mysql|pyodbc|MySQLdb|django\.db|peewee|pony|threading\.|multiprocessing\.(Lock|Event)|asyncio\.|io\.|sys\.stdin|signal\.|subprocess\.Popen\.std|playwright)/;

/** Calls of functions at module level of a library: nothing of theirs is shared with the caller. */
function isPlainFunction(subject: string): boolean {
  return subject.split('.').every((part, index, parts) => index === parts.length - 1 || !/^[A-Z]/.test(part));
}

/** `time.sleep(…)` becomes `await asyncio.sleep(…)`. */
export function awaitSleep(file: SyntaxFile, finding: Finding): Fix | null {
  const call = callAt(file, finding);
  const callee = call?.children[0];
  if (call === undefined || callee === undefined || awaitableIn(file, call) === undefined) return null;
  if (call.children[1]?.children.some((argument) => argument.type === 'keyword_argument') === true) return null;
  const wrapped = needsParentheses(call);
  const changes: Change[] = [
    { start: callee.start, end: callee.end, text: `${wrapped ? '(' : ''}await asyncio.sleep` },
  ];
  if (wrapped) changes.push({ start: call.end, end: call.end, text: ')' });
  return withImports(file, 'Await asyncio.sleep', true, changes, ['asyncio']);
}

/** A blocking call, direct or through a helper, handed to a thread. */
export function handToThread(file: SyntaxFile, finding: Finding, oldestPython: number): Fix | null {
  const subject = finding.subject ?? '';
  const call = callAt(file, finding);
  const [callee, list] = call?.children ?? [];
  if (call === undefined || callee === undefined || list?.type !== 'argument_list') return null;
  if (awaitableIn(file, call) === undefined) return null;
  if (finding.chain.length === 0 && THREAD_BOUND.test(subject)) return null;
  const whole = call.parent;
  if (whole?.type === 'await') return null;
  if (isContext(call))
    return subject === 'open' || subject.endsWith('.open') ? extractWith(file, call, oldestPython) : null;
  if (isIterated(call)) return null;
  // A file that is opened in a thread is still read and written on the loop.
  if (finding.chain.length === 0 && /(^|\.)open$|TextIOWrapper|ZipFile$|Popen$/.test(subject)) return null;
  const args = list.children;
  const wrapped = needsParentheses(call);
  const inner = file.source.slice(list.start + 1, list.end - 1);
  const name = textOf(file.source, callee);
  const open = wrapped ? '(' : '';
  const changes: Change[] = [];
  const imports = ['asyncio'];
  if (oldestPython >= 9) {
    changes.push({
      start: call.start,
      end: list.start + 1,
      text: `${open}await asyncio.to_thread(${name}${args.length > 0 ? ', ' : ''}`,
    });
    changes.push({ start: list.end, end: list.end, text: wrapped ? ')' : '' });
  } else {
    const hasKeywords = args.some(
      (argument) => argument.type === 'keyword_argument' || argument.type === 'dictionary_splat',
    );
    if (hasKeywords) imports.push('functools');
    const passed = hasKeywords
      ? `functools.partial(${name}, ${inner})`
      : `${name}${args.length > 0 ? `, ${inner}` : ''}`;
    changes.push({
      start: call.start,
      end: call.end,
      text: `${open}await asyncio.get_running_loop().run_in_executor(None, ${passed})${wrapped ? ')' : ''}`,
    });
  }
  const leading = /^\s/.test(inner) && args.length > 0 && oldestPython >= 9;
  const first = changes[0];
  if (leading && first !== undefined) first.text = first.text.trimEnd();
  const safe = finding.chain.length === 0 && isPlainFunction(subject);
  const title = `Run ${shortName(name)} in a thread`;
  const kept = changes.filter((change) => change.start !== change.end || change.text !== '');
  return { ...withImports(file, title, safe, kept, imports), offloads: true };
}

function shortName(name: string): string {
  return name.length > 40 ? 'it' : name.replace(/\s+/g, '');
}

function isContext(call: SyntaxNode): boolean {
  const parent = call.parent;
  return parent?.type === 'with_item' || (parent?.type === 'as_pattern' && parent.parent?.type === 'with_item');
}

function isIterated(call: SyntaxNode): boolean {
  const parent = call.parent;
  return (parent?.type === 'for_statement' || parent?.type === 'for_in_clause') && parent.children[1] === call;
}

/** A `with open(…)` block moved whole into a function that a thread runs. */
function extractWith(file: SyntaxFile, call: SyntaxNode, oldestPython: number): Fix | null {
  const statement = statementOf(call);
  const enclosing = awaitableIn(file, statement);
  const body = childOfType(statement, 'block');
  if (statement.type !== 'with_statement' || enclosing === undefined || body === undefined) return null;
  const text = textOf(file.source, statement);
  if (!text.startsWith('with') || !isAloneOnItsLines(file, statement) || /"""|'''|\\\r?\n/.test(text)) return null;
  for (const node of descendants(statement)) {
    if (STAYS.has(node.type)) return null;
  }
  const assigned = assignedNames(file, statement);
  const used = usedElsewhere(file, enclosing, statement);
  if ([...assigned].some((name) => used.before.has(name))) return null;
  const returned = [...assigned].filter((name) => used.after.has(name));
  const inLoop = ancestorIs(statement, enclosing, ['for_statement', 'while_statement']);
  if (inLoop && [...assigned].some((name) => used.before.has(name) || used.after.has(name))) return null;
  const newline = lineBreak(file.source);
  const indent = indentation(file, statement);
  const step = indent.includes('\t') ? '\t' : '    ';
  const name = unusedName(file, ['use_file', 'use_the_file', 'use_file_in_thread']);
  const moved = text
    .split(/\r?\n/)
    .map((line, index) => (index === 0 ? `${indent}${step}${line}` : line === '' ? line : `${step}${line}`));
  const lines = [`def ${name}():`, ...moved];
  if (returned.length > 0) lines.push(`${indent}${step}return ${returned.join(', ')}`);
  const runner =
    oldestPython >= 9
      ? `await asyncio.to_thread(${name})`
      : `await asyncio.get_running_loop().run_in_executor(None, ${name})`;
  lines.push('', `${indent}${returned.length > 0 ? `${returned.join(', ')} = ` : ''}${runner}`);
  const change = { start: statement.start, end: statement.end, text: lines.join(newline) };
  return { ...withImports(file, 'Move the with block to a thread', true, [change], ['asyncio']), offloads: true };
}

/** What cannot move into another function. */
const STAYS = new Set([
  'await',
  'yield',
  'return_statement',
  'global_statement',
  'nonlocal_statement',
  'function_definition',
  'ERROR',
  'break_statement',
  'continue_statement',
  'delete_statement',
]);

function assignedNames(file: SyntaxFile, statement: SyntaxNode): Set<string> {
  const names = new Set<string>();
  const add = (target: SyntaxNode): void => {
    for (const node of descendants(target, (inner) => inner.type !== 'attribute' && inner.type !== 'subscript')) {
      if (node.type === 'identifier' && node.parent?.type !== 'attribute' && node.parent?.type !== 'subscript')
        names.add(textOf(file.source, node));
    }
  };
  for (const node of descendants(statement)) {
    const [first, second] = node.children;
    if (
      (node.type === 'assignment' ||
        node.type === 'augmented_assignment' ||
        node.type === 'named_expression' ||
        node.type === 'for_statement') &&
      first !== undefined
    )
      add(first);
    if (node.type === 'as_pattern' && second !== undefined) add(second);
    if (node.type === 'import_statement' || node.type === 'import_from_statement') add(node);
  }
  return names;
}

function usedElsewhere(
  file: SyntaxFile,
  enclosing: SyntaxNode,
  statement: SyntaxNode,
): { before: Set<string>; after: Set<string> } {
  const before = new Set<string>();
  const after = new Set<string>();
  for (const node of descendants(enclosing)) {
    if (node.type !== 'identifier' || (node.parent?.type === 'attribute' && node.parent.children[0] !== node)) continue;
    if (node.end <= statement.start) before.add(textOf(file.source, node));
    else if (node.start >= statement.end) after.add(textOf(file.source, node));
  }
  return { before, after };
}

function ancestorIs(node: SyntaxNode, until: SyntaxNode, types: readonly string[]): boolean {
  for (let current = node.parent; current !== null && current !== until; current = current.parent)
    if (types.includes(current.type)) return true;
  return false;
}

/** The first candidate the file does not use yet. */
export function unusedName(file: SyntaxFile, candidates: readonly string[]): string {
  const isFree = (name: string): boolean => !new RegExp(`\\b${name}\\b`).test(file.source);
  const free = candidates.find(isFree);
  if (free !== undefined) return free;
  let number = 2;
  while (!isFree(`${candidates[0] ?? 'value'}_${number}`)) number++;
  return `${candidates[0] ?? 'value'}_${number}`;
}

/** A fix from changes, with the imports they need. */
export function withImports(
  file: SyntaxFile,
  title: string,
  safe: boolean,
  changes: readonly Change[],
  modules: readonly string[],
): Fix {
  const imports = modules.flatMap((module) => importChange(file, module) ?? []);
  return { title, safe, edits: toEdits(file, [...imports, ...changes]) };
}
