import { toHex } from '../../primitives/bytes.js';
import type { Crypto } from '../../primitives/crypto.js';
import {
  failWith,
  jsonChainId,
  jsonInteger,
  jsonObject,
  validatorsFromJson,
  validatorsToJson,
  type ValidatorsJson,
} from './strict-json.js';
import { hashValidators, type ValidatorSet } from './validator-set.js';

/** What someone offline believes before seeing a receipt: a chain, and who signs its blocks. */
export interface TrustRoot {
  readonly chainId: string;
  readonly validators: ValidatorSet;
  /** `hashValidators` of the set: how a header that these validators sign names them. */
  readonly validatorsHash: Uint8Array;
  /** A height that the set signed, to tell roots apart where validators change. */
  readonly height?: number;
}

/** A {@link TrustRoot} as members publish it. */
export interface TrustRootJson {
  readonly chainId: string;
  readonly validators: ValidatorsJson;
  /** Hexadecimal; short enough to be compared by telephone. */
  readonly validatorsHash: string;
  readonly height?: number;
}

export function trustRoot(crypto: Crypto, chainId: string, validators: ValidatorSet, height?: number): TrustRoot {
  const root = { chainId, validators, validatorsHash: hashValidators(crypto, validators) };
  return height === undefined ? root : { ...root, height };
}

export function trustRootToJson({ chainId, validators, validatorsHash, height }: TrustRoot): TrustRootJson {
  const json = { chainId, validators: validatorsToJson(validators), validatorsHash: toHex(validatorsHash) };
  return height === undefined ? json : { ...json, height };
}

/**
 * Reads parsed JSON that nobody has checked.
 * @throws CairnError `trust-root.malformed` (a member is unknown, missing or ill-typed, or the hash is not that of the
 *   validators), and the codes of {@link validatorSet}.
 */
export function trustRootFromJson(crypto: Crypto, json: unknown): TrustRoot {
  const fail = failWith('trust-root.malformed', 'trust root');
  const members = jsonObject(json, fail, {
    required: ['chainId', 'validators', 'validatorsHash'],
    optional: ['height'],
  });
  const chainId = jsonChainId(members.chainId, fail);
  const validators = validatorsFromJson(crypto, members.validators, fail);
  const height = members.height === undefined ? undefined : jsonInteger(members.height, 'height', 1, fail);
  const root = trustRoot(crypto, chainId, validators, height);
  if (members.validatorsHash !== toHex(root.validatorsHash)) {
    throw fail('`validatorsHash` is the hash of `validators`, in lower-case hexadecimal');
  }
  return root;
}
