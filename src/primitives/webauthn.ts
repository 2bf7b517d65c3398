import { bytesToUtf8, equalBytes, toBase64Url, utf8ToBytes } from './bytes.js';
import type { Crypto } from './crypto.js';
import { CairnError } from './errors.js';
import { WEBAUTHN_LIMITS } from './limits.js';

/** What an authenticator and a browser hand back (WebAuthn Level 2 §5.2.2). */
export interface WebAuthnAssertion {
  readonly authenticatorData: Uint8Array;
  /** The serialised client data exactly as received: the signature is over its hash. */
  readonly clientDataJson: Uint8Array;
  /** Over `authenticatorData ‖ SHA-256(clientDataJson)`. */
  readonly signature: Uint8Array;
}

/** Which assertions count. */
export interface WebAuthnPolicy {
  /** Pages that may ask for an assertion, as origins: `https://portal.example.org`. */
  readonly origins: readonly string[];
  /** Relying party identifiers under which keys were made: `example.org`. */
  readonly rpIds: readonly string[];
  /** Whether the authenticator must have verified its user (PIN, fingerprint), not only noticed a presence. */
  readonly requireUserVerification: boolean;
}

/** Flags of the authenticator data, §6.1. */
const USER_PRESENT = 0x01;
const USER_VERIFIED = 0x04;
const ATTESTED_CREDENTIAL_DATA = 0x40;
const EXTENSION_DATA = 0x80;

/** SHA-256 of the rpId, flags, signature counter. */
const AUTHENTICATOR_DATA_BYTES_MIN = 32 + 1 + 4;

/**
 * What an assertion's signature must cover if the assertion answers `challenge` under `policy`: steps 11 to 19 of WebAuthn
 * Level 2 §7.2, all but the signature itself. Undefined if it does not. The signature counter is not looked at: a ledger
 * transaction cannot be replayed anyway, and synchronised passkeys do not count.
 */
export function signedBytesOfAssertion(
  crypto: Crypto,
  challenge: Uint8Array,
  { authenticatorData, clientDataJson }: WebAuthnAssertion,
  policy: WebAuthnPolicy,
): Uint8Array | undefined {
  if (!isAcceptableClientData(clientDataJson, toBase64Url(challenge), policy.origins)) return undefined;
  if (!isAcceptableAuthenticatorData(crypto, authenticatorData, policy)) return undefined;
  const signed = new Uint8Array(authenticatorData.length + 32);
  signed.set(authenticatorData);
  signed.set(crypto.sha256(clientDataJson), authenticatorData.length);
  return signed;
}

/**
 * Reads the client data twice, because JSON alone lets a later key of the same name win: it has to begin as §5.8.1.1
 * serialises it, and to parse to the same values.
 */
function isAcceptableClientData(bytes: Uint8Array, challenge: string, origins: readonly string[]): boolean {
  if (bytes.length > WEBAUTHN_LIMITS.clientDataBytesMax) return false;
  const parsed = parseObject(bytes);
  if (parsed === undefined) return false;
  const { text, fields } = parsed;
  if (fields['type'] !== 'webauthn.get' || fields['challenge'] !== challenge) return false;
  if (fields['crossOrigin'] !== undefined && fields['crossOrigin'] !== false) return false;
  const origin = origins.find((allowed) => allowed === fields['origin']);
  if (origin === undefined) return false;
  const beginning = `{"type":"webauthn.get","challenge":"${challenge}","origin":${JSON.stringify(origin)}`;
  return text.startsWith(`${beginning},`) || text === `${beginning}}`;
}

function parseObject(bytes: Uint8Array): { text: string; fields: { [key: string]: unknown } } | undefined {
  try {
    const text = bytesToUtf8(bytes);
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    return { text, fields: value as { [key: string]: unknown } };
  } catch (error) {
    if (error instanceof CairnError || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function isAcceptableAuthenticatorData(crypto: Crypto, data: Uint8Array, policy: WebAuthnPolicy): boolean {
  if (data.length < AUTHENTICATOR_DATA_BYTES_MIN || data.length > WEBAUTHN_LIMITS.authenticatorDataBytesMax)
    return false;
  const flags = data[32] as number;
  if ((flags & USER_PRESENT) === 0) return false;
  if (policy.requireUserVerification && (flags & USER_VERIFIED) === 0) return false;
  const mayBeLonger = (flags & (ATTESTED_CREDENTIAL_DATA | EXTENSION_DATA)) !== 0;
  if (data.length > AUTHENTICATOR_DATA_BYTES_MIN && !mayBeLonger) return false;
  const rpIdHash = data.subarray(0, 32);
  return policy.rpIds.some((rpId) => equalBytes(crypto.sha256(utf8ToBytes(rpId)), rpIdHash));
}
