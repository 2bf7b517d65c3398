import canonicalize from 'canonicalize';
import { hasLoneSurrogate } from './bytes.js';
import { CairnError } from './errors.js';
import { CANONICAL_JSON_LIMITS } from './limits.js';

export type JsonValue = null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/**
 * The canonical JSON text of a value (RFC 8785, JCS): no white space, keys in order of their UTF-16 units, numbers as
 * ECMAScript prints them. For documents that are hashed or signed outside the ledger; the ledger itself uses CBOR.
 * @throws CairnError `canonical-json.unsupported` for what JSON cannot carry (it is refused, never dropped),
 * `canonical-json.too-deep`
 */
export function canonicalJson(value: JsonValue): string {
  check(value, 0);
  return canonicalize(value) as string;
}

function check(value: unknown, depth: number): void {
  if (value === null || typeof value === 'boolean') return;
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw unsupported('a number that is not finite');
  } else if (typeof value === 'string') {
    if (hasLoneSurrogate(value)) throw unsupported('text with half a surrogate pair');
  } else if (typeof value === 'object') {
    if (depth === CANONICAL_JSON_LIMITS.depthMax) {
      throw new CairnError('canonical-json.too-deep', `The value is nested more than ${depth} deep.`);
    }
    // An index loop sees holes, which forEach and every would pass over.
    if (Array.isArray(value)) for (let i = 0; i < value.length; i++) check(value[i], depth + 1);
    else checkObject(value, depth);
  } else {
    throw unsupported(`a value of type ${typeof value}`);
  }
}

function checkObject(value: object, depth: number): void {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) throw unsupported('an object of a class');
  for (const [key, entry] of Object.entries(value)) {
    check(key, depth);
    check(entry, depth + 1);
  }
}

function unsupported(what: string): CairnError {
  return new CairnError('canonical-json.unsupported', `JSON cannot carry ${what}.`);
}
