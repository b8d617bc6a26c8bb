import type { Edit, Finding } from './findings.js';

/** A change of an open document, as an editor reports it: offsets in UTF-16 units, applied in the order given. */
export interface TextChange {
  offset: number;
  length: number;
  text: string;
}

/** What an editor tells the lint worker. Paths are absolute, with `/` as separator. */
export type ToLintWorker =
  /** First of all, and again when folders or settings change: reads and analyses everything anew. */
  | {
      type: 'configure';
      roots: string[];
      /** A configuration file; null for the nearest `loopscope.json` or `pyproject.toml` of the first folder. */
      configFile: string | null;
      /** Settings of the editor, in the shape of a configuration file; they win over the file. */
      settings: Record<string, unknown>;
    }
  | { type: 'open'; path: string; version: number; text: string }
  | { type: 'change'; path: string; version: number; changes: TextChange[] }
  | { type: 'close'; path: string }
  /** Files that changed, appeared or vanished on disk. */
  | { type: 'files'; changed: string[]; deleted: string[] }
  /** The text of a runtime report whose measurements findings are joined with; null for none. */
  | { type: 'evidence'; report: string | null }
  /** Asks for the edits that make the functions on the way to a blocking call asynchronous; answered by `madeAsync`. */
  | { type: 'makeAsync'; id: number; path: string; line: number; column: number; rule: string }
  /** Stops reading the workspace; open documents are still linted. */
  | { type: 'cancel' };

/** Edits of a file: of a version of an open document, or of the file on disk (null). */
export interface FileEdits {
  path: string;
  version: number | null;
  edits: Edit[];
}

/** The edits that make functions asynchronous, or why that cannot be, in one sentence. */
export type MadeAsync = { files: FileEdits[] } | { refusal: string };

/** What the lint worker tells the editor. */
export type FromLintWorker =
  /** All findings of a file; sent again whenever they change. `version` is that of the open document, or null. */
  | { type: 'findings'; path: string; version: number | null; findings: Finding[] }
  /** The answer to `makeAsync`. */
  | ({ type: 'madeAsync'; id: number } & MadeAsync)
  /** An edit was taken in, and what it changes in its own document was sent. */
  | { type: 'taken'; path: string; version: number }
  | { type: 'progress'; done: number; total: number }
  /** The whole workspace is analysed. */
  | { type: 'analyzed'; files: number; findings: number; milliseconds: number }
  /** Something the user should know and can change, in one sentence. */
  | { type: 'problem'; message: string };
