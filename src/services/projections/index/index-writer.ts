import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { assert } from '../../../primitives/assert.js';
import { CairnError, InvariantError } from '../../../primitives/errors.js';
import type { DatabaseOptions } from './database.js';
import { openFhirIndex } from './fhir-index.js';
import type { FhirIndex } from './fhir-index.js';

/** What changes an index, by name: the methods of {@link FhirIndex} of the same names. */
type Change = 'apply' | 'removeForeign' | 'removeVersion' | 'clear' | 'close';

/** The changing half of a {@link FhirIndex}, answering when a change is committed. Changes happen in the order of the calls. */
export type IndexWriter = {
  readonly [Name in Change]: (...args: Parameters<FhirIndex[Name]>) => Promise<ReturnType<FhirIndex[Name]>>;
};

/** From the thread that has an index: the call it answers, with a value or a failure. */
export interface Answer {
  readonly call: number;
  readonly value?: unknown;
  /** Without code if it was not expected: a defect, there as here. */
  readonly failure?: { readonly code?: string; readonly message: string };
}

/** To the thread. `index` counts the indexes that it was asked to open. */
export interface Call {
  readonly call: number;
  readonly index: number;
  readonly method: Change | 'open';
  readonly args: readonly unknown[];
}

const THREAD = new URL('./index-worker.js', import.meta.url);

/**
 * A thread that writes indexes, so that the ledger's does not wait for them: one for all organisations of a node. The writer of
 * an index has it for itself; readers open the same file with `readOnly`.
 *
 * The thread's program exists where this was built (`dist/`). Run from its sources, as by the tests, indexes are written in
 * the calling thread, with the same answers.
 */
export class IndexThread {
  readonly #worker: Worker | undefined;
  readonly #waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  #failure: Error | undefined;
  #calls = 0;
  #indexes = 0;

  constructor() {
    if (!existsSync(fileURLToPath(THREAD))) return;
    this.#worker = new Worker(THREAD);
    this.#worker.on('message', (answer: Answer) => this.#take(answer));
    this.#worker.on('error', (error) => this.#fail(error));
    this.#worker.on('exit', () => this.#fail(new CairnError('index.closed', 'the thread of the index has ended')));
  }

  /** Whether there is a thread, rather than the calling one. */
  get isSeparate(): boolean {
    return this.#worker !== undefined;
  }

  /** Opens or creates an index for writing. Errors: those of `openFhirIndex`. */
  async open(options: Omit<DatabaseOptions, 'readOnly'>): Promise<IndexWriter> {
    if (this.#worker === undefined) return localWriter(openFhirIndex(options));
    const index = ++this.#indexes;
    await this.#call({ index, method: 'open', args: [options] });
    const change =
      (method: Change) =>
      (...args: unknown[]): Promise<never> =>
        this.#call({ index, method, args }) as Promise<never>;
    return {
      // An iterable does not pass between threads, an array does.
      apply: (records, cursor) => change('apply')([...records], cursor),
      removeForeign: change('removeForeign'),
      removeVersion: change('removeVersion'),
      clear: change('clear'),
      close: change('close'),
    };
  }

  /** Ends the thread; close its writers first. */
  async close(): Promise<void> {
    await this.#worker?.terminate();
  }

  #call(call: Omit<Call, 'call'>): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) return reject(this.#failure);
      const id = ++this.#calls;
      this.#waiting.set(id, { resolve, reject });
      this.#worker?.postMessage({ call: id, ...call } satisfies Call);
    });
  }

  #take({ call, value, failure }: Answer): void {
    const waiting = this.#waiting.get(call);
    assert(waiting !== undefined, 'a thread answers calls only');
    this.#waiting.delete(call);
    if (failure === undefined) waiting.resolve(value);
    else if (failure.code === undefined) waiting.reject(new InvariantError(failure.message));
    else waiting.reject(new CairnError(failure.code, failure.message));
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    for (const { reject } of this.#waiting.values()) reject(this.#failure);
    this.#waiting.clear();
  }
}

function localWriter(index: FhirIndex): IndexWriter {
  const change =
    <Args extends unknown[], Result>(run: (...args: Args) => Result) =>
    async (...args: Args): Promise<Result> =>
      Promise.resolve(run(...args));
  return {
    apply: change((records, cursor) => index.apply(records, cursor)),
    removeForeign: change((compartments) => index.removeForeign(compartments)),
    removeVersion: change((subject, compartment, leaf) => index.removeVersion(subject, compartment, leaf)),
    clear: change(() => index.clear()),
    close: change(() => index.close()),
  };
}
