/**
 * The key of one epoch of one compartment, and the commitment to it that stands on the ledger:
 *
 *     commitment = SHA-256("cairn/epoch-key" ‖ compartment (16) ‖ epoch (8, big-endian) ‖ key (32))
 *
 * AES-GCM alone lets a cheat make one ciphertext that two keys open to two different texts. With the key committed, a
 * ciphertext has one meaning. The key is uniform in 2^256, so the commitment tells nothing about it.
 */
import { assert } from '../primitives/assert.js';
import { concatBytes, equalBytes, utf8ToBytes } from '../primitives/bytes.js';
import type { Crypto } from '../primitives/crypto.js';
import { CairnError } from '../primitives/errors.js';
import { Secret } from '../primitives/secret.js';

const DOMAIN = utf8ToBytes('cairn/epoch-key');

export class EpochKey {
  /** 16 bytes. */
  readonly compartment: Uint8Array;
  /** From 0. */
  readonly epoch: number;
  /** 32 bytes: what the ledger holds. */
  readonly commitment: Uint8Array;
  readonly #key: Secret;
  #forgotten = false;

  /** Takes the 32-byte `key` over: it is overwritten by {@link destroy}. */
  constructor(crypto: Pick<Crypto, 'sha256'>, compartment: Uint8Array, epoch: number, key: Uint8Array) {
    assert(compartment.length === 16, 'a compartment id has 16 bytes');
    assert(Number.isSafeInteger(epoch) && epoch >= 0, 'an epoch is a whole number from 0');
    assert(key.length === 32, 'an epoch key has 32 bytes');
    this.compartment = compartment;
    this.epoch = epoch;
    this.#key = new Secret(key);
    this.commitment = commitmentTo(crypto, compartment, epoch, key);
  }

  /**
   * The key itself, not a copy.
   * Error `custody.key-forgotten` after {@link destroy}: nothing is ever sealed under the zeros that are left.
   */
  reveal(): Uint8Array {
    if (this.#forgotten) throw new CairnError('custody.key-forgotten', 'the epoch key was forgotten; obtain it again');
    return this.#key.reveal();
  }

  /** Error `record.epoch-key-mismatch` unless this is the key to which the ledger holds the commitment. */
  check(commitment: Uint8Array): void {
    if (!equalBytes(this.commitment, commitment)) {
      throw new CairnError('record.epoch-key-mismatch', 'the epoch key is not the one committed to on the ledger');
    }
  }

  /** Overwrites the key; it cannot be used again. */
  destroy(): void {
    this.#forgotten = true;
    this.#key.destroy();
  }
}

function commitmentTo(
  crypto: Pick<Crypto, 'sha256'>,
  compartment: Uint8Array,
  epoch: number,
  key: Uint8Array,
): Uint8Array {
  const number = new Uint8Array(8);
  new DataView(number.buffer).setBigUint64(0, BigInt(epoch));
  const committed = concatBytes(DOMAIN, compartment, number, key);
  const commitment = crypto.sha256(committed);
  committed.fill(0);
  return commitment;
}
