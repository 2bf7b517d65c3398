/*
 * A snapshot is the content of the state at one height, and nothing about how it came to be: two stores with the same
 * content give the same bytes.
 *
 *   metadata = CBOR [1, height, root, [SHA-256 of chunk, …]]
 *   chunk    = entries as in `entry-codec.ts`, none without a value
 *
 * Over all chunks the application keys ascend bytewise. A chunk ends before the entry that would make it longer than
 * 1 MiB; an entry longer than that has a chunk of its own.
 */
import { decodeCbor, encodeCbor, type CborValue } from '../../primitives/cbor.js';
import type { Crypto } from '../../primitives/crypto.js';
import { CairnError } from '../../primitives/errors.js';
import { HASH_BYTES } from '../tree/node-hash.js';
import { encodedEntryBytes, encodeEntries } from './entry-codec.js';
import type { StateChange, StateStore } from './state-store.js';

const FORMAT = 1;
const CHUNK_BYTES_MAX = 1024 * 1024;
const METADATA_LIMITS = { bytesMax: 4 * 1024 * 1024, itemsMax: 200_000 };

export interface SnapshotMetadata {
  readonly height: number;
  /** App hash of the state, 32 bytes. */
  readonly root: Uint8Array;
  /** SHA-256 of each chunk, in order; none when the state is empty. */
  readonly chunkHashes: readonly Uint8Array[];
}

/**
 * Exports the current version; commits may go on meanwhile. Begin it when none is under way.
 * @param keepChunk stores a chunk; it is waited for.
 */
export async function exportSnapshot(
  crypto: Crypto,
  store: StateStore,
  keepChunk: (chunk: Uint8Array, index: number) => Promise<void>,
): Promise<SnapshotMetadata> {
  // The range takes its view of the state in its first step, before anything is awaited: it is that of this height.
  const { height, root } = store;
  const chunkHashes: Uint8Array[] = [];
  let entries: StateChange[] = [];
  let bytes = 0;
  const finishChunk = async (): Promise<void> => {
    const chunk = encodeEntries(entries);
    await keepChunk(chunk, chunkHashes.length);
    chunkHashes.push(crypto.sha256(chunk));
    entries = [];
    bytes = 0;
  };
  for await (const [key, value] of store.range(new Uint8Array(0))) {
    const entry = { key, value };
    const entryBytes = encodedEntryBytes(entry);
    if (entries.length > 0 && bytes + entryBytes > CHUNK_BYTES_MAX) await finishChunk();
    entries.push(entry);
    bytes += entryBytes;
  }
  if (entries.length > 0) await finishChunk();
  return { height, root, chunkHashes };
}

export function encodeSnapshotMetadata({ height, root, chunkHashes }: SnapshotMetadata): Uint8Array {
  return encodeCbor([FORMAT, height, root, [...chunkHashes]]);
}

/** @throws CairnError `snapshot.malformed`, `snapshot.unknown-format` */
export function decodeSnapshotMetadata(bytes: Uint8Array): SnapshotMetadata {
  let value: CborValue;
  try {
    value = decodeCbor(bytes, METADATA_LIMITS);
  } catch (cause) {
    throw malformedSnapshot({ cause });
  }
  if (!Array.isArray(value)) throw malformedSnapshot();
  const [format, height, root, chunkHashes] = value as readonly CborValue[];
  if (format !== FORMAT) {
    throw new CairnError(
      'snapshot.unknown-format',
      'The snapshot has a format that this version does not know. Update Cairn.',
    );
  }
  if (value.length !== 4 || typeof height !== 'number' || height < 1 || !isHash(root)) throw malformedSnapshot();
  if (!Array.isArray(chunkHashes) || !chunkHashes.every(isHash)) throw malformedSnapshot();
  return { height, root, chunkHashes };
}

function isHash(value: CborValue | undefined): value is Uint8Array {
  return value instanceof Uint8Array && value.length === HASH_BYTES;
}

function malformedSnapshot(options?: { cause: unknown }): CairnError {
  return new CairnError(
    'snapshot.malformed',
    'The snapshot is malformed. Fetch it again, or take another one.',
    options,
  );
}
