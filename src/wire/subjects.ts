import { Type, type Static } from 'typebox';
import { json, type Endpoint } from './endpoint.js';
import { grantSchema, ledgerDecisionSchema } from './grants.js';
import { count, instant, nullable, object, organisationId, pseudonym, compartmentCode, subjectName } from './values.js';

const subjectKind = Type.Enum(['patient', 'directory']);

export const subjectSummarySchema = object({
  subject: pseudonym,
  kind: subjectKind,
  /** The organisation that acts for a subject without a device; null when the subject holds its keys. */
  steward: nullable(organisationId),
});

export type SubjectSummary = Static<typeof subjectSummarySchema>;

export const compartmentSchema = object({
  compartment: pseudonym,
  /** What it is about, where the caller's organisation knows. */
  code: nullable(compartmentCode),
  epoch: count,
  /** Sizes of its logs. */
  records: count,
  accesses: count,
});

export const subjectSchema = object({
  ...subjectSummarySchema.properties,
  registeredAt: instant,
  /** Whether a clinician may break the glass. */
  emergencyAccess: Type.Boolean(),
  compartments: Type.Array(compartmentSchema),
  /** All grants for the steward; for others those to themselves. */
  grants: Type.Array(grantSchema),
});

export type SubjectView = Static<typeof subjectSchema>;

export const registerSubject = {
  id: 'registerSubject',
  method: 'POST',
  path: '/api/v1/subjects',
  access: 'write',
  group: 'subjects',
  summary: 'Register a patient for whom the caller’s organisation acts',
  body: json(object({ kind: Type.Literal('patient') })),
  reply: json(subjectSchema, 201),
} as const satisfies Endpoint;

export const listSubjects = {
  id: 'listSubjects',
  method: 'GET',
  path: '/api/v1/subjects',
  access: 'read',
  group: 'subjects',
  summary: 'Subjects for whom the caller’s organisation acts, or who granted it something',
  query: object({
    relation: Type.Optional(Type.Enum(['steward', 'grantee'])),
    /** The last subject of the page before. */
    after: Type.Optional(pseudonym),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000 })),
  }),
  reply: json(object({ subjects: Type.Array(subjectSummarySchema), total: count, next: nullable(pseudonym) })),
} as const satisfies Endpoint;

export const getSubject = {
  id: 'getSubject',
  method: 'GET',
  path: '/api/v1/subjects/:subject',
  access: 'read',
  group: 'subjects',
  summary: 'What the ledger holds of a subject: compartments, sizes of logs, grants',
  params: object({ subject: subjectName }),
  reply: json(subjectSchema),
} as const satisfies Endpoint;

export const setEmergencyAccess = {
  id: 'setEmergencyAccess',
  method: 'PUT',
  path: '/api/v1/subjects/:subject/emergency-access',
  access: 'write',
  group: 'subjects',
  summary: 'Allow or forbid that a clinician breaks the glass',
  params: object({ subject: subjectName }),
  body: json(object({ allowed: Type.Boolean() })),
  reply: json(ledgerDecisionSchema),
} as const satisfies Endpoint;
