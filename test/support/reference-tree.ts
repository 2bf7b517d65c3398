import { compareBytes, concatBytes } from '../../src/primitives/bytes.js';
import type { Crypto } from '../../src/primitives/crypto.js';

/** Root of the state tree as its definition says it, with nothing kept and nothing shared; pairs of tree key and value hash. */
export function referenceTreeRoot(
  crypto: Pick<Crypto, 'sha256'>,
  entries: readonly (readonly [treeKey: Uint8Array, valueHash: Uint8Array])[],
): Uint8Array {
  const sorted = [...entries].sort(([a], [b]) => compareBytes(a, b));
  return sorted.length === 0 ? crypto.sha256(new Uint8Array(0)) : subtree(crypto, sorted, 0);
}

/** The same for application keys and values. */
export function referenceStateRoot(
  crypto: Pick<Crypto, 'sha256'>,
  entries: Iterable<readonly [key: Uint8Array, value: Uint8Array]>,
): Uint8Array {
  return referenceTreeRoot(
    crypto,
    [...entries].map(([key, value]) => [crypto.sha256(key), crypto.sha256(value)] as const),
  );
}

function subtree(
  crypto: Pick<Crypto, 'sha256'>,
  entries: readonly (readonly [Uint8Array, Uint8Array])[],
  bit: number,
): Uint8Array {
  const [first] = entries;
  if (first !== undefined && entries.length === 1) return crypto.sha256(concatBytes(new Uint8Array([0]), ...first));
  const left = entries.filter(([key]) => !hasBit(key, bit));
  const right = entries.filter(([key]) => hasBit(key, bit));
  if (left.length === 0) return subtree(crypto, right, bit + 1);
  if (right.length === 0) return subtree(crypto, left, bit + 1);
  const hashes = [subtree(crypto, left, bit + 1), subtree(crypto, right, bit + 1)];
  return crypto.sha256(concatBytes(new Uint8Array([1]), ...hashes));
}

function hasBit(key: Uint8Array, bit: number): boolean {
  return (((key[bit >> 3] as number) >> (7 - (bit & 7))) & 1) === 1;
}
