import type { Page } from './page-codec.js';
import type { PagePath } from './page-path.js';

/** Decoded pages, the least recently used dropped when they weigh more than a bound. */
export class PageCache {
  readonly #pages = new Map<PagePath, Page>();
  readonly #weightMax: number;
  #weight = 0;

  /** @param weightMax in bytes. */
  constructor(weightMax: number) {
    this.#weightMax = weightMax;
  }

  get weight(): number {
    return this.#weight;
  }

  get(path: PagePath): Page | undefined {
    const page = this.#pages.get(path);
    if (page === undefined) return undefined;
    // A map keeps the order of insertion: the first key is the one unused for longest.
    this.#pages.delete(path);
    this.#pages.set(path, page);
    return page;
  }

  set(path: PagePath, page: Page): void {
    this.delete(path);
    this.#pages.set(path, page);
    this.#weight += page.weight;
    for (const [oldest, dropped] of this.#pages) {
      if (this.#weight <= this.#weightMax) break;
      this.#pages.delete(oldest);
      this.#weight -= dropped.weight;
    }
  }

  delete(path: PagePath): void {
    const page = this.#pages.get(path);
    if (page === undefined) return;
    this.#pages.delete(path);
    this.#weight -= page.weight;
  }
}
