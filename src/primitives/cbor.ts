/*
 * The one CBOR of this project: RFC 8949 restricted to what has exactly one encoding (§4.2.1, core deterministic).
 *
 *   integers       shortest form, from -2^64 to 2^64-1
 *   byte strings   definite length
 *   text strings   definite length, valid UTF-8
 *   arrays         definite length
 *   maps           definite length, text keys in bytewise order of their encodings, no key twice
 *   false, true, null
 *
 * No floats, tags, undefined, other simple values or indefinite lengths. So decode(encode(x)) equals x, and bytes that
 * decode at all are the only encoding of what they decode to. cborg reads and writes the items; what it would let pass
 * (unsorted keys, bad UTF-8, any depth, any count) is refused here.
 */
import { encode, Tokenizer, Type, type Token } from 'cborg';
import { bytesToUtf8, compareBytes, hasLoneSurrogate } from './bytes.js';
import { CairnError } from './errors.js';
import { CBOR_LIMITS, type CborLimits } from './limits.js';

/**
 * What can be encoded. `number` is a safe integer; a `bigint` inside the safe range is written like the number and comes
 * back as one. Byte strings decode to fresh arrays, maps to plain objects.
 */
export type CborValue =
  null | boolean | number | bigint | string | Uint8Array | readonly CborValue[] | { readonly [key: string]: CborValue };

/**
 * The deterministic encoding of `value`.
 * @throws CairnError `cbor.unsupported` for what is not a {@link CborValue}, `cbor.too-deep` beyond the default depth,
 * so that whatever can be written can be read. Length and item count are the reader's to bound.
 */
export function encodeCbor(value: CborValue): Uint8Array {
  try {
    // A copy, because cborg may answer with a Buffer out of Node's shared pool.
    return new Uint8Array(encode(value, { typeEncoders: TYPE_ENCODERS }));
  } catch (error) {
    if (error instanceof CairnError) throw error;
    throw unsupported('a type that CBOR here does not carry', error);
  }
}

type TypeEncoder = (value: unknown, type: string, options: unknown, parents?: Parents) => null;
interface Parents {
  readonly parent: Parents | undefined;
}

const INTEGER_MIN = -(2n ** 64n);
const INTEGER_MAX = 2n ** 64n - 1n;
const NO_BYTES = new Uint8Array(0);

/** Called by cborg for each value of a type; null lets it write the value, a throw refuses it. */
const TYPE_ENCODERS: { [type: string]: TypeEncoder } = {
  number(value) {
    if (!Number.isSafeInteger(value)) throw unsupported('a number that is not a safe integer');
    return null;
  },
  bigint(value) {
    if ((value as bigint) < INTEGER_MIN || (value as bigint) > INTEGER_MAX) throw unsupported('more than 64 bits');
    return null;
  },
  string(value) {
    if (hasLoneSurrogate(value as string)) throw unsupported('text with half a surrogate pair');
    return null;
  },
  Array(_value, _type, _options, parents) {
    checkDepth(parents);
    return null;
  },
  Object(value, _type, _options, parents) {
    checkDepth(parents);
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype !== Object.prototype && prototype !== null) throw unsupported('an object of a class');
    return null;
  },
};

// cborg would write these as something else than they are, or as what the decoder refuses.
for (const type of [
  ...[
    'undefined',
    'Map',
    'Tagged',
    'ArrayBuffer',
    'DataView',
    'Uint8ClampedArray',
    'Int8Array',
    'Int16Array',
    'Uint16Array',
  ],
  ...['Int32Array', 'Uint32Array', 'Float32Array', 'Float64Array', 'BigInt64Array', 'BigUint64Array'],
]) {
  TYPE_ENCODERS[type] = () => {
    throw unsupported(type);
  };
}

function checkDepth(parents: Parents | undefined): void {
  let depth = 1;
  for (let above = parents; above !== undefined; above = above.parent) depth++;
  if (depth > CBOR_LIMITS.depthMax) throw tooDeep(CBOR_LIMITS.depthMax);
}

/**
 * The value of which `bytes` is the encoding. Depth, item count and every declared length are bounded before anything is
 * allocated for them.
 * @param limits replace those of {@link CBOR_LIMITS} one by one
 * @throws CairnError `cbor.too-large` (length or item count), `cbor.too-deep`, `cbor.malformed` (not CBOR, cut short, bytes
 * left over, bad UTF-8), `cbor.not-canonical` (CBOR, but not in its one form), `cbor.unsupported` (float, tag, …).
 */
export function decodeCbor(bytes: Uint8Array, limits?: Partial<CborLimits>): CborValue {
  const { bytesMax, depthMax, itemsMax } = limits === undefined ? CBOR_LIMITS : { ...CBOR_LIMITS, ...limits };
  if (bytes.length > bytesMax) {
    throw new CairnError('cbor.too-large', `The CBOR has ${bytes.length} bytes; at most ${bytesMax} are read here.`);
  }
  const reader = new Reader(bytes, depthMax, itemsMax);
  const value = reader.item(0);
  reader.end();
  return value;
}

class Reader {
  readonly #bytes: Uint8Array;
  readonly #depthMax: number;
  readonly #tokenizer: Tokenizer;
  #itemsLeft: number;

  constructor(bytes: Uint8Array, depthMax: number, itemsMax: number) {
    // A plain view: slices of a Buffer would share its memory.
    this.#bytes = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#depthMax = depthMax;
    this.#itemsLeft = itemsMax;
    this.#tokenizer = new Tokenizer(this.#bytes, { strict: true, allowBigInt: true, retainStringBytes: true });
  }

  item(depth: number): CborValue {
    const token = this.#next();
    switch (token.type) {
      case Type.string:
        return textOf(token);
      case Type.array:
        return this.#array(token.value as number, depth + 1);
      case Type.map:
        return this.#map(token.value as number, depth + 1);
      default:
        return token.value as CborValue;
    }
  }

  end(): void {
    if (!this.#tokenizer.done()) throw malformed('there are bytes after the value');
  }

  #array(length: number, depth: number): CborValue[] {
    this.#enter(length, depth);
    const values: CborValue[] = [];
    for (let i = 0; i < length; i++) values.push(this.item(depth));
    return values;
  }

  #map(size: number, depth: number): { [key: string]: CborValue } {
    this.#enter(2 * size, depth);
    const map: { [key: string]: CborValue } = {};
    let previous: Token | undefined;
    for (let i = 0; i < size; i++) {
      const key = this.#next();
      if (key.type !== Type.string) throw unsupported('a map key that is not text');
      if (previous !== undefined && compareKeys(previous, key) >= 0) {
        throw notCanonical('map keys are not in bytewise order, each once');
      }
      previous = key;
      const name = textOf(key);
      const value = this.item(depth);
      if (name === '__proto__') {
        // Assigning would call the setter of Object.prototype instead of making a property.
        Object.defineProperty(map, name, { value, configurable: true, enumerable: true, writable: true });
      } else {
        map[name] = value;
      }
    }
    return map;
  }

  /** Before a container is built: every item takes a byte at least, so a larger count is a lie. */
  #enter(itemCount: number, depth: number): void {
    if (depth > this.#depthMax) throw tooDeep(this.#depthMax);
    if (itemCount > this.#bytes.length - this.#tokenizer.pos()) throw malformed('it ends early');
  }

  #next(): Token {
    if (this.#itemsLeft-- === 0) throw new CairnError('cbor.too-large', 'The CBOR has too many items.');
    const head = this.#bytes[this.#tokenizer.pos()];
    if (head === undefined) throw malformed('it ends early');
    checkHead(head);
    try {
      return this.#tokenizer.next();
    } catch (error) {
      if (error instanceof Error && error.message.includes('strict decode')) {
        throw notCanonical('an integer or a length is longer than it need be', error);
      }
      throw malformed('it ends early', error);
    }
  }
}

/** Refuses by its first byte what is not an item of the restricted form. */
function checkHead(head: number): void {
  const major = head >> 5;
  const minor = head & 31;
  if (major === 6) throw unsupported('a tag');
  if (major === 7) {
    if (head !== 0xf4 && head !== 0xf5 && head !== 0xf6) throw unsupported('a float or a simple value');
  } else if (minor > 27) {
    if (minor === 31 && major >= 2) throw notCanonical('an item has no definite length');
    throw malformed('a reserved byte');
  }
}

function textOf(token: Token): string {
  const text = token.value as string;
  const bytes = token.byteValue;
  // As many characters as bytes and none replaced: ASCII, which cborg has decoded already.
  if (bytes === undefined || (bytes.length === text.length && !text.includes('\u{fffd}'))) return text;
  try {
    return bytesToUtf8(bytes);
  } catch (error) {
    throw malformed('text that is not UTF-8', error);
  }
}

/** Order of the encodings of two text keys: the shorter first, because the length is encoded first. */
function compareKeys(a: Token, b: Token): number {
  const aBytes = a.byteValue ?? NO_BYTES;
  const bBytes = b.byteValue ?? NO_BYTES;
  return aBytes.length === bBytes.length ? compareBytes(aBytes, bBytes) : aBytes.length - bBytes.length;
}

function unsupported(what: string, cause?: unknown): CairnError {
  return new CairnError('cbor.unsupported', `Not carried by the CBOR of this format: ${what}.`, { cause });
}

function tooDeep(depthMax: number): CairnError {
  return new CairnError('cbor.too-deep', `The value is nested more than ${depthMax} deep.`);
}

function malformed(why: string, cause?: unknown): CairnError {
  return new CairnError('cbor.malformed', `The bytes are not one CBOR value: ${why}.`, { cause });
}

function notCanonical(why: string, cause?: unknown): CairnError {
  return new CairnError('cbor.not-canonical', `The CBOR is not in its deterministic form: ${why}.`, { cause });
}
