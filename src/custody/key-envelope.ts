/**
 * How a grant delivers keys: the epoch keys of one compartment, sealed once to the grantee, whatever the number of records.
 * The envelope is kept in the vault and its digest stands in the grant.
 *
 *     place    = [grant (16), subject (16), compartment (16), grantee]
 *     payload  = CBOR {code: compartment code, epochs: [[epoch, key (32)]…]}     ascending
 *     envelope = HPKE seal (RFC 9180 base mode, X-Wing) to the grantee's sealing key,
 *                info = "cairn/key-envelope", AAD = CBOR ["cairn/key-envelope", ...place]
 *
 * HPKE's base mode says nothing about the sender: what vouches for a key is that the ledger holds its commitment.
 */
import { assert } from '../primitives/assert.js';
import { equalBytes, utf8ToBytes } from '../primitives/bytes.js';
import { decodeCbor, encodeCbor, type CborValue } from '../primitives/cbor.js';
import type { Crypto } from '../primitives/crypto.js';
import { CairnError } from '../primitives/errors.js';
import { openSealed, sealTo } from '../primitives/sealing.js';
import type { Secret } from '../primitives/secret.js';
import { EpochKey } from './epoch-key.js';

/** The grant that delivers; bound into the envelope, so that it opens for nothing else. */
export interface EnvelopePlace {
  /** 16 bytes. */
  readonly grant: Uint8Array;
  /** 16 bytes. */
  readonly subject: Uint8Array;
  /** 16 bytes. */
  readonly compartment: Uint8Array;
  /** Id of the organisation that receives. */
  readonly grantee: string;
}

export interface EnvelopeContent {
  /** What the compartment is about: `general`, `mental-health`, …, at most 64 characters. Only parties to a grant learn it. */
  readonly compartmentCode: string;
  /** At most 4096, of different epochs of the place's compartment. */
  readonly keys: readonly EpochKey[];
}

const LABEL = 'cairn/key-envelope';
const INFO = utf8ToBytes(LABEL);
const CODE_CHARACTERS_MAX = 64;
const EPOCHS_MAX = 4096;
const PAYLOAD_BYTES_MAX = 256 * 1024;

/**
 * @param sealingKey the grantee's X-Wing public key, from the registry
 * Errors: `sealing.malformed-key` (not an X-Wing public key), `custody.key-forgotten`.
 */
export async function sealKeyEnvelope(
  sealingKey: Uint8Array,
  place: EnvelopePlace,
  { compartmentCode, keys }: EnvelopeContent,
): Promise<Uint8Array> {
  assert(keys.length <= EPOCHS_MAX, 'an envelope holds at most 4096 keys');
  assert(compartmentCode.length <= CODE_CHARACTERS_MAX, 'a compartment code has at most 64 characters');
  assert(
    keys.every((key) => equalBytes(key.compartment, place.compartment)),
    'an envelope holds keys of its own compartment only',
  );
  const sorted = [...keys].sort((a, b) => a.epoch - b.epoch);
  const epochs = sorted.map((key): CborValue => [key.epoch, key.reveal()]);
  const payload = encodeCbor({ code: compartmentCode, epochs });
  try {
    return await sealTo(sealingKey, { info: INFO, aad: boundData(place), plaintext: payload });
  } finally {
    payload.fill(0);
  }
}

/**
 * Opens an envelope and checks each key against the commitment on the ledger.
 * @param sealingSeed the grantee's X-Wing seed, 32 bytes
 * @param commitmentOf commitment of an epoch of the place's compartment, undefined where the ledger has none
 *
 * Errors: `sealing.cannot-open` (not for this key, or not of this grant), `envelope.malformed`,
 * `record.epoch-key-mismatch` (a key is not the one on the ledger: none is handed out).
 */
export async function openKeyEnvelope(
  crypto: Pick<Crypto, 'sha256'>,
  sealingSeed: Secret,
  place: EnvelopePlace,
  envelope: Uint8Array,
  commitmentOf: (epoch: number) => Uint8Array | undefined,
): Promise<EnvelopeContent> {
  const aad = boundData(place);
  const payload = await openSealed(sealingSeed.reveal(), { info: INFO, aad, sealed: envelope });
  const { code, epochs } = readPayload(payload);
  payload.fill(0);
  const keys = epochs.map(([epoch, key]) => new EpochKey(crypto, place.compartment, epoch, key));
  for (const key of keys) key.check(commitmentOf(key.epoch) ?? NO_COMMITMENT);
  return { compartmentCode: code, keys };
}

const NO_COMMITMENT = new Uint8Array(0);

function boundData({ grant, subject, compartment, grantee }: EnvelopePlace): Uint8Array {
  assert(grant.length === 16 && subject.length === 16 && compartment.length === 16, 'ids have 16 bytes');
  return encodeCbor([LABEL, grant, subject, compartment, grantee]);
}

function readPayload(payload: Uint8Array): { code: string; epochs: (readonly [number, Uint8Array])[] } {
  const value = decodeOrUndefined(payload);
  if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof Uint8Array) {
    throw malformed();
  }
  const { code, epochs, ...rest } = value as { readonly [key: string]: CborValue };
  if (typeof code !== 'string' || code.length > CODE_CHARACTERS_MAX) throw malformed();
  if (!Array.isArray(epochs) || epochs.length > EPOCHS_MAX || Object.keys(rest).length > 0) throw malformed();
  return { code, epochs: (epochs as readonly CborValue[]).map(readEpoch).map(inOrder) };
}

function readEpoch(value: CborValue): readonly [number, Uint8Array] {
  const [epoch, key, ...rest] = Array.isArray(value) ? (value as readonly CborValue[]) : [];
  if (typeof epoch !== 'number' || epoch < 0 || rest.length > 0) throw malformed();
  if (!(key instanceof Uint8Array) || key.length !== 32) throw malformed();
  return [epoch, key];
}

function inOrder<T extends readonly [number, Uint8Array]>(entry: T, index: number, all: readonly T[]): T {
  const before = all[index - 1];
  if (before !== undefined && before[0] >= entry[0]) throw malformed();
  return entry;
}

function decodeOrUndefined(payload: Uint8Array): CborValue | undefined {
  try {
    return decodeCbor(payload, { bytesMax: PAYLOAD_BYTES_MAX, depthMax: 3, itemsMax: 3 * EPOCHS_MAX + 5 });
  } catch (error) {
    if (error instanceof CairnError) return undefined;
    throw error;
  }
}

function malformed(): CairnError {
  return new CairnError('envelope.malformed', 'the keys were sealed by a faulty sender; ask for the grant again');
}
