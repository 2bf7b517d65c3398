import { KEYSPACE } from '../store/database.js';

/**
 * Where a page stands: the nibbles (4 bits) of the tree keys below it, as hexadecimal digits; '' is the root page. Text,
 * because it serves as the key of maps.
 */
export type PagePath = string;

/** Children that an inner page can have. */
export const FANOUT = 16;

const DIGITS = '0123456789abcdef';

export function childPath(path: PagePath, nibble: number): PagePath {
  return path + DIGITS.charAt(nibble);
}

/** The nibble that a page at `depth` (in nibbles) decides, of the 32-byte key that starts at `offset`. */
export function nibbleAt(keys: Uint8Array, offset: number, depth: number): number {
  const byte = keys[offset + (depth >> 1)] as number;
  return (depth & 1) === 0 ? byte >> 4 : byte & 15;
}

/** Database key: tree key space ‖ depth in nibbles ‖ nibbles, two a byte, an odd last one in the upper half. */
export function pageKey(path: PagePath): Uint8Array {
  const key = new Uint8Array(2 + ((path.length + 1) >> 1));
  key[0] = KEYSPACE.tree;
  key[1] = path.length;
  for (let i = 0; i < path.length; i++) {
    const nibble = DIGITS.indexOf(path.charAt(i));
    key[2 + (i >> 1)] = (key[2 + (i >> 1)] as number) | ((i & 1) === 0 ? nibble << 4 : nibble);
  }
  return key;
}
