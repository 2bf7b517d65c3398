/** Bounds that every node of a chain and every client agree on. A new bound goes here, so that they can be read together. */

/** What a CBOR decoder takes before it refuses; see `cbor.ts`. */
export interface CborLimits {
  /** Longest input, in bytes. */
  readonly bytesMax: number;
  /** Deepest nesting: a scalar has depth 0, `[]` depth 1, `[[]]` depth 2. */
  readonly depthMax: number;
  /** Most data items, counting each element, map key, map value and container. */
  readonly itemsMax: number;
}

/** Used where the caller gives no other. `depthMax` holds for the encoder too. */
export const CBOR_LIMITS: CborLimits = { bytesMax: 16 * 1024 * 1024, depthMax: 32, itemsMax: 1_000_000 };

/** What admission takes; part of the protocol, so a change is a change of the chain. */
export const TRANSACTION_LIMITS = {
  /** Longest encoded transaction, in bytes. */
  bytesMax: 1024 * 1024,
  /** Most calls in one transaction. */
  callsMax: 1024,
  /** How far `validUntil` may lie ahead of block time, in seconds; also how long a node remembers transaction ids. */
  validitySecondsMax: 300,
} as const;

/** What a WebAuthn assertion may weigh; browsers stay far below. */
export const WEBAUTHN_LIMITS = { authenticatorDataBytesMax: 1024, clientDataBytesMax: 2048 } as const;

/** What goes through the JSON canonicaliser. */
export const CANONICAL_JSON_LIMITS = { depthMax: 64 } as const;
