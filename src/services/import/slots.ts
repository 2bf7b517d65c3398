/**
 * Lets so many tasks run at a time. Whoever starts one waits for room; the first failure is thrown to whoever starts the
 * next or waits for the end.
 */
export class Slots {
  readonly #max: number;
  readonly #running = new Set<Promise<void>>();
  #failed = false;
  #failure: unknown;

  constructor(max: number) {
    this.#max = max;
  }

  async start(task: () => Promise<void>): Promise<void> {
    while (this.#running.size >= this.#max) await Promise.race(this.#running);
    this.#check();
    const running = task()
      .catch((error: unknown) => {
        this.#failed = true;
        this.#failure ??= error;
      })
      .finally(() => void this.#running.delete(running));
    this.#running.add(running);
  }

  /** Resolves when nothing runs any more. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.race(this.#running);
    this.#check();
  }

  #check(): void {
    if (this.#failed) throw this.#failure;
  }
}
