/** What the buttons of a page name by ids, looked up in what it shows. Knows no VS Code. */
import { momentOf, type Moment, type SessionsQueries } from '../model';
import type { Site } from '../protocol/generated/types';
import type { Mutable } from '../protocol/webview-messages';
import { holdAt, mutableRow, type Hold } from './panel-remarks';

/** The answers, at once or when they are here; null for what is not there any more. Rejects with a sentence. */
export interface Lookups {
  site(process: string, id: number): Site | null | Promise<Site | null>;
  hold(process: string, site: number): Hold | null | Promise<Hold | null>;
  /** What a row is recognised by. */
  fingerprint(process: string, row: Mutable): string | null | Promise<string | null>;
  /**
   * What counts of a process now.
   * @param process Its key; null for the newest.
   * @param title What it is of, instead of the program's own title.
   */
  moment(process: string | null, title?: string): Moment | null | Promise<Moment | null>;
}

/** Looks up in sessions of this thread. */
export class SessionLookups implements Lookups {
  /** @param now The clock the model is driven with, in ms. */
  constructor(
    private readonly sessions: SessionsQueries,
    private readonly now: () => number,
  ) {}

  site(process: string, id: number): Site | null {
    return this.sessions.get(process)?.site(id) ?? null;
  }

  hold(process: string, site: number): Hold | null {
    const model = this.sessions.get(process);
    return model === undefined ? null : holdAt(model, model.overview(this.now()), site);
  }

  fingerprint(process: string, row: Mutable): string | null {
    const model = this.sessions.get(process);
    return (model && mutableRow(model, row)?.fingerprint) ?? null;
  }

  moment(process: string | null, title?: string): Moment | null {
    const model = process === null ? this.sessions.current : this.sessions.get(process);
    return model === undefined ? null : momentOf(model, this.now(), title);
  }
}
