import { InnerPage } from './inner-page.js';
import { LeafPage } from './leaf-page.js';
import type { Page } from './page-codec.js';
import type { PagePath } from './page-path.js';

interface Cached {
  page: Page;
  /** Asked for since it was last up for eviction. */
  isUsed: boolean;
}

/** Decoded pages up to a bound; those go first that were not asked for in a while (second chance). */
export class PageCache {
  /** In the order in which they are up for eviction. */
  readonly #pages = new Map<PagePath, Cached>();
  readonly #weightMax: number;
  #weight = 0;

  /** @param weightMax in bytes. */
  constructor(weightMax: number) {
    this.#weightMax = weightMax;
  }

  get(path: PagePath): Page | undefined {
    const cached = this.#pages.get(path);
    if (cached === undefined) return undefined;
    cached.isUsed = true;
    return cached.page;
  }

  /** Keeps a page that nobody else will write to. */
  set(path: PagePath, page: Page): void {
    const cached = this.#pages.get(path);
    this.#weight += page.weight - (cached?.page.weight ?? 0);
    if (cached === undefined) this.#pages.set(path, { page, isUsed: true });
    else cached.page = page;
    if (this.#weight > this.#weightMax) this.#evict();
  }

  /**
   * Keeps the content of a page, whose memory the caller wants back: mostly by writing over the page that it succeeds,
   * so that commits leave the garbage collector little to do. Pages that {@link get} gave are not to be used afterwards.
   */
  succeed(path: PagePath, successor: Page): void {
    const page = this.#pages.get(path)?.page;
    if (page?.kind === successor.kind && page.bytes.length === successor.bytes.length) {
      page.bytes.set(successor.bytes);
    } else {
      const bytes = successor.bytes.slice();
      this.set(path, successor.kind === 'leaf' ? new LeafPage(bytes) : new InnerPage(bytes));
    }
  }

  delete(path: PagePath): void {
    const cached = this.#pages.get(path);
    if (cached === undefined) return;
    this.#pages.delete(path);
    this.#weight -= cached.page.weight;
  }

  #evict(): void {
    // Every page comes up at most twice: used at first, then not.
    for (const [path, cached] of this.#pages) {
      this.#pages.delete(path);
      if (cached.isUsed) {
        cached.isUsed = false;
        this.#pages.set(path, cached);
        continue;
      }
      this.#weight -= cached.page.weight;
      if (this.#weight <= this.#weightMax) break;
    }
  }
}
