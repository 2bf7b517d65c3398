import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concatBytes, toHex } from './bytes.js';
import { InvariantError } from './errors.js';
import { portableCrypto as crypto } from './portable-crypto.js';
import { combineShares, decodeShare, splitSecret } from './shamir.js';

const secret = new Uint8Array(32).map((_, i) => 100 + i);
const setId = new Uint8Array(8).fill(1);
const options = { shareCount: 5, threshold: 3, setId };
const withCode = (code: string): Error => expect.objectContaining({ code: `shamir.${code}` }) as Error;

/** The share with a change and a checksum that fits it: what a forger can make. */
function forge(share: Uint8Array, change: (body: Uint8Array) => void): Uint8Array {
  const body = share.slice(0, -4);
  change(body);
  return concatBytes(body, crypto.sha256(body).subarray(0, 4));
}

describe('shares', () => {
  it('of any threshold give the secret back, in any order', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ minLength: 1, maxLength: 64 }),
        fc.integer({ min: 2, max: 8 }),
        fc.integer({ min: 0, max: 5 }),
        fc.infiniteStream(fc.nat()),
        async (bytes, threshold, extra, order) => {
          const shares = await splitSecret(crypto, bytes, { threshold, shareCount: threshold + extra, setId });
          const shuffled = shares
            .map((share) => [order.next().value as number, share] as const)
            .sort((a, b) => a[0] - b[0]);
          const chosen = shuffled.map(([, share]) => share).slice(0, threshold + (extra > 0 ? 1 : 0));
          expect(await combineShares(crypto, chosen)).toEqual(bytes);
          await expect(combineShares(crypto, chosen.slice(0, threshold - 1))).rejects.toThrow(
            withCode('too-few-shares'),
          );
        },
      ),
      { numRuns: 40 },
    );
  });

  it('say what set they are of, and differ in their index', async () => {
    const shares = (await splitSecret(crypto, secret, options)).map((share) => decodeShare(crypto, share));
    expect(new Set(shares.map(({ index }) => index)).size).toBe(5);
    for (const share of shares) {
      expect(share).toMatchObject({ setId, threshold: 3 });
      expect(share.value).toHaveLength(40);
      expect(toHex(share.value)).not.toContain(toHex(secret.slice(0, 4)));
    }
  });

  it('with any byte changed or missing are refused', async () => {
    const [share, ...others] = await splitSecret(crypto, secret, options);
    for (let i = 0; i < share!.length; i++) {
      const altered = share!.slice();
      altered[i]! ^= 0x10;
      await expect(combineShares(crypto, [altered, ...others])).rejects.toThrow(
        withCode(i === 0 ? 'malformed-share' : 'corrupted-share'),
      );
      await expect(combineShares(crypto, [share!.slice(0, i), ...others])).rejects.toThrow(/.+/);
    }
    await expect(combineShares(crypto, [concatBytes(share!, share!)])).rejects.toThrow(withCode('corrupted-share'));
  });

  it('that somebody forged are refused, although their checksum fits', async () => {
    const [first, second, third] = (await splitSecret(crypto, secret, options)) as [Uint8Array, Uint8Array, Uint8Array];
    for (const at of [11, 20, 42, 43, 50]) {
      const forged = forge(first, (body) => (body[at]! ^= 1));
      expect(decodeShare(crypto, forged).threshold).toBe(3);
      await expect(combineShares(crypto, [forged, second, third])).rejects.toThrow(withCode('wrong-shares'));
    }
    const otherThreshold = forge(first, (body) => (body[9] = 2));
    await expect(combineShares(crypto, [otherThreshold, second, third])).rejects.toThrow(withCode('mixed-shares'));
    for (const [at, value] of [
      [9, 1],
      [10, 0],
    ] as const) {
      const senseless = forge(first, (body) => (body[at] = value));
      await expect(combineShares(crypto, [senseless, second, third])).rejects.toThrow(withCode('corrupted-share'));
    }
  });

  it('of two splits are told apart, and one share twice is noticed', async () => {
    const mine = await splitSecret(crypto, secret, options);
    const others = await splitSecret(crypto, secret, { ...options, setId: new Uint8Array(8).fill(2) });
    const longer = await splitSecret(crypto, concatBytes(secret, secret), options);
    await expect(combineShares(crypto, [mine[0]!, mine[1]!, others[2]!])).rejects.toThrow(withCode('mixed-shares'));
    await expect(combineShares(crypto, [mine[0]!, mine[1]!, longer[2]!])).rejects.toThrow(withCode('mixed-shares'));
    await expect(combineShares(crypto, [mine[0]!, mine[1]!, mine[0]!])).rejects.toThrow(withCode('repeated-share'));
    await expect(combineShares(crypto, [])).rejects.toThrow(withCode('too-few-shares'));
  });

  it.each([
    { ...options, threshold: 1 },
    { ...options, threshold: 6 },
    { ...options, shareCount: 256, threshold: 3 },
    { ...options, setId: new Uint8Array(7) },
  ])('are not made for %o', async (wrong) => {
    await expect(splitSecret(crypto, secret, wrong)).rejects.toThrow(InvariantError);
  });

  it('are not made of nothing or of too much', async () => {
    await expect(splitSecret(crypto, new Uint8Array(0), options)).rejects.toThrow(InvariantError);
    await expect(splitSecret(crypto, new Uint8Array(1025), options)).rejects.toThrow(InvariantError);
  });
});
