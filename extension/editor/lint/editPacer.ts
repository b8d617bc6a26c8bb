import type { TextChange, ToLintWorker } from '../../lint/messages';

interface Waiting {
  version: number;
  changes: TextChange[];
  /** The version the linter is looking at, or null when it waits for the next. */
  lookedAt: number | null;
}

/**
 * Hands edits to the linter: at once while it has nothing else of that document to do, and together once it is done with
 * the ones before. However fast the typing and however slow the machine, no more than one look waits for another.
 */
export class EditPacer {
  private readonly documents = new Map<string, Waiting>();

  public constructor(private readonly send: (message: ToLintWorker) => void) {}

  /** A document was edited; `version` is the one after. */
  public edited(path: string, version: number, changes: readonly TextChange[]): void {
    let document = this.documents.get(path);
    if (!document) this.documents.set(path, (document = { version, changes: [], lookedAt: null }));
    document.version = version;
    document.changes.push(...changes);
    if (document.lookedAt === null) this.flush(path);
  }

  /** The linter has looked at a version. */
  public taken(path: string, version: number): void {
    const document = this.documents.get(path);
    if (document?.lookedAt !== version) return;
    document.lookedAt = null;
    this.flush(path);
  }

  /** Sends what waits, whatever the linter is at. */
  public flush(path: string): void {
    const document = this.documents.get(path);
    if (!document || document.changes.length === 0) return;
    const { version, changes } = document;
    document.changes = [];
    document.lookedAt = version;
    this.send({ type: 'change', path, version, changes });
  }

  /** Forgets a document: it was closed, or is told anew. */
  public forget(path: string): void {
    this.documents.delete(path);
  }

  /** Forgets them all. */
  public clear(): void {
    this.documents.clear();
  }
}
