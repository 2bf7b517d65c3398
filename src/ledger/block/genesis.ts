import { encodeCbor, type CborValue } from '../../primitives/cbor.js';
import type { Crypto } from '../../primitives/crypto.js';
import { failWith, jsonChainId, jsonInteger, jsonObject, validatorsFromJson, validatorsToJson } from './strict-json.js';
import type { ValidatorSet } from './validator-set.js';
import { validatorSetToCbor } from './wire.js';

/** What every member starts a chain from. */
export interface Genesis {
  readonly chainId: string;
  /** Unix seconds, 0 or later. */
  readonly time: number;
  readonly validators: ValidatorSet;
  /** What the application makes its first state of; here it is not looked into. */
  readonly app: CborValue;
}

export function genesisToJson({ chainId, time, validators, app }: Genesis): CborValue {
  return { chainId, time, validators: validatorsToJson(validators), app };
}

/**
 * Reads parsed JSON that nobody has checked, except for `app`, which is the application's to check.
 * @throws CairnError `genesis.malformed` (a member is unknown, missing or ill-typed), `cbor.unsupported` (a number in
 *   `app` that is not an integer), and the codes of {@link validatorSet}.
 */
export function genesisFromJson(crypto: Crypto, json: unknown): Genesis {
  const fail = failWith('genesis.malformed', 'genesis');
  const members = jsonObject(json, fail, { required: ['chainId', 'time', 'validators', 'app'] });
  const genesis: Genesis = {
    chainId: jsonChainId(members.chainId, fail),
    time: jsonInteger(members.time, 'time', 0, fail),
    validators: validatorsFromJson(crypto, members.validators, fail),
    app: members.app as CborValue,
  };
  encodeGenesis(genesis);
  return genesis;
}

/** SHA-256 of the deterministic encoding: what members compare before they start. */
export function hashGenesis(crypto: Crypto, genesis: Genesis): Uint8Array {
  return crypto.sha256(encodeGenesis(genesis));
}

/** @throws CairnError `cbor.unsupported` */
function encodeGenesis({ chainId, time, validators, app }: Genesis): Uint8Array {
  return encodeCbor(['cairn/genesis/1', chainId, time, validatorSetToCbor(validators), app]);
}
