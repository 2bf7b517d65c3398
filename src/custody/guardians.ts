/**
 * Guardians: people or organisations of whom a threshold together can open a key store, and fewer learn nothing. The opener
 * is 32 random bytes of its own, not the root secret, so that guardians can be replaced without moving any record.
 */
import type { Crypto, RandomBytes } from '../primitives/crypto.js';
import { Secret } from '../primitives/secret.js';
import { combineShares, splitSecret } from '../primitives/shamir.js';
import type { Opener } from './openers.js';

/**
 * A new opener and its shares, one for each guardian. The opener is to be added to the store, the shares to be handed out
 * and forgotten here.
 * @param terms 2 ≤ threshold ≤ guardianCount ≤ 255
 */
export async function appointGuardians(
  crypto: Crypto,
  randomBytes: RandomBytes,
  { guardianCount, threshold }: { guardianCount: number; threshold: number },
): Promise<{ opener: Opener; shares: Secret[] }> {
  const key = randomBytes(32);
  const shares = await splitSecret(crypto, key, { shareCount: guardianCount, threshold, setId: randomBytes(8) });
  return { opener: { kind: 'guardians', key: new Secret(key) }, shares: shares.map((share) => new Secret(share)) };
}

/**
 * The opener that enough guardians' shares give, in any order.
 * Errors: `shamir.too-few-shares`, `shamir.wrong-shares` and others of {@link combineShares}.
 */
export async function openerOfGuardians(crypto: Crypto, shares: readonly Secret[]): Promise<Opener> {
  const key = await combineShares(
    crypto,
    shares.map((share) => share.reveal()),
  );
  return { kind: 'guardians', key: new Secret(key) };
}
