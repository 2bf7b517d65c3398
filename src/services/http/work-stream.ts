import type { Problem } from '../../wire/problem.js';

/** At most one progress report in this time, so that work is not slowed by telling of it. */
const PROGRESS_MS = 100;

export interface Reporter<Element> {
  /** Tells how far the work is: only the latest is handed on. */
  readonly progress: (element: Element) => void;
  /** Tells what must not be lost. */
  readonly add: (element: Element) => void;
}

interface Failed {
  readonly type: 'failed';
  readonly problem: Problem;
}

/** Work that goes on to its end whether or not anybody listens, and what is told of it. */
export class WorkStream<Element> {
  readonly #queue: (Element | Failed)[] = [];
  #progress: Element | undefined;
  #toldAt = 0;
  #isDone = false;
  #wake: () => void = () => {};
  /** Resolves, and never rejects, when the work has ended. */
  readonly done: Promise<void>;

  /** `work` resolves to the last element; `problemOf` tells of its failure. */
  constructor(work: (reporter: Reporter<Element>) => Promise<Element>, problemOf: (error: unknown) => Problem) {
    this.done = this.#run(work, problemOf);
  }

  async *elements(): AsyncGenerator<Element | Failed, void, void> {
    for (;;) {
      const next = this.#queue.shift() ?? this.#takeProgress();
      if (next !== undefined) yield next;
      else if (this.#isDone) return;
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  async #run(work: (reporter: Reporter<Element>) => Promise<Element>, problemOf: (error: unknown) => Problem) {
    const add = (element: Element | Failed): void => {
      this.#queue.push(element);
      this.#wake();
    };
    const progress = (element: Element): void => {
      this.#progress = element;
      if (performance.now() - this.#toldAt >= PROGRESS_MS) this.#wake();
    };
    try {
      add(await work({ add, progress }));
    } catch (error) {
      add({ type: 'failed', problem: problemOf(error) });
    } finally {
      this.#isDone = true;
      this.#wake();
    }
  }

  /** Nothing while the last report is fresh, or when the work is done and there is better to tell. */
  #takeProgress(): Element | undefined {
    const progress = this.#progress;
    const now = performance.now();
    if (progress === undefined || this.#isDone || now - this.#toldAt < PROGRESS_MS) return undefined;
    this.#progress = undefined;
    this.#toldAt = now;
    return progress;
  }
}
