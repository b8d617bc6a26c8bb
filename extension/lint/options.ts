import { SEVERITIES } from './findings.js';
import type { Severity } from './catalogue/types.js';

/** What the command line asked for. */
export interface Options {
  format: 'text' | 'json' | 'sarif';
  config: string | undefined;
  paths: string[];
  fix: boolean;
  /** Report only findings on lines changed since this git revision. */
  diff: string | undefined;
  evidence: string | undefined;
  /** What is less severe is not reported, fixed or counted. */
  minSeverity: Severity;
  /** The path standard input is to be taken for. */
  stdinFilename: string | undefined;
  help: boolean;
  version: boolean;
  rules: boolean;
}

/** A command line that makes no sense; the message is one sentence with what to do. */
export class UsageError extends Error {}

export const HELP = `Usage: loopscope-lint [OPTION]... PATH...
Find what blocks an asyncio event loop, through helpers and across files, and other asyncio mistakes.

  --format text|json|sarif  how to print the findings (default: text)
  --config FILE             settings: a JSON file, or a TOML file with [tool.loopscope]
                            (default: the nearest loopscope.json or pyproject.toml)
  --evidence REPORT.json    a report of "python -m loopscope run --report": severities follow what was measured; with
                            "--foreseen FINDINGS.json", what --format json wrote, what ran without harm is a hint
  --min-severity LEVEL      only findings that are at least: error, warning, information or hint (default: hint)
  --diff REVISION           only findings on lines changed since a git revision
  --fix                     apply the fixes that keep what the program does, then report the rest
  --stdin-filename NAME     lint standard input (PATH "-") as if it were this file
  --rules                   list the rules
  --version, --help

Exit status: 0 nothing was reported, 1 something was, be it a hint (see --min-severity), 2 could not run.
`;

/** Reads the arguments after the program name. @throws UsageError */
export function parseOptions(args: readonly string[]): Options {
  const options: Options = {
    format: 'text',
    config: undefined,
    paths: [],
    fix: false,
    diff: undefined,
    evidence: undefined,
    minSeverity: 'hint',
    stdinFilename: undefined,
    help: false,
    version: false,
    rules: false,
  };
  const rest = [...args];
  const value = (name: string, inline: string | undefined): string => {
    const found = inline ?? rest.shift();
    if (found === undefined || (inline === undefined && found.startsWith('--')))
      throw new UsageError(`${name} needs a value: see --help.`);
    return found;
  };
  for (let argument = rest.shift(); argument !== undefined; argument = rest.shift()) {
    if (argument === '--') {
      options.paths.push(...rest.splice(0));
      break;
    }
    const [name, inline] = argument.startsWith('--') ? splitOnce(argument) : [argument, undefined];
    switch (name) {
      case '--format': {
        const format = value(name, inline);
        if (format !== 'text' && format !== 'json' && format !== 'sarif')
          throw new UsageError(`--format is "${format}": it must be text, json or sarif.`);
        options.format = format;
        break;
      }
      case '--config':
        options.config = value(name, inline);
        break;
      case '--evidence':
        options.evidence = value(name, inline);
        break;
      case '--min-severity': {
        const level = value(name, inline);
        const severity = SEVERITIES.find((each) => each === level);
        if (severity === undefined)
          throw new UsageError(`--min-severity is "${level}": it must be error, warning, information or hint.`);
        options.minSeverity = severity;
        break;
      }
      case '--diff':
        options.diff = value(name, inline);
        break;
      case '--stdin-filename':
        options.stdinFilename = value(name, inline);
        break;
      case '--fix':
        options.fix = true;
        break;
      case '--help':
      case '-h':
        options.help = true;
        break;
      case '--version':
        options.version = true;
        break;
      case '--rules':
        options.rules = true;
        break;
      default:
        if (argument.startsWith('-') && argument !== '-')
          throw new UsageError(`unknown option ${argument}: see --help.`);
        options.paths.push(argument);
    }
  }
  return options;
}

function splitOnce(argument: string): [string, string | undefined] {
  const equals = argument.indexOf('=');
  return equals < 0 ? [argument, undefined] : [argument.slice(0, equals), argument.slice(equals + 1)];
}
