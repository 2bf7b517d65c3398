/**
 * Writes one proto3 message in its canonical form, as gogoproto does in CometBFT: fields in ascending order (the
 * caller's duty), scalars left out when zero or empty. Encoding only, because what we hash we never have to parse.
 */
export class ProtobufWriter {
  #buffer = new Uint8Array(128);
  #length = 0;

  /** `uint32`, `uint64` and enum fields; from 0 to 2^53 − 1. */
  uint(field: number, value: number): this {
    return value === 0 ? this : this.#tag(field, VARINT).#varint(value);
  }

  /** `int32` and `int64` fields: a negative number takes ten bytes (two's complement). */
  int(field: number, value: number): this {
    if (value >= 0) return this.uint(field, value);
    return this.#tag(field, VARINT).#varintBig(BigInt.asUintN(64, BigInt(value)));
  }

  sfixed64(field: number, value: number): this {
    if (value === 0) return this;
    this.#tag(field, FIXED64).#reserve(8);
    new DataView(this.#buffer.buffer).setBigInt64(this.#length, BigInt(value), true);
    this.#length += 8;
    return this;
  }

  bytes(field: number, value: Uint8Array): this {
    return value.length === 0 ? this : this.message(field, value);
  }

  /** An embedded message that is there even when empty (not nullable in gogoproto), or an element of repeated bytes. */
  message(field: number, value: Uint8Array): this {
    return this.#tag(field, LENGTH_DELIMITED).delimited(value);
  }

  /** The bytes after their length and without a tag. */
  delimited(value: Uint8Array): this {
    this.#varint(value.length).#reserve(value.length);
    this.#buffer.set(value, this.#length);
    this.#length += value.length;
    return this;
  }

  finish(): Uint8Array {
    return this.#buffer.slice(0, this.#length);
  }

  #tag(field: number, wireType: number): this {
    return this.#varint(field * 8 + wireType);
  }

  #varint(value: number): this {
    if (value > UINT31_MAX) return this.#varintBig(BigInt(value));
    this.#reserve(5);
    let rest = value;
    for (; rest > 0x7f; rest >>>= 7) this.#buffer[this.#length++] = (rest & 0x7f) | 0x80;
    this.#buffer[this.#length++] = rest;
    return this;
  }

  #varintBig(value: bigint): this {
    this.#reserve(10);
    let rest = value;
    for (; rest > 0x7fn; rest >>= 7n) this.#buffer[this.#length++] = Number(rest & 0x7fn) | 0x80;
    this.#buffer[this.#length++] = Number(rest);
    return this;
  }

  #reserve(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#buffer.length) return;
    const grown = new Uint8Array(needed > 2 * this.#buffer.length ? needed : 2 * this.#buffer.length);
    grown.set(this.#buffer.subarray(0, this.#length));
    this.#buffer = grown;
  }
}

const VARINT = 0;
const FIXED64 = 1;
const LENGTH_DELIMITED = 2;
/** Up to here a varint needs no arithmetic beyond 32-bit integers. */
const UINT31_MAX = 0x7fffffff;
