import type { DecoratorEffect } from '../resolve/decorators.js';
import type { Value } from '../resolve/values.js';

/** What a blocking call waits for; also the end of its rule id. */
export type BlockingKind = 'network' | 'file' | 'path' | 'process' | 'lock' | 'sleep' | 'terminal' | 'cpu';

export type Severity = 'error' | 'warning' | 'information' | 'hint';

/** One callable known to block. */
export interface BlockingEntry {
  /**
   * Dotted name; a method is `module.Class.method`. A last segment `*` stands for every method not named in `except`, `**` also for
   * those of its attributes, as in `client.chat.completions.create`.
   */
  name: string;
  kind: BlockingKind;
  /** `off`: only reported when configured, or measured. */
  severity: Severity | 'off';
  /** What to use instead, for a person to read. */
  replacement?: string;
  /**
   * Argument patterns that make the call harmless: `0=0` (first positional is the constant 0), `timeout=0`, `*=WNOHANG` (some
   * argument ends so).
   */
  unless?: string[];
  /** Arguments, as position and name, of which one must be given and not be 0 or None. */
  needs?: (number | string)[];
  /** Methods a `*` entry does not cover; of a `**` entry the attributes too. */
  except?: string[];
  /** Why this is known. */
  source?: string;
  note?: string;
}

/** A function that runs a callable it is given somewhere other than on the loop, or later on it. */
export interface CallableTaker {
  name: string;
  /** Position of the callable among the positional arguments, or the keyword it is passed by. */
  position?: number;
  keyword?: string;
  /** `thread`, `process`: off the loop. `loop`: later on the loop. `place`: at once, on the calling thread. */
  runs: 'thread' | 'process' | 'loop' | 'place';
}

/** What the evaluator asks about names outside the workspace. */
export interface TypeCatalogue {
  /** One spelling for names a library exports from several places. */
  canonical(name: string): string;
  external(name: string): readonly Value[];
  attribute(name: string): Value | undefined;
  /** What calling `name` gives; undefined when nothing is known to follow from it. */
  result(name: string, isInstance: boolean): Value | undefined;
  awaited(name: string): Value | undefined;
  item(name: string): Value | undefined;
  entered(name: string): Value | undefined;
  /** Whether calling `name` gives back its first argument, as `functools.partial` nearly does. */
  returnsFirst(name: string): boolean;
  /** Whether calling `name` gives something that holds the result of calling its first argument, as `asyncio.to_thread` does. */
  callsFirst(name: string): boolean;
  /** Whether a default of `name(f)` means that a framework passes what `f` gives, as `fastapi.Depends` does. */
  injects(name: string): boolean;
  /** Whether attributes of `name` are whatever the program sets, as those of Starlette's `app.state`. */
  isOpen(name: string): boolean;
  decorator(name: string): DecoratorEffect | undefined;
}
