import { assert } from '../../primitives/assert.js';
import type { DatabaseRange } from './database.js';

/** All keys that begin with `prefix`, which must not consist of 0xff bytes alone. */
export function prefixRange(prefix: Uint8Array): DatabaseRange {
  let length = prefix.length;
  while (length > 0 && prefix[length - 1] === 0xff) length--;
  assert(length > 0, 'no key is above a prefix of 0xff bytes');
  const lt = prefix.slice(0, length);
  lt[length - 1] = (lt[length - 1] as number) + 1;
  return { gte: prefix, lt };
}
