import { decodeCbor, encodeCbor, type CborValue } from '../../primitives/cbor.js';
import { utf8ToBytes } from '../../primitives/bytes.js';
import { assert } from '../../primitives/assert.js';
import type { WebAuthnPolicy } from '../../primitives/signature.js';
import type { StateReader, StateWriter } from '../execution/overlay.js';

const KEY = utf8ToBytes('ledger/parameters');

/** What every node of a chain must agree on beside the contracts; fixed at genesis, part of the state. */
export interface ChainParameters {
  readonly chainId: string;
  /** Which passkey assertions may sign transactions. */
  readonly webAuthn: WebAuthnPolicy;
}

export function writeParameters(state: StateWriter, { chainId, webAuthn }: ChainParameters): void {
  const { origins, rpIds, requireUserVerification } = webAuthn;
  state.set(
    KEY,
    encodeCbor({ chainId, webAuthn: { origins: [...origins], rpIds: [...rpIds], requireUserVerification } }),
  );
}

/** The parameters of an initialised chain; undefined before genesis. */
export function readParameters(state: StateReader): ChainParameters | undefined {
  const bytes = state.get(KEY);
  if (bytes === undefined) return undefined;
  const value = decodeCbor(bytes) as { [key: string]: CborValue };
  assert(typeof value['chainId'] === 'string', 'chain parameters name the chain');
  return { chainId: value['chainId'], webAuthn: value['webAuthn'] as unknown as WebAuthnPolicy };
}
