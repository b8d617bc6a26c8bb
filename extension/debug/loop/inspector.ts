import { Scope, Source, Thread } from '@vscode/debugadapter';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { basename } from 'node:path';
import type { FrameRow, LoopEngine, TaskRow, VariableRow } from './engine';
import type { References } from './references';
import type { Place, ThreadNumbers } from './threads';

/** The runtime gives no more parts at once. */
const PAGE = 1_000;

/** How lines and paths are turned into the client's and back. */
export interface Lines {
  toClientLine(line: number): number;
  toOwnLine(line: number): number;
  toClientPath(path: string): string;
  toOwnPath(path: string): string;
}

/** Answers what a client asks about a held process. */
export class Inspector {
  public constructor(
    private readonly numbers: ThreadNumbers<LoopEngine>,
    private readonly references: References<LoopEngine>,
    private readonly lines: Lines,
  ) {}

  public async threads(engine: LoopEngine, isHeld: boolean, namesEngine: boolean): Promise<DebugProtocol.Thread[]> {
    const suffix = namesEngine ? ` · ${engine.name}` : '';
    const loops = (rows: readonly { id: number; name: string }[], more: string): DebugProtocol.Thread[] =>
      rows.map(({ id, name }) => new Thread(this.numbers.of({ engine, kind: 'loop', id }), name + suffix + more));
    if (!isHeld) return loops(engine.loops(), '');
    const answer = await engine.request('tasks', {}).catch(() => null);
    // It went on before it could answer.
    if (answer === null) return loops(engine.loops(), '');
    const { tasks, total } = answer;
    const more = total > tasks.length ? ` · ${tasks.length} of ${total.toLocaleString('en')} tasks` : '';
    const ofTasks = tasks.map(
      (row) => new Thread(this.numbers.of({ engine, kind: 'task', id: row.id }), threadName(row) + suffix),
    );
    return [...loops(answer.loops, more), ...ofTasks];
  }

  public async stackTrace(
    { engine, kind, id }: Place<LoopEngine>,
    { startFrame = 0, levels = 0 }: DebugProtocol.StackTraceArguments,
  ): Promise<DebugProtocol.StackTraceResponse['body']> {
    const { frames } = await engine.request('frames', kind === 'task' ? { task: id } : { loop: id });
    const end = levels > 0 ? startFrame + levels : frames.length;
    return {
      stackFrames: frames.slice(startFrame, end).map((row) => this.frame(engine, row)),
      totalFrames: frames.length,
    };
  }

  public async scopes(frame: number): Promise<DebugProtocol.ScopesResponse['body']> {
    const { engine, id } = this.references.get(frame);
    const { scopes } = await engine.request('scopes', { frame: id });
    return {
      scopes: scopes.map(({ name, reference, named }): DebugProtocol.Scope => {
        const scope: DebugProtocol.Scope = new Scope(name, this.references.add(engine, reference, 0, named));
        scope.namedVariables = named;
        if (name === 'Locals') scope.presentationHint = 'locals';
        return scope;
      }),
    };
  }

  public async variables(request: DebugProtocol.VariablesArguments): Promise<DebugProtocol.VariablesResponse['body']> {
    const { engine, id, indexed, named } = this.references.get(request.variablesReference);
    const start = request.start ?? 0;
    const count = request.count !== undefined && request.count > 0 ? request.count : PAGE;
    const filter = request.filter ?? '';
    const answer = await engine.request('variables', { reference: id, start, count, filter });
    const variables = answer.variables.map((row): DebugProtocol.Variable => ({
      ...this.value(engine, row),
      name: row.name,
      value: row.text,
    }));
    const total = filter === 'indexed' ? indexed : filter === 'named' ? named : indexed + named;
    const missing = total - start - variables.length;
    if (count === PAGE && missing > 0) {
      const value = `${missing.toLocaleString('en')} more are not listed`;
      variables.push({ name: '…', value, variablesReference: 0, presentationHint: { kind: 'virtual' } });
    }
    return { variables };
  }

  /** What a variable and the result of an evaluation have in common. */
  public value(
    engine: LoopEngine,
    row: VariableRow,
  ): Pick<
    DebugProtocol.Variable,
    'type' | 'variablesReference' | 'namedVariables' | 'indexedVariables' | 'evaluateName'
  > {
    return {
      variablesReference: this.references.add(engine, row.reference, row.indexed, row.named),
      ...(row.type === '' ? {} : { type: row.type }),
      ...(row.indexed > 0 ? { indexedVariables: row.indexed } : {}),
      ...(row.named > 0 ? { namedVariables: row.named } : {}),
      ...(row.expression === null || row.expression === '' ? {} : { evaluateName: row.expression }),
    };
  }

  private frame(engine: LoopEngine, row: FrameRow): DebugProtocol.StackFrame {
    const id = this.references.add(engine, row.id);
    const source: DebugProtocol.Source | undefined = row.file.startsWith('<')
      ? undefined
      : new Source(basename(row.file), this.lines.toClientPath(row.file));
    if (source !== undefined && !row.user) source.presentationHint = 'deemphasize';
    return {
      id,
      name: frameName(row),
      line: this.lines.toClientLine(row.line),
      column: 1,
      ...(source === undefined ? {} : { source }),
      ...(row.kind === 'creation' || !row.user ? { presentationHint: 'subtle' as const } : {}),
    };
  }
}

function threadName({ name, state, waits_on: waitsOn }: TaskRow): string {
  return `${name} · ${waitsOn === null ? state : state === 'cancelling' ? `cancelling, in ${waitsOn}` : waitsOn}`;
}

function frameName(row: FrameRow): string {
  switch (row.kind) {
    case 'creation':
      return `created in ${row.function}`;
    case 'caught':
      return `${row.function} (during the jam)`;
    case 'found':
      return `${row.function} (finding)`;
    case 'next':
      return `next: ${row.function}`;
    case 'await':
    case 'raised':
      return row.function;
  }
}
