/** The latest single steps of one process, in the order they came in. Holds at most `capacity`; the oldest go first. */
export class StepRing {
  private size = 0;
  private loops = new Uint32Array(0);
  private tasks = new Uint32Array(0);
  private wakers = new Uint32Array(0);
  private started = new Float64Array(0);
  private ended = new Float64Array(0);
  private ready = new Float64Array(0);
  /** Steps that ever came in. */
  private count = 0;

  public constructor(private readonly capacity: number) {}

  /** How many steps ever came in: the number of the next one. */
  public get next(): number {
    return this.count;
  }

  /** The number of the oldest step that is kept. */
  public get oldest(): number {
    return Math.max(0, this.count - this.size);
  }

  /** Adds a step. Times in nanoseconds; 0 for a `task`, a `readyNs` or a waker that is not there or not known. */
  public push(loop: number, task: number, startedNs: number, endedNs: number, readyNs: number, wokenBy: number): void {
    if (this.count >= this.size && this.size < this.capacity) this.grow();
    const slot = this.count % this.size;
    this.loops[slot] = loop;
    this.tasks[slot] = task;
    this.wakers[slot] = wokenBy;
    this.started[slot] = startedNs;
    this.ended[slot] = endedNs;
    this.ready[slot] = readyNs;
    this.count++;
  }

  /** Calls `take` for every step kept from number `from` on, oldest first. */
  public forEach(
    from: number,
    take: (
      loop: number,
      task: number,
      startedNs: number,
      endedNs: number,
      readyNs: number,
      wokenBy: number,
      number: number,
    ) => void,
  ): void {
    for (let number = Math.max(from, this.oldest); number < this.count; number++) {
      const slot = number % this.size;
      take(
        this.loops[slot] ?? 0,
        this.tasks[slot] ?? 0,
        this.started[slot] ?? 0,
        this.ended[slot] ?? 0,
        this.ready[slot] ?? 0,
        this.wakers[slot] ?? 0,
        number,
      );
    }
  }

  /** Until it is full for the first time, steps lie in the order of their numbers: a longer array takes them as they are. */
  private grow(): void {
    this.size = Math.min(this.capacity, Math.max(1024, this.size * 2));
    const widen = <T extends Uint32Array | Float64Array>(old: T, wider: T): T => {
      wider.set(old);
      return wider;
    };
    this.loops = widen(this.loops, new Uint32Array(this.size));
    this.tasks = widen(this.tasks, new Uint32Array(this.size));
    this.wakers = widen(this.wakers, new Uint32Array(this.size));
    this.started = widen(this.started, new Float64Array(this.size));
    this.ended = widen(this.ended, new Float64Array(this.size));
    this.ready = widen(this.ready, new Float64Array(this.size));
  }
}
