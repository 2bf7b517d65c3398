/*
 * Pages on disk hold only what the hashes cannot be computed without:
 *
 *   leaf page  = 0x00 ‖ (tree key (32) ‖ value hash (32)) × count, ascending
 *   inner page = 0x01 ‖ children present (2 bytes, bit n of the big-endian number: nibble n) ‖ hash (32) × children
 *
 * Decoding computes the hash of the page, which the reader compares with what the parent says: that is the checksum.
 */
import { CairnError } from '../../primitives/errors.js';
import { Arena } from './arena.js';
import { InnerPage } from './inner-page.js';
import { LeafPage } from './leaf-page.js';
import { ENTRY_BYTES, HASH_BYTES, type NodeHasher } from './node-hash.js';
import { FANOUT } from './page-path.js';

export type Page = LeafPage | InnerPage;

const LEAF_PAGE = 0x00;
const INNER_PAGE = 0x01;
const INNER_HEADER_BYTES = 3;

export function encodePage(arena: Arena, page: Page): Uint8Array {
  if (page.kind === 'leaf') return page.stored;
  const bytes = arena.take(INNER_HEADER_BYTES + FANOUT * HASH_BYTES);
  let present = 0;
  let length = INNER_HEADER_BYTES;
  for (let nibble = 0; nibble < FANOUT; nibble++) {
    const hash = page.child(nibble);
    if (hash === undefined) continue;
    present |= 1 << nibble;
    bytes.set(hash, length);
    length += HASH_BYTES;
  }
  bytes[0] = INNER_PAGE;
  bytes[1] = present >> 8;
  bytes[2] = present & 0xff;
  return bytes.subarray(0, length);
}

/** @throws CairnError `state.corrupt` for what no page encodes to. */
export function decodePage(hasher: NodeHasher, bytes: Uint8Array): Page {
  if (bytes[0] === LEAF_PAGE) return decodeLeafPage(hasher, bytes.subarray(1));
  if (bytes[0] === INNER_PAGE && bytes.length >= INNER_HEADER_BYTES) return decodeInnerPage(hasher, bytes);
  throw corruptState('a page of the state tree is damaged');
}

function decodeLeafPage(hasher: NodeHasher, entries: Uint8Array): LeafPage {
  const isWhole = entries.length > 0 && entries.length % ENTRY_BYTES === 0;
  if (!isWhole || !isAscending(entries)) throw corruptState('a page of the state tree is damaged');
  return LeafPage.build(new Arena(0), hasher, entries);
}

function isAscending(entries: Uint8Array): boolean {
  for (let offset = ENTRY_BYTES; offset < entries.length; offset += ENTRY_BYTES) {
    let byte = 0;
    while (byte < HASH_BYTES && entries[offset - ENTRY_BYTES + byte] === entries[offset + byte]) byte++;
    if (byte === HASH_BYTES || (entries[offset - ENTRY_BYTES + byte] as number) > (entries[offset + byte] as number)) {
      return false;
    }
  }
  return true;
}

function decodeInnerPage(hasher: NodeHasher, bytes: Uint8Array): InnerPage {
  const present = ((bytes[1] as number) << 8) | (bytes[2] as number);
  const page = InnerPage.empty(new Arena(0));
  let offset = INNER_HEADER_BYTES;
  for (let nibble = 0; nibble < FANOUT; nibble++) {
    if (((present >> nibble) & 1) === 0) continue;
    if (offset + HASH_BYTES > bytes.length) throw corruptState('a page of the state tree is damaged');
    page.setChild(nibble, bytes.subarray(offset, offset + HASH_BYTES));
    offset += HASH_BYTES;
  }
  if (present === 0 || offset !== bytes.length) throw corruptState('a page of the state tree is damaged');
  page.rehash(hasher, present);
  return page;
}

/** What is stored contradicts itself: the disk, or who wrote to it, is at fault. */
export function corruptState(what: string, options?: { cause?: unknown }): CairnError {
  return new CairnError(
    'state.corrupt',
    `The stored state is corrupt: ${what}. Stop the node, restore the state from a snapshot or replay the blocks into an empty data folder, and check the disk.`,
    options,
  );
}
