import { childOfType, unparenthesized } from '../syntax/node.js';
import type { SyntaxNode } from '../syntax/node.js';
import { either, extended, UNKNOWN } from './scope.js';
import type { Reference } from './types.js';

/** Functions whose result is decided by their first argument. */
const FIRST_ARGUMENT_DECIDES = new Set([
  'partial', 'partialmethod', 'sync_to_async', 'asyncify', 'closing', 'aclosing', 'nullcontext', 'copy', 'deepcopy', 'wrap',
  'cast', 'staticmethod', 'classmethod', 'iter', 'reversed', 'enumerate', 'next', 'sorted', 'list', 'tuple', 'set', 'as_completed',
  'wraps', 'lru_cache', 'cache', 'wait', 'gather', 'to_thread', 'enter_context', 'enter_async_context', 'wait_for', 'shield', 'submit',
  'run_in_executor', 'run_sync', 'run_in_threadpool', 'Depends', 'Security', 'from_openai', 'from_anthropic', 'from_groq', 'patch',
]); // prettier-ignore

/** Functions that declare a field of a class. */
const FIELDS = new Set(['field', 'Field', 'ib', 'attrib', 'PrivateAttr']);
/** Functions, often of the project itself, that run their first argument in a thread. */
const OFFLOADING = /(?:in_executor|to_thread|in_thread|in_threadpool|executor_job)$/;
/** Annotations that leave open what a value is. */
const SELF = new Set(['/typing.Self', '/typing_extensions.Self']);
const SAYS_NOTHING = new Set(['/typing.Any', '/typing_extensions.Any', '/builtins.object']);
const WRAPPING_GENERICS = new Set([
  'Optional',
  'Annotated',
  'Final',
  'ClassVar',
  'Required',
  'NotRequired',
  'ReadOnly',
  'Mapped',
]);
const CONTAINERS = new Set([
  'list', 'List', 'set', 'Set', 'frozenset', 'FrozenSet', 'tuple', 'Tuple', 'Sequence', 'MutableSequence', 'Iterable', 'Iterator',
  'Collection', 'deque', 'Deque', 'Generator', 'AbstractSet', 'KeysView', 'ValuesView',
]); // prettier-ignore
const MAPPINGS = new Set(['dict', 'Dict', 'Mapping', 'MutableMapping', 'defaultdict', 'DefaultDict', 'OrderedDict']);

/** What references need to know of the walk: names in scope and functions made for lambdas. */
export interface ReferenceContext {
  readonly source: string;
  lookup(name: string): Reference;
  lambda(node: SyntaxNode): Reference;
  superOf(): Reference;
  /** The element of a comprehension already walked: its variables are out of scope by now. */
  comprehensionItem(node: SyntaxNode): Reference | undefined;
}

/** The reference of an expression, or `?`. */
export function referenceOf(node: SyntaxNode, context: ReferenceContext): Reference {
  const { source } = context;
  switch (node.type) {
    case 'identifier':
      return context.lookup(source.slice(node.start, node.end));
    case 'attribute': {
      const [object, name] = node.children;
      if (object === undefined || name === undefined) return UNKNOWN;
      return extended(referenceOf(object, context), `.${source.slice(name.start, name.end)}`);
    }
    case 'call':
      return callReference(node, context);
    case 'await':
      return node.children[0] === undefined ? UNKNOWN : extended(referenceOf(node.children[0], context), '!');
    case 'subscript': {
      const [container, index] = node.children;
      if (container === undefined) return UNKNOWN;
      const position = index?.type === 'integer' ? source.slice(index.start, index.end) : '';
      return extended(referenceOf(container, context), /^\d$/.test(position) ? `[${position}]` : '[]');
    }
    case 'parenthesized_expression':
      return node.children.length === 1 && node.children[0] !== undefined
        ? referenceOf(node.children[0], context)
        : UNKNOWN;
    case 'named_expression':
      return node.children[1] === undefined ? UNKNOWN : referenceOf(node.children[1], context);
    case 'boolean_operator': {
      const [left, right] = node.children;
      if (left === undefined || right === undefined) return UNKNOWN;
      const isOr = source.slice(left.end, right.start).includes('or');
      return isOr ? either([referenceOf(left, context), referenceOf(right, context)]) : referenceOf(right, context);
    }
    case 'conditional_expression': {
      const [body, , otherwise] = node.children;
      if (body === undefined || otherwise === undefined) return UNKNOWN;
      return either([referenceOf(body, context), referenceOf(otherwise, context)]);
    }
    case 'binary_operator': {
      const [left, right] = node.children;
      if (left === undefined || right === undefined) return UNKNOWN;
      const operator = source.slice(left.end, right.start).replace(/[\s()\\]/g, '');
      return operator === '/' ? extended(referenceOf(left, context), '/') : UNKNOWN;
    }
    case 'tuple':
    case 'expression_list':
      return tupleOf(node.children.map((child) => referenceOf(child, context)));
    case 'list':
    case 'set': {
      const items = node.children.map((child) => referenceOf(child, context));
      const item = either(items);
      return item === UNKNOWN || item.startsWith("'") || item.startsWith('#') ? UNKNOWN : extended(`[${item}`, ']');
    }
    case 'list_comprehension':
    case 'set_comprehension':
    case 'generator_expression':
      return containerOf(context.comprehensionItem(node) ?? UNKNOWN);
    case 'dictionary': {
      const values = node.children.map((pair) =>
        pair.children[1] === undefined ? UNKNOWN : referenceOf(pair.children[1], context),
      );
      return containerOf(either(values));
    }
    case 'lambda':
      return context.lambda(node);
    case 'string':
    case 'concatenated_string':
      return "'";
    case 'integer':
    case 'float':
    case 'true':
    case 'false':
    case 'none':
      return node.end - node.start > 24 ? '#0' : `#${source.slice(node.start, node.end)}`;
    case 'unary_operator':
      return node.children[0]?.type === 'integer' ? '#-1' : UNKNOWN;
    default:
      return UNKNOWN;
  }
}

function containerOf(item: Reference): Reference {
  return isFollowed(item) ? extended(`[${item}`, ']') : UNKNOWN;
}

/** A container of parts that are told apart by their position. */
function tupleOf(parts: readonly Reference[]): Reference {
  if (!parts.some(isFollowed)) return UNKNOWN;
  const text = parts.map((part) => (isFollowed(part) ? part : UNKNOWN)).join(',');
  return extended(`[${text}`, parts.length === 1 ? ',]' : ']');
}

/** Whether a reference stands for more than a constant. */
function isFollowed(reference: Reference): boolean {
  return !/^[?'#]/.test(reference);
}

function callReference(node: SyntaxNode, context: ReferenceContext): Reference {
  const [callee, list] = node.children;
  if (callee === undefined) return UNKNOWN;
  const { source } = context;
  const plain = callee.type === 'identifier' ? source.slice(callee.start, callee.end) : '';
  if (plain === 'super') return context.superOf();
  if (plain === 'getattr') return namedAttribute(list, context);
  if (plain === 'type' && list?.children.length === 1 && list.children[0] !== undefined)
    return extended(referenceOf(list.children[0], context), '.__class__');
  const target = referenceOf(callee, context);
  if (target === UNKNOWN) return UNKNOWN;
  const last = callee.type === 'attribute' ? callee.children[1] : callee;
  const name = last === undefined ? '' : source.slice(last.start, last.end);
  // What runs in an executor comes after the executor.
  let first = list?.children[isExecutor(name, list) ? 1 : 0];
  if (name === 'cast' && list?.children[0] !== undefined) return `<${referenceOf(list.children[0], context)}>`;
  if (name === 'NewType' && list?.children[1] !== undefined) return referenceOf(list.children[1], context);
  if (name === 'TypeVar') return keywordValue(list, ['bound'], (bound) => annotationReference(bound, context), context);
  if (FIELDS.has(name)) {
    const made = keywordValue(
      list,
      ['default_factory', 'factory'],
      (factory) => referenceOf(factory, context),
      context,
    );
    if (made !== UNKNOWN) return extended(made, '()');
  }
  if (first === undefined || !(FIRST_ARGUMENT_DECIDES.has(name) || OFFLOADING.test(name)))
    return extended(target, '()');
  if (first.type === 'keyword_argument') first = first.children[1] ?? first;
  if (first.type === 'list_splat') first = first.children[0] ?? first;
  const argument = list?.type === 'generator_expression' ? UNKNOWN : referenceOf(unparenthesized(first), context);
  return extended(target, argument.startsWith("'") || argument.startsWith('#') ? '()' : `(${argument})`);
}

/** Whether the first argument of a call is an executor (or None for the default one), as the loop's `run_in_executor` has it. */
function isExecutor(name: string, list: SyntaxNode | undefined): boolean {
  const first = list?.children[0];
  return (
    name === 'run_in_executor' && first !== undefined && first.type !== 'lambda' && list?.children[1] !== undefined
  );
}

/** What `read` makes of the keyword argument of one of these names. */
function keywordValue(
  list: SyntaxNode | undefined,
  names: readonly string[],
  read: (value: SyntaxNode) => Reference,
  context: ReferenceContext,
): Reference {
  for (const argument of list?.children ?? []) {
    const [name, value] = argument.type === 'keyword_argument' ? argument.children : [];
    if (name !== undefined && value !== undefined && names.includes(context.source.slice(name.start, name.end)))
      return read(value);
  }
  return UNKNOWN;
}

/** `getattr(object, 'name')` is `object.name`. */
function namedAttribute(list: SyntaxNode | undefined, context: ReferenceContext): Reference {
  const [object, name] = list?.children ?? [];
  if (object === undefined || name?.type !== 'string') return UNKNOWN;
  const text = /^(['"])([A-Za-z_]\w*)\1$/.exec(context.source.slice(name.start, name.end))?.[2];
  return text === undefined ? UNKNOWN : extended(referenceOf(object, context), `.${text}`);
}

/** The reference of an instance of what an annotation names, or `?` where it says nothing that can be followed. */
export function annotationReference(node: SyntaxNode, context: ReferenceContext): Reference {
  const { source } = context;
  switch (node.type) {
    case 'type':
    case 'parenthesized_expression':
    case 'constrained_type':
      return node.children[0] === undefined ? UNKNOWN : annotationReference(node.children[0], context);
    case 'none':
      return UNKNOWN;
    case 'identifier':
    case 'attribute':
    case 'member_type': {
      const named = node.type === 'member_type' ? memberReference(node, context) : referenceOf(node, context);
      return SELF.has(named) ? context.superOf().replace('^', '$') : instanceOf(named);
    }
    case 'union_type':
    case 'binary_operator':
      return either(node.children.map((child) => annotationReference(child, context)));
    case 'string':
      return quotedAnnotation(source.slice(node.start, node.end), context);
    case 'generic_type':
    case 'subscript':
      return genericAnnotation(node, context);
    default:
      return UNKNOWN;
  }
}

function memberReference(node: SyntaxNode, context: ReferenceContext): Reference {
  const [object, member] = node.children;
  if (object === undefined || member === undefined) return UNKNOWN;
  const inner = object.type === 'type' && object.children[0] !== undefined ? object.children[0] : object;
  return extended(
    inner.type === 'member_type' ? memberReference(inner, context) : referenceOf(inner, context),
    `.${context.source.slice(member.start, member.end)}`,
  );
}

function instanceOf(reference: Reference): Reference {
  return reference === UNKNOWN || reference.startsWith('~') || SAYS_NOTHING.has(reference) ? UNKNOWN : `<${reference}>`;
}

function genericAnnotation(node: SyntaxNode, context: ReferenceContext): Reference {
  const [head, ...rest] = node.children;
  if (head === undefined) return UNKNOWN;
  const parameters = childOfType(node, 'type_parameter')?.children ?? rest;
  const name = context.source.slice(head.start, head.end).split('.').pop() ?? '';
  const at = (index: number): Reference => {
    const parameter = parameters[index];
    return parameter === undefined ? UNKNOWN : annotationReference(parameter, context);
  };
  if (WRAPPING_GENERICS.has(name)) return at(0);
  if (name === 'Union') return either(parameters.map((parameter) => annotationReference(parameter, context)));
  if (
    /^[tT]uple$/.test(name) &&
    parameters.length > 1 &&
    context.source.slice(parameters.at(-1)?.start, parameters.at(-1)?.end) !== '...'
  )
    return tupleOf(parameters.map((parameter) => annotationReference(parameter, context)));
  if (CONTAINERS.has(name)) return containerOf(at(0));
  if (MAPPINGS.has(name)) return containerOf(at(1));
  if (name === 'type' || name === 'Type') {
    const inner = at(0);
    return inner.startsWith('<') && inner.endsWith('>') ? inner.slice(1, -1) : UNKNOWN;
  }
  if (
    ['Callable', 'Awaitable', 'Coroutine', 'AsyncIterator', 'AsyncGenerator', 'AsyncIterable', 'Literal'].includes(name)
  )
    return UNKNOWN;
  return annotationReference(head, context);
}

/** Forward references: dotted names, with `Optional[...]` or `| None` around them. */
function quotedAnnotation(literal: string, context: ReferenceContext): Reference {
  const text = literal.replace(/^[rRbBuU]*["']+|["']+$/g, '').trim();
  const inner = /^(?:\w+\.)?Optional\[([\w.]+)\]$/.exec(text)?.[1] ?? text.replace(/\s*\|\s*None$/, '');
  if (!/^[A-Za-z_][\w.]*$/.test(inner)) return UNKNOWN;
  const [head = '', ...members] = inner.split('.');
  return instanceOf(members.reduce((reference, member) => extended(reference, `.${member}`), context.lookup(head)));
}

/** Whether an expression at module level can only be the name of a type: `Optional[X]`, `X | None`. */
export function isTypeExpression(node: SyntaxNode, source: string): boolean {
  const text = (part: SyntaxNode | undefined): string => (part === undefined ? '' : source.slice(part.start, part.end));
  if (node.type === 'subscript') return /^(?:\w+\.)?(?:Optional|Union|Annotated)$/.test(text(node.children[0]));
  return (
    node.type === 'binary_operator' &&
    text(node).includes('|') &&
    node.children.every((child) =>
      child.type === 'binary_operator'
        ? isTypeExpression(child, source)
        : /^(?:[\w.]*\b[A-Z]\w*[a-z]\w*|None|str|int|bytes)$/.test(text(child)),
    )
  );
}
