import * as z from 'zod';
import { collection } from '../kernel/collection.js';
import { partySchema } from '../kernel/caller.js';
import { count, digest, organisationId, pseudonym, setOf, time } from '../kernel/schema.js';

/** HL7 v3 PurposeOfUse codes that a grant can be for. */
export const PURPOSES = ['TREAT', 'ETREAT', 'HPAYMT', 'HOPERAT', 'HRESCH', 'CLINTRCH', 'PATRQT', 'PUBHLTH'] as const;

export type Purpose = (typeof PURPOSES)[number];

export const purposesSchema = setOf(z.enum(PURPOSES), PURPOSES.length);

export const RIGHTS = ['read', 'write'] as const;

export const rightsSchema = setOf(z.enum(RIGHTS), RIGHTS.length);

/** A compartment has at most this many live grants, so that a revocation is bounded work. */
export const GRANTS_PER_COMPARTMENT_MAX = 64;

const compartmentSchema = z.strictObject({
  /** Present epoch, from 1. */
  epoch: count,
  openedAt: time,
  /** Live grants, oldest first; expired ones go when the list is next touched. */
  grants: z.array(pseudonym).max(GRANTS_PER_COMPARTMENT_MAX),
});

export type Compartment = z.infer<typeof compartmentSchema>;

export const grantSchema = z.strictObject({
  subject: pseudonym,
  compartment: pseudonym,
  grantee: organisationId,
  purposes: purposesSchema,
  rights: rightsSchema,
  /** The grant lives from here … */
  from: time,
  /** … to here, exclusive. */
  until: time,
  /** Only records committed from here … */
  dataFrom: time.nullable(),
  /** … to here, exclusive. */
  dataUntil: time.nullable(),
  /** Vault digest of the sealed epoch keys; null when the grantee derives them itself, as a steward does. */
  envelope: digest.nullable(),
  grantedBy: partySchema,
  revokedAt: time.nullable(),
});

export type Grant = z.infer<typeof grantSchema>;

export const consentState = {
  /** Compartments under opaque ids: the ledger does not say which one is about what. */
  compartments: collection<[subject: Uint8Array, compartment: Uint8Array], Compartment>(
    'compartments',
    compartmentSchema,
  ),

  /** Commitment to each epoch's key, so that a ciphertext has one meaning and a wrong key is noticed. */
  epochs: collection<[subject: Uint8Array, compartment: Uint8Array, epoch: number], Uint8Array>('epochs', digest),

  grants: collection<[grant: Uint8Array], Grant>('grants', grantSchema),

  /** Until when another subject may act for this one; a parent, a guardian. */
  representatives: collection<[subject: Uint8Array, representative: Uint8Array], number>('representatives', time),

  /** Whether a clinician may break the glass; absent means yes. */
  emergencyAccess: collection<[subject: Uint8Array], boolean>('emergency-access', z.boolean()),
};
