import type { ConfiguredEntry } from '../catalogue/catalogue.js';
import type { Severity } from '../catalogue/types.js';
import { ruleInfo } from '../rules/registry.js';
import { globMatcher } from './glob.js';
import { parseToml } from './toml.js';

const SEVERITIES = ['error', 'warning', 'information', 'hint', 'off'];
const KINDS = ['network', 'file', 'path', 'process', 'lock', 'sleep', 'terminal', 'cpu'];
const KEYS = ['python', 'rules', 'paths', 'exclude', 'source-roots', 'blocking', 'offload'];

/** How a workspace wants to be linted. */
export interface LintConfig {
  /** Oldest and newest Python 3 minor version the program runs on. */
  oldestPython: number;
  newestPython: number;
  /** Severity by rule id. */
  rules: ReadonlyMap<string, Severity | 'off'>;
  /** Severity by rule id for files that match, later ones first. */
  paths: readonly { matches: (path: string) => boolean; rules: ReadonlyMap<string, Severity | 'off'> }[];
  /** Whether a file, by its path relative to the workspace folder, is left out. */
  excludes: (path: string) => boolean;
  sourceRoots: readonly string[];
  blocking: readonly ConfiguredEntry[];
  /** Functions that run their first argument in a thread. */
  offload: readonly string[];
}

/** A configuration that cannot be used; the message is one sentence that says where and what to do. */
export class ConfigError extends Error {}

/** What applies without any configuration. */
export const DEFAULT_CONFIG: LintConfig = {
  oldestPython: 9,
  newestPython: 15,
  rules: new Map(),
  paths: [],
  excludes: () => false,
  sourceRoots: [],
  blocking: [],
  offload: [],
};

/**
 * Reads a configuration file: JSON, or TOML with the settings under `[tool.loopscope]` (a `pyproject.toml`) or at the top.
 * @throws ConfigError
 */
export function parseConfig(text: string, fileName: string): LintConfig {
  let raw: unknown;
  try {
    raw = fileName.endsWith('.toml') ? parseToml(text) : JSON.parse(text);
  } catch (error) {
    throw new ConfigError(
      `${fileName} cannot be read (${error instanceof Error ? error.message : String(error)}): correct it or leave out --config.`,
    );
  }
  if (!isTable(raw)) throw new ConfigError(`${fileName} must hold one object with settings such as "rules".`);
  const isProject = /pyproject\.toml$/.test(fileName);
  const tool = isTable(raw['tool']) ? raw['tool']['loopscope'] : undefined;
  const settings = tool ?? (isProject ? {} : raw);
  if (!isTable(settings)) throw new ConfigError(`${fileName}: [tool.loopscope] must be a table.`);
  const project = isTable(raw['project']) ? raw['project']['requires-python'] : undefined;
  return readSettings(settings, fileName, typeof project === 'string' ? project : undefined);
}

/**
 * A configuration with the settings of an editor laid over it. Lists are added to, tables are merged, scalars replaced.
 * @throws ConfigError
 */
export function mergeSettings(config: LintConfig, settings: Record<string, unknown>): LintConfig {
  const own = readSettings(settings, 'The settings', undefined);
  const hasPython = settings['python'] !== undefined;
  return {
    oldestPython: hasPython ? own.oldestPython : config.oldestPython,
    newestPython: hasPython ? own.newestPython : config.newestPython,
    rules: new Map([...config.rules, ...own.rules]),
    paths: [...config.paths, ...own.paths],
    excludes: (path) => config.excludes(path) || own.excludes(path),
    sourceRoots: [...config.sourceRoots, ...own.sourceRoots],
    blocking: [...config.blocking, ...own.blocking],
    offload: [...config.offload, ...own.offload],
  };
}

function readSettings(settings: Record<string, unknown>, fileName: string, requires: string | undefined): LintConfig {
  for (const key of Object.keys(settings)) {
    if (!KEYS.includes(key))
      throw new ConfigError(`${fileName}: unknown setting "${key}"; the settings are ${KEYS.join(', ')}.`);
  }
  const python = settings['python'] ?? requires ?? '>=3.9';
  if (typeof python !== 'string')
    throw new ConfigError(`${fileName}: "python" must be a string such as "3.12" or ">=3.9".`);
  const [oldestPython, newestPython] = pythonRange(python, fileName, settings['python'] !== undefined);
  const exclude = strings(settings['exclude'], 'exclude', fileName).map(globMatcher);
  return {
    oldestPython,
    newestPython,
    rules: ruleTable(settings['rules'], `${fileName}: "rules"`),
    paths: Object.entries(table(settings['paths'], 'paths', fileName)).map(([pattern, rules]) => ({
      matches: globMatcher(pattern),
      rules: ruleTable(rules, `${fileName}: "paths" → "${pattern}"`),
    })),
    excludes: (path) => exclude.some((matches) => matches(path)),
    sourceRoots: strings(settings['source-roots'], 'source-roots', fileName),
    blocking: blockingEntries(settings['blocking'], fileName),
    offload: strings(settings['offload'], 'offload', fileName),
  };
}

function pythonRange(text: string, fileName: string, isOwn: boolean): [number, number] {
  const exact = /^(?:==\s*|~=\s*)?3\.(\d+)(?:\.[\d*]+)?$/.exec(text.trim())?.[1];
  if (exact !== undefined) return [Number(exact), Number(exact)];
  const oldest = />=?\s*3\.(\d+)/.exec(text)?.[1];
  const below = /<\s*3\.(\d+)/.exec(text)?.[1];
  const upTo = /<=\s*3\.(\d+)/.exec(text)?.[1];
  if (oldest === undefined && below === undefined && upTo === undefined && isOwn) {
    throw new ConfigError(
      `${fileName}: "python" is "${text}"; write a version such as "3.12" or a range such as ">=3.9".`,
    );
  }
  const newest =
    upTo !== undefined ? Number(upTo) : below !== undefined ? Number(below) - 1 : DEFAULT_CONFIG.newestPython;
  return [oldest === undefined ? DEFAULT_CONFIG.oldestPython : Number(oldest), newest];
}

function isTable(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function table(value: unknown, key: string, fileName: string): Record<string, unknown> {
  if (value === undefined) return {};
  if (!isTable(value)) throw new ConfigError(`${fileName}: "${key}" must be an object.`);
  return value;
}

function strings(value: unknown, key: string, fileName: string): string[] {
  if (value === undefined) return [];
  if (!Array.isArray(value) || !value.every((each) => typeof each === 'string'))
    throw new ConfigError(`${fileName}: "${key}" must be a list of strings.`);
  return value;
}

function ruleTable(value: unknown, where: string): ReadonlyMap<string, Severity | 'off'> {
  if (value === undefined) return new Map();
  if (!isTable(value)) throw new ConfigError(`${where} must be an object of rule ids and severities.`);
  const rules = new Map<string, Severity | 'off'>();
  for (const [id, severity] of Object.entries(value)) {
    if (ruleInfo(id) === undefined)
      throw new ConfigError(`${where} names an unknown rule "${id}"; the rules are listed in docs/rules.`);
    if (typeof severity !== 'string' || !SEVERITIES.includes(severity))
      throw new ConfigError(`${where}: "${id}" must be one of ${SEVERITIES.join(', ')}.`);
    rules.set(id, severity as Severity | 'off');
  }
  return rules;
}

function blockingEntries(value: unknown, fileName: string): ConfiguredEntry[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw new ConfigError(`${fileName}: "blocking" must be a list of objects with a "name".`);
  return value.map((each: unknown) => {
    const entry = typeof each === 'string' ? { name: each } : each;
    if (!isTable(entry) || typeof entry['name'] !== 'string')
      throw new ConfigError(`${fileName}: each entry of "blocking" needs a "name" such as "package.function".`);
    const { name, kind, severity, replacement } = entry;
    if (kind !== undefined && !KINDS.includes(kind as string))
      throw new ConfigError(`${fileName}: the kind of "${name}" must be one of ${KINDS.join(', ')}.`);
    if (severity !== undefined && !SEVERITIES.includes(severity as string))
      throw new ConfigError(`${fileName}: the severity of "${name}" must be one of ${SEVERITIES.join(', ')}.`);
    return {
      name,
      ...(kind === undefined ? {} : { kind: kind as NonNullable<ConfiguredEntry['kind']> }),
      ...(severity === undefined ? {} : { severity: severity as Severity | 'off' }),
      ...(typeof replacement === 'string' ? { replacement } : {}),
    };
  });
}
