/**
 * Serialises work on the same things. All keys of a piece of work are queued for at once, so that no two pieces ever wait
 * for each other in a circle.
 */
export class KeyedLock {
  readonly #tails = new Map<string, Promise<unknown>>();

  async run<T>(keys: Iterable<string>, work: () => Promise<T>): Promise<T> {
    const own = [...new Set(keys)];
    const before = own.flatMap((key) => this.#tails.get(key) ?? []);
    const done = Promise.all(before).then(work);
    const tail = done.catch(() => undefined);
    for (const key of own) this.#tails.set(key, tail);
    try {
      return await done;
    } finally {
      for (const key of own) if (this.#tails.get(key) === tail) this.#tails.delete(key);
    }
  }
}
