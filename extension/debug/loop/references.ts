/** What a number given to the client stands for in one process. */
export interface Reference<Engine> {
  readonly engine: Engine;
  readonly id: number;
  readonly indexed: number;
  readonly named: number;
}

/** Numbers of frames, scopes and variables. They are good for one stop: `clear` forgets them, and none comes again. */
export class References<Engine> {
  private readonly known = new Map<number, Reference<Engine>>();
  private last = 0;

  /** Gives 0, which means that there is nothing to open, for id 0. */
  public add(engine: Engine, id: number, indexed = 0, named = 0): number {
    if (id === 0) return 0;
    this.known.set(++this.last, { engine, id, indexed, named });
    return this.last;
  }

  /** @throws Error with a sentence when the number is of an earlier stop. */
  public get(number: number): Reference<Engine> {
    const found = this.known.get(number);
    if (found === undefined) throw new Error('This was shown at an earlier stop; the loop has run since.');
    return found;
  }

  public clear(): void {
    this.known.clear();
  }
}
