/** What a tool can be asked for, as the schemas in `package.json` describe it, checked. */
export interface ToolInput {
  /** Process id; null for the one that the panel would show. */
  readonly process: number | null;
  /** In the filter language of the task list. */
  readonly filter: string;
  /** Number of one task; null for the list. */
  readonly task: number | null;
  /** Path of a file, or the end of one; null for all. */
  readonly file: string | null;
  /** Id of a finding; null for all. */
  readonly rule: string | null;
  /** Entries skipped. */
  readonly offset: number;
  /** Entries wanted. */
  readonly count: number;
}

/** The most entries that are given at once. */
export const MAX_COUNT = 100;
const USUAL_COUNT = 20;

/** Checks what a model asked for. @throws Error with a sentence that the model can act upon. */
export function readToolInput(value: unknown): ToolInput {
  if (value !== undefined && value !== null && (typeof value !== 'object' || Array.isArray(value))) {
    throw new Error('The input of a Loopscope tool must be an object.');
  }
  const fields = (value ?? {}) as Readonly<Record<string, unknown>>;
  return {
    process: whole(fields, 'process', 1),
    filter: text(fields, 'filter') ?? '',
    task: whole(fields, 'task', 0),
    file: text(fields, 'file'),
    rule: text(fields, 'rule'),
    offset: whole(fields, 'offset', 0) ?? 0,
    count: Math.min(whole(fields, 'count', 1) ?? USUAL_COUNT, MAX_COUNT),
  };
}

function whole(fields: Readonly<Record<string, unknown>>, name: string, least: number): number | null {
  const value = fields[name] ?? null;
  if (value === null) return null;
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < least) {
    throw new Error(`“${name}” must be a whole number from ${least} on.`);
  }
  return value;
}

function text(fields: Readonly<Record<string, unknown>>, name: string): string | null {
  const value = fields[name] ?? null;
  if (value === null || value === '') return null;
  if (typeof value !== 'string') throw new Error(`“${name}” must be a string.`);
  return value;
}
