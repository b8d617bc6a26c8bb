/** What a thread of the Call Stack view stands for. */
export interface Place<Engine> {
  readonly engine: Engine;
  readonly kind: 'loop' | 'task';
  /** The number that the runtime knows it by. */
  readonly id: number;
}

/** More than ever are shown at once; beyond it those that were shown longest ago are forgotten. */
const MAX_KEPT = 5_000;

/** Gives loops and tasks the numbers of threads: the same one each time, for as long as the session lasts. */
export class ThreadNumbers<Engine> {
  private readonly byName = new Map<string, number>();
  private readonly places = new Map<number, Place<Engine>>();
  private readonly engines = new Map<Engine, number>();
  private last = 0;

  public of(place: Place<Engine>): number {
    const name = `${this.numberOf(place.engine)}/${place.kind}/${place.id}`;
    const known = this.byName.get(name);
    const number = known ?? ++this.last;
    // Moves what is shown again to the end, so that the beginning is what was shown longest ago.
    this.byName.delete(name);
    this.byName.set(name, number);
    this.places.set(number, place);
    if (this.byName.size > MAX_KEPT) this.forgetOldest();
    return number;
  }

  public place(number: number): Place<Engine> | undefined {
    return this.places.get(number);
  }

  public forgetEngine(engine: Engine): void {
    const number = this.engines.get(engine);
    for (const [name, thread] of this.byName) {
      if (!name.startsWith(`${number}/`)) continue;
      this.byName.delete(name);
      this.places.delete(thread);
    }
    this.engines.delete(engine);
  }

  private forgetOldest(): void {
    const [oldest] = this.byName;
    if (oldest === undefined) return;
    this.byName.delete(oldest[0]);
    this.places.delete(oldest[1]);
  }

  private numberOf(engine: Engine): number {
    let number = this.engines.get(engine);
    if (number === undefined) this.engines.set(engine, (number = ++this.last));
    return number;
  }
}
