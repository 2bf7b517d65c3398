/*
 * The solo driver's own part of the database, written in the same atomic batch as the application's:
 *
 *   block ‖ height (8 bytes, big-endian) → [header, commit of this header]
 */
import { decodeCbor, encodeCbor, type CborValue } from '../../primitives/cbor.js';
import { commitFromCbor, commitToCbor, headerFromCbor, headerToCbor } from '../../ledger/block/wire.js';
import type { SignedHeader } from '../../ledger/block/verify-commit.js';
import { KEYSPACE, type Database, type DatabaseWrite } from '../../ledger/store/database.js';

export function signedHeaderWrite(signed: SignedHeader): DatabaseWrite {
  const value = encodeCbor([headerToCbor(signed.header), commitToCbor(signed.commit)]);
  return { key: blockKey(signed.header.height), value };
}

export function readSignedHeader(database: Database, height: number): SignedHeader | undefined {
  const bytes = database.get(blockKey(height));
  if (bytes === undefined) return undefined;
  const [header, commit] = decodeCbor(bytes) as [CborValue, CborValue];
  return { header: headerFromCbor(header), commit: commitFromCbor(commit) };
}

function blockKey(height: number): Uint8Array {
  const key = new Uint8Array(9);
  key[0] = KEYSPACE.block;
  new DataView(key.buffer).setBigUint64(1, BigInt(height));
  return key;
}
