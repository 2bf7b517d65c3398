import { Type, type Static } from 'typebox';
import { json, type Endpoint } from './endpoint.js';
import { compartmentCode, count, digest, instant, nullable, object, organisationId } from './values.js';
import { pseudonym, purpose, receiptLink, right, subjectName } from './values.js';

/** A decision that is durable on the ledger. */
export const ledgerDecisionSchema = object({
  transaction: digest,
  call: count,
  height: count,
  receipt: receiptLink,
});

export type LedgerDecision = Static<typeof ledgerDecisionSchema>;

export const grantDecisionSchema = object({ ...ledgerDecisionSchema.properties, grant: pseudonym });

export type GrantDecision = Static<typeof grantDecisionSchema>;

export const grantSchema = object({
  grant: pseudonym,
  subject: pseudonym,
  compartment: pseudonym,
  code: nullable(compartmentCode),
  grantee: organisationId,
  purposes: Type.Array(purpose),
  rights: Type.Array(right),
  from: instant,
  /** Exclusive. */
  until: instant,
  /** Only records committed in this frame. */
  dataFrom: nullable(instant),
  dataUntil: nullable(instant),
  status: Type.Enum(['live', 'not-yet', 'ended', 'revoked']),
  revokedAt: nullable(instant),
});

export type GrantView = Static<typeof grantSchema>;

const subjectParams = object({ subject: subjectName });

/** A time (RFC 3339), or how long from now: `45s`, `12h`, `30d`, `2w`. */
const end = Type.String({ maxLength: 40, description: 'RFC 3339, or a duration from now such as 30d' });
const requestedTime = Type.String({ maxLength: 40, description: 'RFC 3339' });
const purposes = Type.Array(purpose, { minItems: 1, uniqueItems: true });

export const grantRequestSchema = object({
  grantee: organisationId,
  /** Codes, or `all`. */
  compartments: Type.Array(compartmentCode, { minItems: 1, maxItems: 32, uniqueItems: true }),
  purposes,
  /** Reading, unless told otherwise. */
  rights: Type.Optional(Type.Array(right, { minItems: 1, uniqueItems: true })),
  until: end,
  dataFrom: Type.Optional(requestedTime),
  dataUntil: Type.Optional(requestedTime),
});

export type GrantRequest = Static<typeof grantRequestSchema>;

export const createGrants = {
  id: 'createGrants',
  method: 'POST',
  path: '/api/v1/subjects/:subject/grants',
  access: 'write',
  group: 'consent',
  summary: 'Grant an organisation compartments, for purposes and a time: all of them or none',
  params: subjectParams,
  body: json(grantRequestSchema),
  reply: json(
    object({ decisions: Type.Array(object({ ...grantDecisionSchema.properties, code: compartmentCode })) }),
    201,
  ),
} as const satisfies Endpoint;

export const listGrants = {
  id: 'listGrants',
  method: 'GET',
  path: '/api/v1/subjects/:subject/grants',
  access: 'read',
  group: 'consent',
  summary: 'Grants of a subject, ended ones too',
  params: subjectParams,
  reply: json(object({ grants: Type.Array(grantSchema) })),
} as const satisfies Endpoint;

export const grantChangeSchema = object({ purposes: Type.Optional(purposes), until: Type.Optional(end) });

export type GrantChange = Static<typeof grantChangeSchema>;

export const narrowGrant = {
  id: 'narrowGrant',
  method: 'PATCH',
  path: '/api/v1/grants/:grant',
  access: 'write',
  group: 'consent',
  summary: 'Narrow a grant to fewer purposes or an earlier end',
  params: object({ grant: pseudonym }),
  body: json(grantChangeSchema),
  reply: json(grantDecisionSchema),
} as const satisfies Endpoint;

export const revokeGrant = {
  id: 'revokeGrant',
  method: 'DELETE',
  path: '/api/v1/grants/:grant',
  access: 'write',
  group: 'consent',
  summary: 'Revoke a grant and begin a new epoch of keys',
  params: object({ grant: pseudonym }),
  reply: json(grantDecisionSchema),
} as const satisfies Endpoint;
