import type { Hold, PlaceFixes } from '../panel-remarks';

/** The linter's fixes as another thread tells of them: a title is null until it is here. */
export class RemoteFixes implements PlaceFixes {
  private readonly holds = new Map<string, { readonly hold: Hold; title: string | null }>();
  private readonly listeners = new Set<() => void>();
  private changes = 0;

  /** @param ask Asks for the title of a hold, which {@link answer} takes. */
  constructor(private readonly ask: (key: string, hold: Hold) => void) {}

  get revision(): number {
    return this.changes;
  }

  titleFor(_process: string, hold: Hold): string | null {
    const key = JSON.stringify([hold.site?.id, hold.callee, hold.cause]);
    const known = this.holds.get(key);
    if (known !== undefined) return known.title;
    this.holds.set(key, { hold, title: null });
    this.ask(key, hold);
    return null;
  }

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Takes a title that was asked for. */
  answer(key: string, title: string | null): void {
    const known = this.holds.get(key);
    if (known === undefined || known.title === title) return;
    known.title = title;
    this.changes++;
    for (const listener of [...this.listeners]) listener();
  }

  /** Fixes may have come or gone: asks for all titles again. */
  refresh(): void {
    for (const [key, { hold }] of this.holds) this.ask(key, hold);
  }
}
