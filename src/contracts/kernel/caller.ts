import * as z from 'zod';
import { organisationId, pseudonym } from './schema.js';

/** Who can sign: an organisation, a subject (pseudonymous patient), or a practitioner or device that an organisation vouches for. */
export const partySchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('organisation'), id: organisationId }),
  z.strictObject({ kind: z.literal('subject'), id: pseudonym }),
  z.strictObject({ kind: z.literal('practitioner'), id: pseudonym, organisation: organisationId }),
  z.strictObject({ kind: z.literal('device'), id: pseudonym, organisation: organisationId }),
]);

export type Party = z.infer<typeof partySchema>;

/** The party behind a transaction's signature, or the holder of a key that a subject was offered to. */
export type Caller = Party | { readonly kind: 'claimant'; readonly id: Uint8Array };

/** The organisation that a caller is, or acts for; undefined for a subject. */
export function organisationOf(caller: Caller): string | undefined {
  switch (caller.kind) {
    case 'organisation':
      return caller.id;
    case 'practitioner':
    case 'device':
      return caller.organisation;
    case 'subject':
    case 'claimant':
      return undefined;
  }
}
