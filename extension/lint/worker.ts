import { parentPort } from 'node:worker_threads';
import { LintEngine } from './engine.js';
import type { FromLintWorker, ToLintWorker } from './messages.js';
import { PythonParser } from './syntax/parser.js';

/**
 * The entry of the lint worker: `new Worker('dist/lint-worker.js')`, then {@link ToLintWorker} messages in and
 * {@link FromLintWorker} messages out. Messages sent before the parser is loaded wait for it.
 */
const port = parentPort;
if (port !== null) {
  const send = (message: FromLintWorker): void => port.postMessage(message);
  const engine = PythonParser.create().then((parser) => new LintEngine(parser, send));
  engine.catch((error: unknown) =>
    send({ type: 'problem', message: error instanceof Error ? error.message : String(error) }),
  );
  port.on('message', (message: ToLintWorker) => {
    void engine.then(
      (ready) => ready.receive(message),
      () => undefined,
    );
  });
}
