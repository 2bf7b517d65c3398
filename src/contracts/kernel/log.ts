import * as z from 'zod';
import type { Crypto } from '../../primitives/crypto.js';
import { appendToFrontier, EMPTY_FRONTIER, leafHash } from '../../primitives/merkle-log.js';
import { collection, type Collection, type CollectionWriter, type KeyPart } from './collection.js';
import { count, digest } from './schema.js';

/**
 * Head of an append-only RFC 9162 log: all that the state holds of it. The leaves are in the history of the ledger, and
 * who holds them can prove inclusion, consistency and completeness against the head.
 */
export const logHeadSchema = z.strictObject({ size: count, hashes: z.array(digest).max(53) });

export type LogHead = z.infer<typeof logHeadSchema>;

/** Declares a collection of log heads. */
export function logCollection<Key extends readonly KeyPart[]>(name: string): Collection<Key, LogHead> {
  return collection<Key, LogHead>(name, logHeadSchema);
}

/** Appends a leaf to the log at `key` and returns its index. */
export function appendLeaf<Key extends readonly KeyPart[]>(
  crypto: Crypto,
  logs: CollectionWriter<Key, LogHead>,
  key: Key,
  leaf: Uint8Array,
): number {
  const head = logs.get(...key) ?? EMPTY_FRONTIER;
  const { size, hashes } = appendToFrontier(crypto, head, leafHash(crypto, leaf));
  logs.set(...([...key, { size, hashes: [...hashes] }] as unknown as [...Key, LogHead]));
  return head.size;
}

/** Whether a head has one hash for each full subtree of its size, and at least one entry. */
export function isLogHead({ size, hashes }: LogHead): boolean {
  let ones = 0;
  for (const digit of size.toString(2)) ones += digit === '1' ? 1 : 0;
  return size > 0 && hashes.length === ones;
}
