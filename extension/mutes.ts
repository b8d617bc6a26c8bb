/** What a person said does not matter, and why. Knows no VS Code. */

/** What VS Code keeps for an extension, over restarts. */
export interface Memory {
  get(key: string): unknown;
  update(key: string, value: unknown): unknown;
}

const KEY = 'loopscope.mutes';
/** The oldest are forgotten beyond it. */
const MAX_MUTES = 1_000;
/** A reason longer than this is cut. */
const MAX_REASON = 500;

/** Reasons by what they are about; see `model/fingerprints.ts`. */
export class Mutes {
  private reasons: Map<string, string>;
  private readonly listeners = new Set<() => void>();
  private changes = 0;

  constructor(private readonly memory: Memory) {
    this.reasons = read(memory.get(KEY));
  }

  /** Raised with every change. */
  get revision(): number {
    return this.changes;
  }

  get isEmpty(): boolean {
    return this.reasons.size === 0;
  }

  /** All there are: what they are about and why. */
  get all(): readonly (readonly [fingerprint: string, reason: string])[] {
    return [...this.reasons];
  }

  /** Why something does not matter; null when it does. */
  reasonFor(fingerprint: string): string | null {
    return this.reasons.get(fingerprint) ?? null;
  }

  mute(fingerprint: string, reason: string): void {
    this.reasons.delete(fingerprint);
    this.reasons.set(fingerprint, reason.slice(0, MAX_REASON));
    const [oldest] = this.reasons.keys();
    if (this.reasons.size > MAX_MUTES && oldest !== undefined) this.reasons.delete(oldest);
    this.changed();
  }

  unmute(fingerprint: string): void {
    if (this.reasons.delete(fingerprint)) this.changed();
  }

  /** Takes the place of all there are. */
  adopt(reasons: Mutes['all']): void {
    this.reasons = new Map(reasons);
    this.changed();
  }

  /** Calls `listener` with every change. Returns the way out. */
  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private changed(): void {
    this.changes++;
    void this.memory.update(KEY, [...this.reasons]);
    for (const listener of [...this.listeners]) listener();
  }
}

/** What an earlier window kept; what another version wrote there is left out. */
function read(kept: unknown): Map<string, string> {
  if (!Array.isArray(kept)) return new Map();
  return new Map(
    kept.filter(
      (entry): entry is [string, string] =>
        Array.isArray(entry) && typeof entry[0] === 'string' && typeof entry[1] === 'string',
    ),
  );
}
