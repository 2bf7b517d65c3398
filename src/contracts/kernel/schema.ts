import * as z from 'zod';

/**
 * Building blocks of argument and state schemas. Byte strings are `Uint8Array`; identifiers of people and things are
 * 16 random bytes, so that they say nothing.
 */
export function bytes(
  length: number,
  isAcceptable: (value: Uint8Array) => boolean = () => true,
): z.ZodType<Uint8Array> {
  return z
    .custom<Uint8Array>((value) => value instanceof Uint8Array && value.length === length && isAcceptable(value))
    .meta({ type: 'string', format: 'hex', description: `${length} bytes`, length });
}

/** A pseudonymous identifier: 16 random bytes. */
export const pseudonym = bytes(16);

/** A SHA-256 digest. */
export const digest = bytes(32);

/**
 * Identifier of an organisation: lower-case letters, digits and hyphens, 2 to 40 characters; not `subject`, which stands
 * where a patient did what an organisation may do too.
 */
export const organisationId = z.string().regex(/^(?!subject$)[a-z][a-z0-9-]{0,38}[a-z0-9]$/);

/** A whole number from 0 to 2^53 − 1. */
export const count = z.int().min(0);

/** Unix seconds of block time. */
export const time = z.int().min(0).max(253_402_300_799);

/** A list whose order means nothing: at least one element, none twice. */
export function setOf<T extends z.ZodType<string>>(element: T, max: number): z.ZodType<z.infer<T>[]> {
  return z
    .array(element)
    .min(1)
    .max(max)
    .refine((list) => new Set(list).size === list.length, 'an element occurs twice');
}
