/**
 * The ways to open a key store. Each by itself suffices: it gives a wrapping key, under which the file holds the data key.
 *
 *   passphrase    wrapping key = Argon2id(NFKC of the passphrase, salt, memory, passes)
 *   environment   wrapping key = HKDF(at least 32 random bytes from the node's environment, salt)
 *   guardians     wrapping key = HKDF(32 random bytes that only enough guardians' Shamir shares give, salt)
 */
import { argon2id } from 'hash-wasm';
import { fromBase64Url, utf8ToBytes } from '../primitives/bytes.js';
import type { CborValue } from '../primitives/cbor.js';
import type { Crypto, RandomBytes } from '../primitives/crypto.js';
import { CairnError } from '../primitives/errors.js';
import type { Secret } from '../primitives/secret.js';
import { deriveBytes } from './derive.js';

/** What a person or a process presents in order to open. */
export type Opener =
  | { readonly kind: 'passphrase'; readonly passphrase: Secret<string> }
  | { readonly kind: 'environment'; readonly secret: Secret<string> }
  | { readonly kind: 'guardians'; readonly key: Secret };

/** An opener to be added; how costly a passphrase is to guess can be chosen. */
export type NewOpener = Opener & { readonly argon2?: Argon2Parameters };

export interface Argon2Parameters {
  /** 8 MiB to 1 GiB. */
  readonly memoryKib: number;
  /** 1 to 16. */
  readonly passes: number;
}

/** What the file says in the clear about an opener. */
export interface OpenerHeader {
  /** 8 random bytes in hex; names the opener for removal. */
  readonly id: string;
  readonly kind: Opener['kind'];
  /** 16 random bytes. */
  readonly salt: Uint8Array;
  /** Only of a passphrase. */
  readonly argon2: Argon2Parameters | null;
}

const ARGON2_DEFAULT: Argon2Parameters = { memoryKib: 64 * 1024, passes: 3 };
const PASSPHRASE_CHARACTERS_MIN = 12;
const ENVIRONMENT_SECRET_BYTES_MIN = 32;

/**
 * Header for a new opener.
 * Errors: `custody.weak-passphrase` (under 12 characters), `custody.weak-secret` (not base64url of 32 bytes or more),
 * `custody.bad-parameters`.
 */
export function describeOpener(randomBytes: RandomBytes, opener: NewOpener): OpenerHeader {
  if (opener.kind === 'passphrase' && [...normalised(opener.passphrase)].length < PASSPHRASE_CHARACTERS_MIN) {
    throw new CairnError(
      'custody.weak-passphrase',
      `a passphrase has at least ${PASSPHRASE_CHARACTERS_MIN} characters`,
    );
  }
  if (opener.kind === 'environment') environmentSecret(opener.secret);
  const argon2 = opener.kind === 'passphrase' ? (opener.argon2 ?? ARGON2_DEFAULT) : null;
  if (argon2 !== null && !isBounded(argon2)) {
    throw new CairnError('custody.bad-parameters', 'Argon2id takes 8 MiB to 1 GiB and 1 to 16 passes');
  }
  return { id: Buffer.from(randomBytes(8)).toString('hex'), kind: opener.kind, salt: randomBytes(16), argon2 };
}

/** The key under which this opener's header has wrapped the data key, 32 bytes, if it is the right opener. */
export async function wrappingKey(
  crypto: Pick<Crypto, 'hkdfSha256'>,
  opener: Opener,
  { salt, argon2 }: OpenerHeader,
): Promise<Uint8Array> {
  switch (opener.kind) {
    case 'passphrase': {
      const { memoryKib, passes } = argon2 ?? ARGON2_DEFAULT;
      const password = utf8ToBytes(normalised(opener.passphrase));
      const key = await argon2id({
        password,
        salt,
        memorySize: memoryKib,
        iterations: passes,
        parallelism: 1,
        hashLength: 32,
        outputType: 'binary',
      });
      password.fill(0);
      return key;
    }
    case 'environment':
      return deriveBytes(crypto, environmentSecret(opener.secret), 'cairn/key-store/environment', [salt]);
    case 'guardians':
      return deriveBytes(crypto, opener.key.reveal(), 'cairn/key-store/guardians', [salt]);
  }
}

/** As it stands in the file's header, and is bound to the wrapped key. */
export function encodeOpenerHeader({ id, kind, salt, argon2 }: OpenerHeader): CborValue[] {
  return [id, kind, salt, argon2 === null ? null : [argon2.memoryKib, argon2.passes]];
}

/** Undefined for what is not an opener's header, or asks for more memory or time than is ever granted to a file. */
export function decodeOpenerHeader(value: CborValue): OpenerHeader | undefined {
  if (!Array.isArray(value) || value.length !== 4) return undefined;
  const [id, kind, salt, parameters] = value as readonly CborValue[];
  if (typeof id !== 'string' || !/^[0-9a-f]{16}$/.test(id)) return undefined;
  if (!(salt instanceof Uint8Array) || salt.length !== 16) return undefined;
  if (kind === 'environment' || kind === 'guardians') {
    return parameters === null ? { id, kind, salt, argon2: null } : undefined;
  }
  if (kind !== 'passphrase' || !Array.isArray(parameters) || parameters.length !== 2) return undefined;
  const [memoryKib, passes] = parameters as readonly CborValue[];
  if (typeof memoryKib !== 'number' || typeof passes !== 'number') return undefined;
  const argon2 = { memoryKib, passes };
  return isBounded(argon2) ? { id, kind, salt, argon2 } : undefined;
}

function isBounded({ memoryKib, passes }: Argon2Parameters): boolean {
  const wholeNumbers = Number.isSafeInteger(memoryKib) && Number.isSafeInteger(passes);
  return wholeNumbers && memoryKib >= 8 * 1024 && memoryKib <= 1024 * 1024 && passes >= 1 && passes <= 16;
}

/** One passphrase has one form, whichever keyboard or system it is typed on. */
function normalised(passphrase: Secret<string>): string {
  return passphrase.reveal().normalize('NFKC');
}

function environmentSecret(secret: Secret<string>): Uint8Array {
  const bytes = decodeOrUndefined(secret.reveal().trim());
  if (bytes === undefined || bytes.length < ENVIRONMENT_SECRET_BYTES_MIN) {
    throw new CairnError(
      'custody.weak-secret',
      `an environment secret is base64url without padding of at least ${ENVIRONMENT_SECRET_BYTES_MIN} random bytes`,
    );
  }
  return bytes;
}

function decodeOrUndefined(text: string): Uint8Array | undefined {
  try {
    return fromBase64Url(text);
  } catch {
    return undefined;
  }
}
