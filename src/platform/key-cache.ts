import type { KeyObject } from 'node:crypto';

/**
 * Parsed public keys by their bytes, the least recently used forgotten first. Two generations instead of a linked list: a
 * full young one becomes the old one, and what is asked for meanwhile moves back. Holds at most `sizeMax` keys.
 */
export class KeyCache {
  readonly #generationMax: number;
  readonly #parse: (bytes: Uint8Array) => KeyObject | undefined;
  #young = new Map<string, KeyObject>();
  #old = new Map<string, KeyObject>();

  /** @param parse gives undefined for what is not a key, which is not remembered */
  constructor(sizeMax: number, parse: (bytes: Uint8Array) => KeyObject | undefined) {
    this.#generationMax = Math.floor(sizeMax / 2);
    this.#parse = parse;
  }

  get size(): number {
    return this.#young.size + this.#old.size;
  }

  get(bytes: Uint8Array): KeyObject | undefined {
    const name = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
    const known = this.#young.get(name);
    if (known !== undefined) return known;
    const key = this.#old.get(name) ?? this.#parse(bytes);
    if (key === undefined) return undefined;
    if (this.#young.size === this.#generationMax) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(name, key);
    return key;
  }
}
