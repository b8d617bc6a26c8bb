import type { Finding, Fix } from '../findings.js';
import { childOfType, descendants, textOf } from '../syntax/node.js';
import type { SyntaxFile, SyntaxNode } from '../syntax/node.js';
import { importChange, indentation, isAloneOnItsLines, lineBreak, toEdits } from './edits.js';
import type { Change } from './edits.js';
import { awaitableIn, callAt, needsParentheses, statementOf } from './locate.js';
import { unusedName } from './threads.js';

const REQUEST = /^httpx\.(?:get|post|put|patch|delete|head|options|request)$/;
/** What the functions of httpx take and the methods of its clients do not. */
const OF_THE_CLIENT = new Set(['proxy', 'proxies', 'cert', 'verify', 'trust_env']);
/** What a client takes in another form when it is asynchronous. */
const OF_THE_KIND = new Set(['transport', 'mounts', 'app']);
const CLIENT_METHODS = new Set(['get', 'post', 'put', 'patch', 'delete', 'head', 'options', 'request', 'send']);
const FILE_METHODS = new Set([
  'read', 'readline', 'readlines', 'write', 'writelines', 'seek', 'tell', 'flush', 'truncate',
]); // prettier-ignore

/** What a client of redis does in one round trip; pipelines, subscriptions, locks and iterators are used differently. */
const REDIS_COMMANDS = new Set([
  'append', 'blpop', 'brpop', 'close', 'dbsize', 'decr', 'decrby', 'delete', 'eval', 'evalsha', 'exists', 'expire', 'expireat',
  'flushall', 'flushdb', 'get', 'getdel', 'getex', 'getset', 'hdel', 'hexists', 'hget', 'hgetall', 'hincrby', 'hkeys', 'hlen', 'hmget',
  'hset', 'hsetnx', 'hvals', 'incr', 'incrby', 'info', 'keys', 'lindex', 'llen', 'lpop', 'lpush', 'lrange', 'lrem', 'ltrim', 'mget',
  'mset', 'persist', 'pexpire', 'ping', 'psetex', 'pttl', 'publish', 'rename', 'rpop', 'rpush', 'sadd', 'scan', 'scard', 'set', 'setex',
  'setnx', 'sismember', 'smembers', 'spop', 'srem', 'strlen', 'ttl', 'type', 'unlink', 'xack', 'xadd', 'xlen', 'xrange', 'xread',
  'xreadgroup', 'zadd', 'zcard', 'zcount', 'zincrby', 'zrange', 'zrangebyscore', 'zrank', 'zrem', 'zremrangebyscore', 'zrevrange',
  'zscore',
]); // prettier-ignore

/**
 * The change that uses the asynchronous twin of a library the project depends on already, or null where there is none.
 * @param libraries what the project depends on: top-level names of what it imports, and `redis.asyncio` where it has that
 */
export function useTwin(file: SyntaxFile, finding: Finding, libraries: ReadonlySet<string>): Fix | null {
  const subject = finding.subject ?? '';
  if (finding.chain.length > 0) return null;
  const call = callAt(file, finding);
  if (call === undefined || awaitableIn(file, call) === undefined) return null;
  if (REQUEST.test(subject)) return requestWithClient(file, call);
  if (subject.startsWith('httpx.Client.')) return asyncBlock(file, call, HTTPX);
  if (subject === 'open' && libraries.has('aiofiles')) return asyncBlock(file, call, AIOFILES);
  if (subject.startsWith('redis.Redis.') && libraries.has('redis.asyncio'))
    return asyncBlock(file, call, REDIS) ?? asyncLocal(file, call, REDIS);
  return null;
}

/** `httpx.get(…)` becomes a request of an `httpx.AsyncClient` that lives as long as the statement. */
function requestWithClient(file: SyntaxFile, call: SyntaxNode): Fix | null {
  const [callee, list] = call.children;
  const [library, method] = callee?.type === 'attribute' ? callee.children : [];
  const statement = statementOf(call);
  if (callee === undefined || library === undefined || method === undefined || list?.type !== 'argument_list')
    return null;
  if (keywordsOf(file, list).some((name) => name === '**' || OF_THE_CLIENT.has(name))) return null;
  const { source } = file;
  const text = textOf(source, statement);
  if (!['expression_statement', 'return_statement'].includes(statement.type)) return null;
  if (!isAloneOnItsLines(file, statement) || /"""|'''|\\\r?\n/.test(text)) return null;
  const indent = indentation(file, statement);
  const step = indent.includes('\t') ? '\t' : '    ';
  const newline = lineBreak(source);
  const client = unusedName(file, ['client', 'http_client']);
  const name = textOf(source, library);
  const wrapped = needsParentheses(call);
  const changes: Change[] = [
    {
      start: statement.start,
      end: statement.start,
      text: `async with ${name}.AsyncClient() as ${client}:${newline}${indent}${step}`,
    },
    { start: callee.start, end: callee.end, text: `${wrapped ? '(' : ''}await ${client}.${textOf(source, method)}` },
    ...(wrapped ? [{ start: call.end, end: call.end, text: ')' }] : []),
    ...lineStartsIn(file, statement).map((start) => ({ start, end: start, text: step })),
  ];
  return { title: `Use ${name}.AsyncClient`, safe: false, edits: toEdits(file, changes) };
}

interface Twin {
  title: string;
  methods: ReadonlySet<string>;
  /** Whether iterating the object reads from it. */
  iterates: boolean;
  module: string | undefined;
  /** The change of what is entered, or undefined where it cannot be changed. */
  enter: (file: SyntaxFile, callee: SyntaxNode) => Change | undefined;
}

const HTTPX: Twin = {
  title: 'Use httpx.AsyncClient',
  methods: CLIENT_METHODS,
  iterates: false,
  module: undefined,
  enter: (file, callee) => {
    const name = callee.type === 'attribute' ? callee.children[1] : undefined;
    return name === undefined || textOf(file.source, name) !== 'Client'
      ? undefined
      : { start: name.start, end: name.end, text: 'AsyncClient' };
  },
};

const AIOFILES: Twin = {
  title: 'Use aiofiles',
  methods: FILE_METHODS,
  iterates: true,
  module: 'aiofiles',
  enter: (file, callee) =>
    textOf(file.source, callee) === 'open'
      ? { start: callee.start, end: callee.end, text: 'aiofiles.open' }
      : undefined,
};

const REDIS: Twin = {
  title: 'Use redis.asyncio',
  methods: REDIS_COMMANDS,
  iterates: false,
  module: 'redis.asyncio',
  enter: (file, callee) => {
    const made = /(?:^|\.)((?:Strict)?Redis(?:\.from_url)?|from_url)$/.exec(textOf(file.source, callee))?.[1];
    return made === undefined ? undefined : { start: callee.start, end: callee.end, text: `redis.asyncio.${made}` };
  },
};

/** `name = twin(…)`, used in this function only: every use of the name is awaited. */
function asyncLocal(file: SyntaxFile, call: SyntaxNode, twin: Twin): Fix | null {
  const object = call.children[0]?.type === 'attribute' ? call.children[0].children[0] : undefined;
  const around = awaitableIn(file, call);
  if (object?.type !== 'identifier' || around === undefined) return null;
  const name = textOf(file.source, object);
  // The module is used by its own name.
  if (name === twin.module?.split('.')[0]) return null;
  const [assignment, ...others] = [...descendants(around)].filter(
    (node) => node.type === 'identifier' && textOf(file.source, node) === name && isBound(node),
  );
  const statement = assignment?.parent;
  const made = statement?.type === 'assignment' ? statement.children[1] : undefined;
  const [callee, list] = made?.type === 'call' ? made.children : [];
  if (assignment === undefined || others.length > 0 || !statement || callee === undefined) return null;
  if (list?.type !== 'argument_list' || keywordsOf(file, list).includes('**')) return null;
  const entered = twin.enter(file, callee);
  const used = awaited(file, around, { start: statement.end, end: around.end }, name, twin);
  const isFirst = [...descendants(around)].every(
    (node) => node.start >= statement.start || node.type !== 'identifier' || textOf(file.source, node) !== name,
  );
  if (entered === undefined || used === undefined || !isFirst) return null;
  const added = twin.module === undefined ? undefined : importChange(file, twin.module);
  const changes = [...(added === undefined ? [] : [added]), entered, ...used];
  return { title: twin.title, safe: false, edits: toEdits(file, changes) };
}

/** Whether an identifier is given a value where it stands, or belongs to another function or module. */
function isBound({ parent, ...node }: SyntaxNode): boolean {
  if (parent === null) return false;
  if (['parameters', 'global_statement', 'nonlocal_statement', 'as_pattern_target'].includes(parent.type)) return true;
  if (/parameter$|^pattern_list$|^tuple_pattern$/.test(parent.type)) return true;
  const isTarget = parent.children[0]?.start === node.start;
  return isTarget && /^(?:assignment|augmented_assignment|named_expression|for_statement)$/.test(parent.type);
}

/** `with twin(…) as name:` becomes `async with`, and every use of the name in it is awaited. */
function asyncBlock(file: SyntaxFile, call: SyntaxNode, twin: Twin): Fix | null {
  const statement = enclosingWith(file, call);
  const items = statement === undefined ? [] : (childOfType(statement, 'with_clause')?.children ?? []);
  const pattern = items[0]?.children[0];
  const [made, target] = pattern?.type === 'as_pattern' ? pattern.children : [];
  const [callee, list] = made?.type === 'call' ? made.children : [];
  const name = target?.children[0] ?? target;
  const body = statement === undefined ? undefined : childOfType(statement, 'block');
  if (statement === undefined || items.length !== 1 || callee === undefined || body === undefined) return null;
  if (name?.type !== 'identifier' || list?.type !== 'argument_list') return null;
  if (keywordsOf(file, list).some((keyword) => keyword === '**' || OF_THE_KIND.has(keyword))) return null;
  const entered = twin.enter(file, callee);
  const around = awaitableIn(file, statement);
  if (around === undefined || !textOf(file.source, statement).startsWith('with')) return null;
  const used = awaited(file, around, body, textOf(file.source, name), twin);
  if (entered === undefined || used === undefined) return null;
  const added = twin.module === undefined ? undefined : importChange(file, twin.module);
  const changes: Change[] = [
    ...(added === undefined ? [] : [added]),
    { start: statement.start, end: statement.start, text: 'async ' },
    entered,
    ...used,
  ];
  return { title: twin.title, safe: false, edits: toEdits(file, changes) };
}

/** The `with` that gives the object the call is made on, or that the call itself is entered by. */
function enclosingWith(file: SyntaxFile, call: SyntaxNode): SyntaxNode | undefined {
  const object = call.children[0]?.type === 'attribute' ? call.children[0].children[0] : undefined;
  const name = object?.type === 'identifier' ? textOf(file.source, object) : undefined;
  for (let node: SyntaxNode | null = call; node !== null && node.type !== 'function_definition'; node = node.parent) {
    if (node.type !== 'with_statement') continue;
    const target = childOfType(node, 'with_clause')?.children[0]?.children[0]?.children[1];
    const isEntered = childOfType(node, 'with_clause')?.children[0]?.children[0]?.children[0] === call;
    if (isEntered || (name !== undefined && target !== undefined && textOf(file.source, target) === name)) return node;
  }
  return undefined;
}

/** The changes that await every use of a name in a part of a function, or undefined where it is used in a way that has no twin. */
function awaited(
  file: SyntaxFile,
  around: SyntaxNode,
  body: Pick<SyntaxNode, 'start' | 'end'>,
  name: string,
  twin: Twin,
): Change[] | undefined {
  const changes: Change[] = [];
  for (const node of descendants(around)) {
    if (node.type !== 'identifier' || textOf(file.source, node) !== name) continue;
    const { parent } = node;
    if (parent?.type === 'attribute' && parent.children[1] === node) continue;
    const isInside = node.start >= body.start && node.end <= body.end;
    if (!isInside) {
      if (node.start >= body.end) return undefined;
      continue;
    }
    if (awaitableIn(file, node) !== around) return undefined;
    if (twin.iterates && parent?.type === 'for_statement' && parent.children[1] === node) {
      changes.push({ start: parent.start, end: parent.start, text: 'async ' });
      continue;
    }
    const call = parent?.parent;
    const method = parent?.type === 'attribute' ? parent.children[1] : undefined;
    if (method === undefined || call?.type !== 'call' || call.children[0] !== parent) return undefined;
    if (!twin.methods.has(textOf(file.source, method)) || call.parent?.type === 'await') return undefined;
    const wrapped = needsParentheses(call);
    changes.push({ start: call.start, end: call.start, text: wrapped ? '(await ' : 'await ' });
    if (wrapped) changes.push({ start: call.end, end: call.end, text: ')' });
  }
  return changes.length === 0 ? undefined : changes;
}

/** The names of the keyword arguments of a call, `**` for those of a dictionary. */
function keywordsOf(file: SyntaxFile, list: SyntaxNode): string[] {
  return list.children.flatMap((argument) => {
    if (argument.type === 'dictionary_splat') return ['**'];
    const [name] = argument.type === 'keyword_argument' ? argument.children : [];
    return name === undefined ? [] : [textOf(file.source, name)];
  });
}

/** Offsets at which the lines of a node after its first start. */
function lineStartsIn(file: SyntaxFile, node: SyntaxNode): number[] {
  return file.lineStarts.filter((start) => start > node.start && start < node.end);
}
