import { Type, type TObject, type TProperties, type TSchema, type TUnion, type TNull, type TString } from 'typebox';
import { PURPOSES, RIGHTS } from '../contracts/consent/state.js';
import { ACCESS_BASES } from '../contracts/access/leaf.js';

/** Bytes are lower-case hexadecimal, times RFC 3339 in UTC; a member that has no value is null, never left out. */

export function object<Properties extends TProperties>(
  properties: Properties,
  description?: string,
): TObject<Properties> {
  return Type.Object(properties, {
    additionalProperties: false,
    ...(description === undefined ? {} : { description }),
  });
}

export function nullable<Schema extends TSchema>(schema: Schema): TUnion<[Schema, TNull]> {
  return Type.Union([schema, Type.Null()]);
}

export function hex(length: number, description: string): TString {
  return Type.String({ pattern: `^[0-9a-f]{${length * 2}}$`, description });
}

/** 16 random bytes that name a subject, compartment, grant, practitioner or record. */
export const pseudonym = hex(16, '16 random bytes, hexadecimal');
export const digest = hex(32, 'SHA-256, hexadecimal');
export const hexBytes = Type.String({ pattern: '^([0-9a-f]{2})*$', description: 'hexadecimal' });
export const instant = Type.String({ format: 'date-time', description: 'RFC 3339, UTC' });
export const count = Type.Integer({ minimum: 0 });
export const organisationId = Type.String({
  pattern: '^[a-z][a-z0-9-]{0,38}[a-z0-9]$',
  description: 'id of a member organisation',
});
export const compartmentCode = Type.String({
  pattern: '^[a-z][a-z-]{1,39}$',
  description: 'what a compartment is about: general, mental-health, …',
});
export const purpose = Type.Enum([...PURPOSES], { description: 'HL7 v3 PurposeOfUse' });
export const right = Type.Enum([...RIGHTS]);
export const accessBasis = Type.Enum([...ACCESS_BASES]);

/** Where the receipt of a call is had. */
export const receiptLink = Type.String({ description: 'path of the receipt: /api/v1/receipts/‹transaction›/‹call›' });

/** How a request names a subject: its id, or `Patient/‹FHIR id›` (percent-encoded) in the caller's organisation. */
export const subjectName = Type.String({
  pattern: '^([0-9a-f]{32}|Patient/[A-Za-z0-9.-]{1,64})$',
  description: 'id of the subject, or Patient/‹FHIR id› percent-encoded',
});
