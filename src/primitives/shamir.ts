/*
 * Threshold shares of a secret (Shamir over GF(2^8)), each fit to be kept by itself for years:
 *
 *   share    = version (1) ‖ set id (8) ‖ threshold (1) ‖ index (1) ‖ value ‖ checksum (4)
 *   value    = share of (secret ‖ first 8 bytes of SHA-256(set id ‖ secret)), as long as that
 *   checksum = first 4 bytes of SHA-256 of all before it
 *
 * The checksum finds a share that was copied wrongly. The digest inside the shared value finds a share that somebody changed
 * on purpose; like the secret, it stays unknown to whoever has fewer shares than the threshold.
 */
import { combine, split } from 'shamir-secret-sharing';
import { assert } from './assert.js';
import { concatBytes, equalBytes, equalSecretBytes } from './bytes.js';
import type { Crypto } from './crypto.js';
import { CairnError } from './errors.js';

const VERSION = 1;
const SET_ID_BYTES = 8;
const DIGEST_BYTES = 8;
const CHECKSUM_BYTES = 4;
const HEADER_BYTES = 1 + SET_ID_BYTES + 2;
const SECRET_BYTES_MAX = 1024;

export interface SplitOptions {
  /** Shares to make: 2 to 255. */
  readonly shareCount: number;
  /** Shares that together give the secret: 2 to `shareCount`. */
  readonly threshold: number;
  /** 8 random bytes, the same in all shares of one split, so that shares of two splits are told apart. */
  readonly setId: Uint8Array;
}

/** Shares of a secret of 1 to 1024 bytes. Fewer than `threshold` of them say nothing about it. */
export async function splitSecret(crypto: Crypto, secret: Uint8Array, options: SplitOptions): Promise<Uint8Array[]> {
  const { shareCount, threshold, setId } = options;
  assert(secret.length >= 1 && secret.length <= SECRET_BYTES_MAX, 'a secret to share has 1 to 1024 bytes');
  assert(setId.length === SET_ID_BYTES, 'the id of a set of shares has 8 bytes');
  assert(threshold >= 2 && threshold <= shareCount && shareCount <= 255, 'shares: 2 <= threshold <= count <= 255');
  const shared = concatBytes(secret, digestOf(crypto, setId, secret));
  const shares = await split(shared, shareCount, threshold);
  shared.fill(0);
  return shares.map((share) => {
    // The library puts the index last.
    const index = share.subarray(-1);
    const body = concatBytes(
      new Uint8Array([VERSION]),
      setId,
      new Uint8Array([threshold]),
      index,
      share.subarray(0, -1),
    );
    return concatBytes(body, checksumOf(crypto, body));
  });
}

/**
 * The secret that these shares were split from. Any `threshold` of them do, in any order; more must fit too.
 * @throws CairnError `shamir.malformed-share`, `shamir.corrupted-share` (checksum), `shamir.mixed-shares` (of several
 * splits), `shamir.repeated-share`, `shamir.too-few-shares`, `shamir.wrong-shares` (a share was forged).
 */
export async function combineShares(crypto: Crypto, shares: readonly Uint8Array[]): Promise<Uint8Array> {
  const [first, ...others] = shares.map((share) => decodeShare(crypto, share));
  if (first === undefined) throw tooFew(0);
  for (const share of others) {
    const fits = share.threshold === first.threshold && share.value.length === first.value.length;
    if (!fits || !equalBytes(share.setId, first.setId)) {
      throw new CairnError('shamir.mixed-shares', 'These shares do not belong to the same secret.');
    }
  }
  const all = [first, ...others];
  if (new Set(all.map(({ index }) => index)).size !== all.length) {
    throw new CairnError('shamir.repeated-share', 'The same share is here twice; give another one.');
  }
  if (all.length < first.threshold) throw tooFew(first.threshold - all.length);
  const shared = await combine(all.map(({ value, index }) => concatBytes(value, new Uint8Array([index]))));
  const secret = shared.slice(0, -DIGEST_BYTES);
  if (!equalSecretBytes(shared.subarray(-DIGEST_BYTES), digestOf(crypto, first.setId, secret))) {
    throw new CairnError('shamir.wrong-shares', 'One of these shares was changed; leave one out in turn to find it.');
  }
  shared.fill(0);
  return secret;
}

/** What a share shows of itself without the others. */
export interface Share {
  readonly setId: Uint8Array;
  readonly threshold: number;
  /** 1 to 255, unique in the set, in no order. */
  readonly index: number;
  readonly value: Uint8Array;
}

/** @throws CairnError `shamir.malformed-share`, `shamir.corrupted-share` */
export function decodeShare(crypto: Crypto, bytes: Uint8Array): Share {
  const valueBytes = bytes.length - HEADER_BYTES - CHECKSUM_BYTES;
  if (bytes[0] !== VERSION || valueBytes < DIGEST_BYTES + 1 || valueBytes > SECRET_BYTES_MAX + DIGEST_BYTES) {
    throw new CairnError('shamir.malformed-share', 'This is not a share of a secret, or not all of it.');
  }
  const body = bytes.subarray(0, -CHECKSUM_BYTES);
  const threshold = body[1 + SET_ID_BYTES] as number;
  const index = body[2 + SET_ID_BYTES] as number;
  const intact = equalBytes(checksumOf(crypto, body), bytes.subarray(-CHECKSUM_BYTES));
  if (!intact || threshold < 2 || index === 0) {
    throw new CairnError(
      'shamir.corrupted-share',
      'The share was copied wrongly: its checksum does not fit. Copy it again.',
    );
  }
  return { setId: body.slice(1, 1 + SET_ID_BYTES), threshold, index, value: body.slice(HEADER_BYTES) };
}

function digestOf(crypto: Crypto, setId: Uint8Array, secret: Uint8Array): Uint8Array {
  return crypto.sha256(concatBytes(setId, secret)).subarray(0, DIGEST_BYTES);
}

function checksumOf(crypto: Crypto, body: Uint8Array): Uint8Array {
  return crypto.sha256(body).subarray(0, CHECKSUM_BYTES);
}

function tooFew(missing: number): CairnError {
  const message = missing === 0 ? 'There is no share.' : `${missing} more shares of the same secret are needed.`;
  return new CairnError('shamir.too-few-shares', message);
}
