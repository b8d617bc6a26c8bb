/**
 * What is kept of a file once its tree is gone: enough to resolve names across the workspace and to run every rule, small enough
 * to keep for thousands of files, and free of references into the source text.
 *
 * **References** are strings in a small language, evaluated lazily by `resolve/evaluator.ts`. An atom, then suffixes:
 *
 * | atom | means |
 * |---|---|
 * | `/a.b.c` | the imported name `a.b.c`; `/.x`, `/..x` relative to this file's package |
 * | `:name` | the module-level name `name` of this file |
 * | `*name` | a name no scope of the file defines, in a file with star imports |
 * | `&3`, `%2` | function 3, class 2 of this file |
 * | `$2`, `^2` | an instance of class 2 (`self`), its `super()` |
 * | `~3:name` | parameter `name` of function 3, when it has no usable annotation |
 * | `<ref>` | an instance of the class `ref` (an annotation) |
 * | `[ref]` | a container of `ref`; `[a,b]` a tuple, whose parts are told apart |
 * | `'` , `#0` | a string; another constant, with its text |
 * | `(a|b)` | either |
 * | `?` | unknown |
 *
 * Suffixes: `.name` attribute, `()` or `(ref)` call (with its first argument where that decides the result), `[]` item or element, `[0]` that of a position,
 * `!` await, `^` the value of `with … as`, `/` the path operator.
 */
export type Reference = string;

/** How a call is used, as bits of {@link CallSummary.flags}. */
export const CallFlag = {
  awaited: 1,
  /** Iterated by a `for`, a comprehension, `yield from` or a function such as `list`. */
  iterated: 2,
  /** The context expression of a `with`. */
  entered: 4,
  asyncEntered: 8,
  /** An expression statement, or assigned to `_`. */
  discarded: 16,
  returned: 32,
  /** An argument of another call. */
  passed: 64,
  assigned: 128,
  asyncIterated: 256,
  inLoop: 512,
  inTry: 1024,
  /** Used as a condition or inside an f-string, where a coroutine makes no sense. */
  tested: 2048,
  /** Not written as a call: `__enter__`, `__exit__` of a `with`, or a property read. */
  implicit: 4096,
  /** For an entered context: an `await` happens while it is held. */
  heldAcrossAwait: 8192,
  /** Inside `asyncio.timeout(...)` or an argument of `wait_for`. */
  guarded: 16384,
} as const;

/** A call as written in a function body. Lines and columns from 1. */
export interface CallSummary {
  target: Reference;
  /** Positional as references, `name=reference`, `*reference`, `**reference`. */
  arguments: readonly string[];
  line: number;
  column: number;
  endColumn: number;
  /** Line on which the whole call ends, for suppressions written there. */
  endLine: number;
  flags: number;
}

/** A shape of statements that a rule looks for and that calls alone do not show. */
export interface Fact {
  kind:
    | 'sleep-loop'
    | 'cancellation-caught'
    | 'yield-from'
    | 'keywords-as-positional'
    | 'sequential-loop-await'
    | 'async-generator-left';
  line: number;
  column: number;
  endColumn: number;
  endLine: number;
  /** References the rule needs, such as the exception types of an `except`. */
  references: readonly Reference[];
}

export interface ParameterSummary {
  name: string;
  kind: 'positional' | 'keyword' | 'list' | 'dictionary';
  /** Its default value, where there is no usable annotation and the value can be followed. */
  default?: Reference;
}

export interface FunctionSummary {
  /** `<module>` for the module body, `<lambda>` for a lambda. */
  name: string;
  /** Dotted path inside the file, such as `Store.save`. */
  qualifiedName: string;
  line: number;
  column: number;
  isAsync: boolean;
  isGenerator: boolean;
  /** The body does nothing: a docstring, `...`, `pass`, `raise NotImplementedError`, or the return of a constant. */
  isAbstract: boolean;
  isLambda: boolean;
  hasAwait: boolean;
  parameters: readonly ParameterSummary[];
  /** Index of the class this is a method of, or -1. */
  owner: number;
  /** Index of the enclosing function; 0 is the module body, -1 for the module body itself. */
  parent: number;
  decorators: readonly Reference[];
  /** What it returns, or `?`. For an `async def`: what awaiting it gives. */
  returns: Reference;
  /** What it yields, or `?`. */
  yields: Reference;
  calls: CallSummary[];
  /** Attributes read that may be properties of some class: reading those runs code. */
  reads: CallSummary[];
  facts: Fact[];
}

export interface ClassSummary {
  name: string;
  qualifiedName: string;
  line: number;
  bases: readonly Reference[];
  decorators: readonly Reference[];
  /** Names bound in the class body. */
  members: Record<string, Reference>;
  /** Names bound on `self` or `cls` in methods. */
  attributes: Record<string, Reference>;
  /** Index of the function whose body defines it; 0 for module level. */
  parent: number;
}

/** `object.name = value` where the object is not `self`. */
export interface AttributeSummary {
  object: Reference;
  name: string;
  value: Reference;
}

export interface ImportSummary {
  /** As written, with its dots: `a.b`, `..x`. */
  module: string;
  /** Imported names; `*` for a star import; empty for `import module`. */
  names: readonly string[];
  line: number;
}

/** A comment that silences findings. */
export interface Suppression {
  kind: 'ignore' | 'noqa' | 'file';
  /** Rules or codes named; empty means all. */
  rules: readonly string[];
  line: number;
  column: number;
  endColumn: number;
}

export interface FileSummary {
  imports: readonly ImportSummary[];
  /** Modules star-imported, with their dots. */
  stars: readonly string[];
  /** Module-level names. */
  names: Record<string, Reference>;
  functions: readonly FunctionSummary[];
  classes: readonly ClassSummary[];
  /** Attributes set from outside the methods of their object. */
  attributes: readonly AttributeSummary[];
  suppressions: readonly Suppression[];
  lineCount: number;
}
