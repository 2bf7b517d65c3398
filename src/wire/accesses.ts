import { Type, type Static } from 'typebox';
import { json, type Endpoint } from './endpoint.js';
import { accessBasis, compartmentCode, count, digest, instant, nullable, object, organisationId } from './values.js';
import { pseudonym, purpose, receiptLink, subjectName } from './values.js';

/** One opening of a chart. */
export const accessEntrySchema = object({
  access: pseudonym,
  /** Who: the organisation, and its practitioner or device. */
  organisation: organisationId,
  actor: nullable(pseudonym),
  purpose,
  /** Block time. */
  time: instant,
  /** Which compartments, on what ground, until when. */
  compartments: Type.Array(
    object({
      compartment: pseudonym,
      code: nullable(compartmentCode),
      basis: accessBasis,
      grant: nullable(pseudonym),
      until: instant,
      /** Index of the entry in the compartment's access log. */
      index: count,
    }),
  ),
  transaction: digest,
  call: count,
  receipt: receiptLink,
});

export type AccessEntry = Static<typeof accessEntrySchema>;

export const listAccesses = {
  id: 'listAccesses',
  method: 'GET',
  path: '/api/v1/subjects/:subject/accesses',
  access: 'read',
  group: 'consent',
  summary: 'Who opened the chart, when, why and which part: newest first',
  params: object({ subject: subjectName }),
  query: object({
    /** `next` of the page before. */
    before: Type.Optional(Type.String({ pattern: '^[0-9]{1,16}-[0-9]{1,9}-[0-9]{1,9}$' })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500 })),
  }),
  reply: json(
    object({
      accesses: Type.Array(accessEntrySchema),
      total: count,
      next: nullable(Type.String()),
      /** By compartment: evidence that its log has these entries and no others. */
      evidence: Type.Array(object({ compartment: pseudonym, code: nullable(compartmentCode), href: Type.String() })),
    }),
  ),
} as const satisfies Endpoint;
