/** Does something soon after it was asked for, and at most once in a stretch of time however often that was. */
export class Pacer {
  private timer: NodeJS.Timeout | undefined;
  private wanted = false;

  /** @param intervalMs The shortest time between two runs that were asked for, in ms. */
  constructor(
    private readonly intervalMs: number,
    private readonly run: () => void,
  ) {}

  /** Asks for a run. */
  request(): void {
    this.wanted = true;
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      if (this.wanted) this.runNow();
    }, this.intervalMs);
  }

  /** Runs at once; what was asked for until now is done by that. */
  runNow(): void {
    this.wanted = false;
    this.run();
  }

  /** Nothing runs any more that was asked for until now. */
  dispose(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.wanted = false;
  }
}
