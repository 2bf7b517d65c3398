const PLACEHOLDER = '[secret]';
const NODE_INSPECT = Symbol.for('nodejs.util.inspect.custom');

/**
 * Holds what must not reach a log, an error message or a JSON document: however it is printed, it prints `[secret]`. Only
 * {@link Secret.reveal} gives the value, so that each use can be found.
 */
export class Secret<T = Uint8Array> {
  readonly #value: T;

  constructor(value: T) {
    this.#value = value;
  }

  /** The value itself, not a copy. */
  reveal(): T {
    return this.#value;
  }

  /** Overwrites bytes with zeros; other values cannot be erased. Copies that were made before stay where they are. */
  destroy(): void {
    if (this.#value instanceof Uint8Array) this.#value.fill(0);
  }

  toString(): string {
    return PLACEHOLDER;
  }

  toJSON(): string {
    return PLACEHOLDER;
  }

  [NODE_INSPECT](): string {
    return PLACEHOLDER;
  }
}
