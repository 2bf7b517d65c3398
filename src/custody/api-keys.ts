/**
 * API keys of an organisation: each speaks for one practitioner. The token `cairn_` ‖ base64url(32 random bytes) is shown
 * once; stored is HMAC-SHA-256(pepper, token), with the record, in the organisation's key store. So neither a copy of the
 * file nor the pepper alone gives a key away.
 */
import { assert } from '../primitives/assert.js';
import { equalSecretBytes, toBase64Url, toHex, utf8ToBytes } from '../primitives/bytes.js';
import { decodeCbor, encodeCbor, type CborValue } from '../primitives/cbor.js';
import type { Crypto, RandomBytes } from '../primitives/crypto.js';
import { CairnError } from '../primitives/errors.js';
import { Secret } from '../primitives/secret.js';
import { organisationId } from '../contracts/kernel/schema.js';
import { ENTRIES_BYTES_MAX } from './key-store-format.js';
import type { KeyStore } from './key-store.js';

export type ApiScope = 'read' | 'write' | 'admin';

export interface ApiKeyRecord {
  /** 8 random bytes in hex: names the key for revocation, and opens nothing. */
  readonly id: string;
  /** Id on the ledger: 2 to 40 of a–z, 0–9 and hyphen. */
  readonly organisation: string;
  /** Pseudonym of the practitioner: 32 lower-case hex digits. */
  readonly practitioner: string;
  readonly scopes: readonly ApiScope[];
  /** For people: 1 to 100 characters. */
  readonly label: string;
  /** Unix seconds. */
  readonly createdAt: number;
  /** Unix seconds; null while the key is good. */
  readonly revokedAt: number | null;
}

export interface ApiKeysDependencies {
  readonly crypto: Pick<Crypto, 'hmacSha256'>;
  readonly randomBytes: RandomBytes;
  /** Unix seconds. */
  readonly now: () => number;
  readonly store: Pick<KeyStore, 'get' | 'update'>;
  /** The organisation's key for `api-keys`, 32 bytes. */
  readonly pepper: Secret;
}

interface StoredKey {
  readonly mac: Uint8Array;
  readonly record: ApiKeyRecord;
}

const STORE_ENTRY = 'api-keys';
const API_KEYS_MAX = 20_000;
const SCOPES: readonly string[] = ['read', 'write', 'admin'];

export class ApiKeys {
  readonly #dependencies: ApiKeysDependencies;
  #keysByMac: ReadonlyMap<string, StoredKey>;

  constructor(dependencies: ApiKeysDependencies) {
    assert(dependencies.pepper.reveal().length === 32, 'the pepper has 32 bytes');
    this.#dependencies = dependencies;
    const stored = dependencies.store.get(STORE_ENTRY);
    this.#keysByMac = stored === undefined ? new Map() : decodeKeys(stored.reveal());
  }

  /**
   * Makes a key, durable when it returns. The token is not kept: it cannot be shown again.
   * Errors: `api-key.invalid`, `api-key.too-many`, and those of {@link KeyStore.update}.
   */
  issue(request: Pick<ApiKeyRecord, 'organisation' | 'practitioner' | 'scopes' | 'label'>): {
    token: Secret<string>;
    record: ApiKeyRecord;
  } {
    const { randomBytes, now } = this.#dependencies;
    const { organisation, practitioner, label } = request;
    const scopes = SCOPES.filter((scope) => (request.scopes as readonly string[]).includes(scope)) as ApiScope[];
    const record = {
      id: toHex(randomBytes(8)),
      organisation,
      practitioner,
      scopes,
      label,
      createdAt: now(),
      revokedAt: null,
    };
    if (!isRecord(record) || request.scopes.some((scope) => !SCOPES.includes(scope))) {
      throw new CairnError(
        'api-key.invalid',
        'an API key has the id of an organisation, 32 hex digits for the practitioner, known scopes and a label of 1 to 100 characters',
      );
    }
    if (this.#keysByMac.size >= API_KEYS_MAX) {
      throw new CairnError('api-key.too-many', `an organisation has at most ${API_KEYS_MAX} API keys`);
    }
    const token = `cairn_${toBase64Url(randomBytes(32))}`;
    const mac = this.#macOf(token);
    this.#save(new Map(this.#keysByMac).set(toHex(mac), { mac, record }));
    return { token: new Secret(token), record };
  }

  /** All keys, revoked ones too, in the order of issue. */
  list(): ApiKeyRecord[] {
    return [...this.#keysByMac.values()].map(({ record }) => record);
  }

  /** Ends a key; ending it again changes nothing. Errors: `api-key.unknown`, and those of {@link KeyStore.update}. */
  revoke(id: string): ApiKeyRecord {
    const found = [...this.#keysByMac].find(([, { record }]) => record.id === id);
    if (found === undefined) throw new CairnError('api-key.unknown', 'there is no API key of this id; list them');
    const [name, { mac, record }] = found;
    if (record.revokedAt !== null) return record;
    const revoked = { ...record, revokedAt: this.#dependencies.now() };
    this.#save(new Map(this.#keysByMac).set(name, { mac, record: revoked }));
    return revoked;
  }

  /**
   * Whose token this is; undefined if it is nobody's, malformed or revoked. The time it takes tells nothing about a
   * token: what is looked up and compared is its MAC under a secret pepper.
   */
  authenticate(token: string): ApiKeyRecord | undefined {
    if (!/^cairn_[A-Za-z0-9_-]{43}$/.test(token)) return undefined;
    const mac = this.#macOf(token);
    const stored = this.#keysByMac.get(toHex(mac));
    if (stored === undefined || !equalSecretBytes(stored.mac, mac)) return undefined;
    return stored.record.revokedAt === null ? stored.record : undefined;
  }

  #macOf(token: string): Uint8Array {
    return this.#dependencies.crypto.hmacSha256(this.#dependencies.pepper.reveal(), utf8ToBytes(token));
  }

  #save(keysByMac: ReadonlyMap<string, StoredKey>): void {
    const rows = [...keysByMac.values()].map(({ mac, record }): CborValue => [mac, { ...record }]);
    this.#dependencies.store.update({ [STORE_ENTRY]: new Secret(encodeCbor(rows)) });
    this.#keysByMac = keysByMac;
  }
}

function decodeKeys(bytes: Uint8Array): Map<string, StoredKey> {
  const rows = decodeCbor(bytes, { bytesMax: ENTRIES_BYTES_MAX });
  const keysByMac = new Map<string, StoredKey>();
  for (const row of Array.isArray(rows) ? (rows as readonly CborValue[]) : [rows]) {
    const [mac, record] = Array.isArray(row) ? (row as readonly CborValue[]) : [];
    if (!(mac instanceof Uint8Array) || !isRecord(record)) {
      throw new CairnError('custody.corrupt', 'the API keys in the key store are damaged; restore it from a backup');
    }
    keysByMac.set(toHex(mac), { mac, record });
  }
  return keysByMac;
}

function isRecord(value: unknown): value is ApiKeyRecord {
  if (typeof value !== 'object' || value === null) return false;
  const { id, organisation, practitioner, scopes, label, createdAt, revokedAt } = value as Partial<ApiKeyRecord>;
  return (
    isHex(id, 8) &&
    organisationId.safeParse(organisation).success &&
    isHex(practitioner, 16) &&
    Array.isArray(scopes) &&
    scopes.length > 0 &&
    scopes.every((scope) => SCOPES.includes(scope as string)) &&
    typeof label === 'string' &&
    label.length >= 1 &&
    label.length <= 100 &&
    Number.isSafeInteger(createdAt) &&
    (revokedAt === null || Number.isSafeInteger(revokedAt))
  );
}

function isHex(text: unknown, byteCount: number): boolean {
  return typeof text === 'string' && text.length === 2 * byteCount && /^[0-9a-f]*$/.test(text);
}
