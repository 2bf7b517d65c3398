import { BinaryWriter, WireType } from 'cosmjs-types/binary';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toHex } from './bytes.js';
import { ProtobufWriter } from './protobuf-writer.js';

const field = fc.integer({ min: 1, max: 2 ** 28 });

/** cosmjs-types 0.11.0 truncates 64-bit varints from 2^31 to 2^32 - 1. */
const isWrittenRight = (value: number): boolean => value < 2 ** 31 || value >= 2 ** 32;

describe('ProtobufWriter writes what cosmjs-types writes', () => {
  it('for unsigned integers', () => {
    fc.assert(
      fc.property(field, fc.maxSafeNat().filter(isWrittenRight), (number, value) => {
        const expected = new BinaryWriter().tag(number, WireType.Varint).uint64(value).finish();
        expect(new ProtobufWriter().uint(number, value).finish()).toEqual(value === 0 ? new Uint8Array(0) : expected);
      }),
    );
  });

  it('for signed integers', () => {
    fc.assert(
      fc.property(field, fc.maxSafeInteger().filter(isWrittenRight), (number, value) => {
        const expected = new BinaryWriter().tag(number, WireType.Varint).int64(value).finish();
        expect(new ProtobufWriter().int(number, value).finish()).toEqual(value === 0 ? new Uint8Array(0) : expected);
      }),
    );
  });

  it('for integers of fixed width', () => {
    fc.assert(
      fc.property(field, fc.maxSafeInteger(), (number, value) => {
        const expected = new BinaryWriter().tag(number, WireType.Fixed64).sfixed64(BigInt(value)).finish();
        const written = new ProtobufWriter().sfixed64(number, value).finish();
        expect(written).toEqual(value === 0 ? new Uint8Array(0) : expected);
      }),
    );
  });

  it('for bytes and messages', () => {
    fc.assert(
      fc.property(field, fc.uint8Array({ maxLength: 500 }), (number, value) => {
        const expected = new BinaryWriter().tag(number, WireType.Bytes).bytes(value).finish();
        expect(new ProtobufWriter().message(number, value).finish()).toEqual(expected);
        const written = new ProtobufWriter().bytes(number, value).finish();
        expect(written).toEqual(value.length === 0 ? new Uint8Array(0) : expected);
      }),
    );
  });

  it('at every length around a power of two', () => {
    for (const value of [0x7f, 0x80, 0x3fff, 0x4000, 0x7fff_ffff, 2 ** 32, 2 ** 53 - 1]) {
      const expected = new BinaryWriter().tag(1, WireType.Varint).uint64(value).finish();
      expect(new ProtobufWriter().uint(1, value).finish()).toEqual(expected);
    }
  });
});

it('ProtobufWriter writes varints from 2^31 to 2^32 - 1', () => {
  expect(toHex(new ProtobufWriter().int(1, 0x8000_0000).finish())).toBe('088080808008');
  expect(toHex(new ProtobufWriter().uint(1, 0xffff_ffff).finish())).toBe('08ffffffff0f');
});
