import type { FrameLocals, LocalView } from '../model';
import type { Connection, Question } from './connection';

/** Frames whose locals are told, innermost first: where a task waits is not far up. */
const MAX_FRAMES = 8;
/** Locals told of a frame; the others are counted. */
const MAX_LOCALS = 40;

type Row = Readonly<Record<string, unknown>>;

/**
 * The locals of a task whose loop is held, frame by frame from the innermost of the user's own.
 *
 * @throws Error with the sentence that the runtime answered, as when the loop is not held any more.
 */
export async function heldLocals(connection: Connection, task: number): Promise<readonly FrameLocals[]> {
  const frames = await rows(connection, 'frames', { task });
  const wanted = frames.filter(({ kind, user }) => kind === 'await' && user === true).slice(0, MAX_FRAMES);
  const found: FrameLocals[] = [];
  for (const frame of wanted) {
    const scopes = await rows(connection, 'scopes', { frame: frame['id'] });
    const locals = scopes.find(({ name }) => name === 'Locals');
    if (locals === undefined) continue;
    const question = { reference: locals['reference'], start: 0, count: MAX_LOCALS, filter: '' };
    const variables = (await rows(connection, 'variables', question)).map(viewOf);
    const more = Math.max(0, Number(locals['named']) - variables.length);
    found.push({ function: String(frame['function']), line: Number(frame['line']), variables, more });
  }
  return found;
}

function viewOf({ name, text, type }: Row): LocalView {
  return { name: String(name), text: String(text), type: String(type) };
}

/** What a debugger's command answers with: rows under its own name. */
async function rows(
  connection: Connection,
  command: Question['command'],
  arguments_: Record<string, unknown>,
): Promise<readonly Row[]> {
  const { result } = await connection.request({ command, arguments: arguments_ });
  const found = result?.[command];
  return Array.isArray(found) ? found.filter((row): row is Row => typeof row === 'object' && row !== null) : [];
}
