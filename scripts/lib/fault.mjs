// @ts-check

/** A failure that one sentence explains: what was wrong, where, and what to do. It is printed without a stack. */
export class Fault extends Error {
  /** @override */
  name = 'Fault';
}

/**
 * Prints why a script cannot go on and sets its exit code.
 *
 * @param {unknown} error What was thrown.
 */
export function report(error) {
  if (error instanceof Fault || isBadArgument(error)) {
    process.stderr.write(`${error.message}\n`);
  } else {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  }
  process.exitCode = 1;
}

/**
 * @param {unknown} error
 * @returns {error is Error} Whether the command line was wrong; Node's sentence says how.
 */
function isBadArgument(error) {
  return error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
}
