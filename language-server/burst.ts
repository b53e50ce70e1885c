/** Gathers a burst of events about a thing into one call, made when it has been quiet for a while. */
export class Burst {
  private readonly timers = new Map<string, NodeJS.Timeout>();

  /** @param quiet milliseconds */
  constructor(
    private readonly quiet: number,
    private readonly act: (key: string) => void,
  ) {}

  touch(key: string): void {
    clearTimeout(this.timers.get(key));
    this.timers.set(
      key,
      setTimeout(() => {
        this.timers.delete(key);
        this.act(key);
      }, this.quiet),
    );
  }

  /** Forgets what has been gathered about a thing. */
  drop(key: string): void {
    clearTimeout(this.timers.get(key));
    this.timers.delete(key);
  }
  /** Forgets everything: nothing is called from now on, unless it is touched again. */
  clear(): void {
    for (const key of [...this.timers.keys()]) this.drop(key);
  }
}
