/** The epoch keys that an organisation has opened, in memory, for as long as it may use them. */
import { toHex } from '../primitives/bytes.js';
import type { EpochKey } from './epoch-key.js';

export class KeyRing {
  readonly #keysMax: number;
  /** By subject and compartment, the least recently used first; then by epoch. */
  readonly #keysByCompartment = new Map<string, Map<number, EpochKey>>();
  #size = 0;

  /** @param keysMax how many keys are held; beyond it, those of the compartment that was not used longest are wiped */
  constructor({ keysMax }: { keysMax: number }) {
    this.#keysMax = keysMax;
  }

  /** How many keys are held. */
  get size(): number {
    return this.#size;
  }

  /**
   * Takes a key over. Returns the one that is held, which is an earlier one if that was added before.
   * Error `record.epoch-key-mismatch` if another key is held for this epoch.
   * @param subject 16 bytes
   */
  add(subject: Uint8Array, key: EpochKey): EpochKey {
    const name = nameOf(subject, key.compartment);
    const keysByEpoch = this.#use(name) ?? new Map<number, EpochKey>();
    const held = keysByEpoch.get(key.epoch);
    if (held !== undefined) {
      held.check(key.commitment);
      return held;
    }
    keysByEpoch.set(key.epoch, key);
    this.#keysByCompartment.set(name, keysByEpoch);
    this.#size += 1;
    this.#evict(name);
    return key;
  }

  get(subject: Uint8Array, compartment: Uint8Array, epoch: number): EpochKey | undefined {
    return this.#use(nameOf(subject, compartment))?.get(epoch);
  }

  /** Wipes what is held of this compartment; returns how many keys that were. What still refers to them can use them no more. */
  forget(subject: Uint8Array, compartment: Uint8Array): number {
    return this.#wipe(nameOf(subject, compartment));
  }

  /** Wipes everything. */
  clear(): void {
    for (const name of [...this.#keysByCompartment.keys()]) this.#wipe(name);
  }

  /** The keys of this name, which become the most recently used. */
  #use(name: string): Map<number, EpochKey> | undefined {
    const keysByEpoch = this.#keysByCompartment.get(name);
    if (keysByEpoch !== undefined) {
      this.#keysByCompartment.delete(name);
      this.#keysByCompartment.set(name, keysByEpoch);
    }
    return keysByEpoch;
  }

  #evict(keep: string): void {
    for (const name of this.#keysByCompartment.keys()) {
      if (this.#size <= this.#keysMax || name === keep) return;
      this.#wipe(name);
    }
  }

  #wipe(name: string): number {
    const keysByEpoch = this.#keysByCompartment.get(name);
    if (keysByEpoch === undefined) return 0;
    this.#keysByCompartment.delete(name);
    this.#size -= keysByEpoch.size;
    for (const key of keysByEpoch.values()) key.destroy();
    return keysByEpoch.size;
  }
}

function nameOf(subject: Uint8Array, compartment: Uint8Array): string {
  return `${toHex(subject)}/${toHex(compartment)}`;
}
