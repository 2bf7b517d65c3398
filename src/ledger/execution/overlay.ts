import { toHex } from '../../primitives/bytes.js';
import type { StateChange } from '../store/state-store.js';

/** Read access to application state. */
export interface StateReader {
  get(key: Uint8Array): Uint8Array | undefined;
}

/** Read and write access to application state. */
export interface StateWriter extends StateReader {
  set(key: Uint8Array, value: Uint8Array): void;
  delete(key: Uint8Array): void;
}

/**
 * Changes on top of a state that is left alone. Overlays stack: one a block over the store, one a transaction over the
 * block's, so that a rejected transaction is dropped whole.
 */
export class Overlay implements StateWriter {
  readonly #base: StateReader;
  readonly #changes = new Map<string, StateChange>();
  /** Values read from the base, kept because a block reads the same few keys again and again. */
  readonly #reads = new Map<string, Uint8Array | undefined>();

  constructor(base: StateReader) {
    this.#base = base;
  }

  get(key: Uint8Array): Uint8Array | undefined {
    const id = toHex(key);
    const change = this.#changes.get(id);
    if (change !== undefined) return change.value;
    if (this.#reads.has(id)) return this.#reads.get(id);
    const value = this.#base.get(key);
    this.#reads.set(id, value);
    return value;
  }

  set(key: Uint8Array, value: Uint8Array): void {
    this.#changes.set(toHex(key), { key, value });
  }

  delete(key: Uint8Array): void {
    this.#changes.set(toHex(key), { key, value: undefined });
  }

  /** Every change, one a key. */
  changes(): StateChange[] {
    return [...this.#changes.values()];
  }

  /** Moves the changes into the overlay below. */
  applyTo(below: StateWriter): void {
    for (const { key, value } of this.#changes.values()) {
      if (value === undefined) below.delete(key);
      else below.set(key, value);
    }
  }
}
