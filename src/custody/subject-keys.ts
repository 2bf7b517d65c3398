/**
 * What a subject (a pseudonymous patient) holds follows from one root secret of 32 bytes, so that any opener of the root
 * recovers a life's records without a backup of anything else:
 *
 *     root ─┬─ signing, generation n          Ed25519 seed
 *           ├─ sealing, generation n          X-Wing seed
 *           ├─ pseudonym for a party          16 bytes; two parties cannot tell that theirs are of one subject
 *           └─ compartment code               opaque 16-byte id: the ledger never says "hiv"
 *                 └─ epoch n                  32-byte epoch key of that compartment
 *
 * Who knows an epoch key can compute neither another epoch's key nor another compartment's.
 */
import { assert } from '../primitives/assert.js';
import type { Crypto } from '../primitives/crypto.js';
import type { Secret } from '../primitives/secret.js';
import { deriveBytes, deriveSecret } from './derive.js';
import { EpochKey } from './epoch-key.js';

type Hkdf = Pick<Crypto, 'hkdfSha256'>;

/** Signs the subject's transactions: Ed25519 seed. `generation` counts from 0 and goes up when a key is replaced. */
export function subjectSigningSeed(crypto: Hkdf, root: Secret, generation: number): Secret {
  checkRoot(root);
  return deriveSecret(crypto, root, 'cairn/subject/signing', [generation]);
}

/** Opens what is sealed to the subject: X-Wing seed. */
export function subjectSealingSeed(crypto: Hkdf, root: Secret, generation: number): Secret {
  checkRoot(root);
  return deriveSecret(crypto, root, 'cairn/subject/sealing', [generation]);
}

/**
 * The name under which `party` (16-byte id of an organisation, a trial, a study) sees the subject, 16 bytes: the same each
 * time for one party, unlinkable between parties for whoever lacks the root.
 */
export function pseudonymFor(crypto: Hkdf, root: Secret, party: Uint8Array): Uint8Array {
  checkRoot(root);
  assert(party.length === 16, 'a party id has 16 bytes');
  return deriveBytes(crypto, root.reveal(), 'cairn/subject/pseudonym', [party], 16);
}

/** The opaque id, 16 bytes, of the subject's compartment of this code (`general`, `mental-health`, …). */
export function compartmentId(crypto: Hkdf, root: Secret, code: string): Uint8Array {
  checkRoot(root);
  return deriveBytes(crypto, root.reveal(), 'cairn/compartment', [code], 16);
}

/** The key of epoch `epoch` (from 0) of a compartment, with its commitment. */
export function subjectEpochKey(
  crypto: Pick<Crypto, 'hkdfSha256' | 'sha256'>,
  root: Secret,
  compartment: Uint8Array,
  epoch: number,
): EpochKey {
  checkRoot(root);
  return new EpochKey(
    crypto,
    compartment,
    epoch,
    deriveBytes(crypto, root.reveal(), 'cairn/epoch', [compartment, epoch]),
  );
}

/**
 * Root secret of a subject for whom an organisation is the steward (a patient without a device), from the
 * organisation's {@link stewardRoot} and the subject's 16-byte id.
 */
export function custodialSubjectRoot(crypto: Hkdf, steward: Secret, subject: Uint8Array): Secret {
  checkRoot(steward);
  assert(subject.length === 16, 'a subject id has 16 bytes');
  return deriveSecret(crypto, steward, 'cairn/steward/subject', [subject]);
}

function checkRoot(root: Secret): void {
  assert(root.reveal().length === 32, 'a root secret has 32 bytes');
}
