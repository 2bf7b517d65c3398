/**
 * What an organisation holds follows from one root secret of 32 random bytes, kept in its key store:
 *
 *     root ─┬─ ledger-signing, generation n   Ed25519 seed: signs the organisation's transactions
 *           ├─ sealing, generation n          X-Wing seed: opens what others seal to the organisation
 *           ├─ index, generation n            encrypts its FHIR index at rest
 *           ├─ api-keys, generation n         pepper under which its API keys are stored
 *           └─ steward                        root of the custodial subjects (no generation: a life's records hang on it)
 *
 * A generation replaces a key that is worn out or was exposed; it is no help when the root itself was exposed.
 */
import { assert } from '../primitives/assert.js';
import type { Crypto } from '../primitives/crypto.js';
import type { Secret } from '../primitives/secret.js';
import { deriveSecret } from './derive.js';

export type OrganisationKeyPurpose = 'ledger-signing' | 'sealing' | 'index' | 'api-keys';

/**
 * One of the organisation's keys, 32 bytes.
 * @param root 32 bytes
 * @param generation from 0; each purpose has its own
 */
export function organisationKey(
  crypto: Pick<Crypto, 'hkdfSha256'>,
  root: Secret,
  purpose: OrganisationKeyPurpose,
  generation: number,
): Secret {
  assert(root.reveal().length === 32, 'an organisation root secret has 32 bytes');
  assert(Number.isSafeInteger(generation) && generation >= 0, 'a generation is a whole number from 0');
  return deriveSecret(crypto, root, `cairn/organisation/${purpose}`, [generation]);
}

/** Root of the subjects for whom this organisation is the steward: see {@link custodialSubjectRoot}. */
export function stewardRoot(crypto: Pick<Crypto, 'hkdfSha256'>, root: Secret): Secret {
  assert(root.reveal().length === 32, 'an organisation root secret has 32 bytes');
  return deriveSecret(crypto, root, 'cairn/organisation/steward');
}
