import * as z from 'zod';
import { isAcceptableEd25519Key } from '../../primitives/ed25519-key.js';
import { collection } from '../kernel/collection.js';
import { partySchema } from '../kernel/caller.js';
import { bytes, count, digest, organisationId, pseudonym, setOf, time } from '../kernel/schema.js';

/** What an organisation may be; more than one is possible. */
export const ORGANISATION_ROLES = [
  'hospital',
  'clinic',
  'insurer',
  'pharmacy',
  'wholesaler',
  'manufacturer',
  'research',
  'regulator',
] as const;

/** A signing key that transactions can name: Ed25519 (32 bytes) or P-256 as used by passkeys (65 bytes, uncompressed). */
export const publicKeySchema = z.discriminatedUnion('alg', [
  z.strictObject({ alg: z.literal('ed25519'), key: bytes(32, isAcceptableEd25519Key) }),
  z.strictObject({ alg: z.literal('p256'), key: bytes(65, ([form]) => form === 4) }),
]);

/** X-Wing public key: ML-KEM-768 ‖ X25519. */
export const sealingKeySchema = bytes(1216);

export const organisationSchema = z.strictObject({
  name: z.string().min(1).max(120),
  roles: setOf(z.enum(ORGANISATION_ROLES), ORGANISATION_ROLES.length),
  sealingKey: sealingKeySchema,
  admittedAt: time,
});

export type Organisation = z.infer<typeof organisationSchema>;

export const registryState = {
  organisations: collection<[organisation: string], Organisation>('organisations', organisationSchema),

  /** How many organisations there are: what a majority is counted against. */
  organisationCount: collection<[], number>('organisation-count', count),

  /** Organisations asked in, with who approved. */
  proposals: collection<[organisation: string], Proposal>(
    'proposals',
    z.strictObject({
      organisation: z.lazy(() => proposedOrganisationSchema),
      approvals: z.array(organisationId),
    }),
  ),

  /** Who may sign with a key; by key id (SHA-256). A revoked key stays, so that it can never be registered again. */
  keys: collection<[keyId: Uint8Array], KeyRecord>(
    'keys',
    z.strictObject({ party: partySchema, generation: count, addedAt: time, revokedAt: time.nullable() }),
  ),

  /** Subjects offered to their patients' keys, by key id. */
  offers: collection<[keyId: Uint8Array], Uint8Array>('offers', pseudonym),

  /** How many live keys a party of an organisation's or subject's kind has: the last one cannot be revoked. */
  liveKeys: collection<[kind: string, id: Uint8Array | string], number>('live-keys', count),

  /** Practitioners and devices that an organisation vouches for, under pseudonyms; names stay in the organisation. */
  members: collection<[id: Uint8Array], Member>(
    'members',
    z.strictObject({
      kind: z.enum(['practitioner', 'device']),
      organisation: organisationId,
      vouchedAt: time,
      withdrawnAt: time.nullable(),
    }),
  ),

  subjects: collection<[subject: Uint8Array], Subject>(
    'subjects',
    z.strictObject({
      kind: z.enum(['patient', 'directory']),
      steward: organisationId.nullable(),
      sealingKey: sealingKeySchema,
      registeredAt: time,
      generation: count,
      offeredTo: digest.nullable(),
    }),
  ),
};

export const proposedOrganisationSchema = z.strictObject({
  id: organisationId,
  name: z.string().min(1).max(120),
  roles: setOf(z.enum(ORGANISATION_ROLES), ORGANISATION_ROLES.length),
  signingKey: publicKeySchema,
  sealingKey: sealingKeySchema,
});

export type ProposedOrganisation = z.infer<typeof proposedOrganisationSchema>;

interface Proposal {
  organisation: ProposedOrganisation;
  approvals: string[];
}

export interface KeyRecord {
  party: z.infer<typeof partySchema>;
  /** Of a subject's key: it signs only while the subject is in this generation. 0 for every other party. */
  generation: number;
  addedAt: number;
  revokedAt: number | null;
}

interface Member {
  kind: 'practitioner' | 'device';
  organisation: string;
  vouchedAt: number;
  withdrawnAt: number | null;
}

/** A pseudonymous patient, or an organisation's own directory of practitioners and places. */
export interface Subject {
  kind: 'patient' | 'directory';
  /** Acts for a subject without a device (custodial); null once the subject holds the keys. */
  steward: string | null;
  sealingKey: Uint8Array;
  registeredAt: number;
  /** Grows when the patient claims the subject: no key from before signs any more. */
  generation: number;
  /** Key id that may claim the subject from its steward. */
  offeredTo: Uint8Array | null;
}
