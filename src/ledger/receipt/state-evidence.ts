/*
 * Evidence about the state at one height, for anybody offline:
 *
 *   state evidence = ["cairn/state/1", key, value | null (absent), ICS23 proof, header, commit]
 *   log evidence   = ["cairn/log/1", key of the head, head value, ICS23 proof, header, commit, [leaf, …]]
 *
 * A log's head in the state is its size and frontier, so all leaves together prove completeness: these are all.
 */
import { decodeCbor, encodeCbor, type CborValue } from '../../primitives/cbor.js';
import { CairnError } from '../../primitives/errors.js';
import { commitFromCbor, commitToCbor, headerFromCbor, headerToCbor } from '../block/wire.js';
import type { SignedHeader } from '../block/verify-commit.js';

const STATE_TAG = 'cairn/state/1';
const LOG_TAG = 'cairn/log/1';

export interface StateEvidence {
  readonly key: Uint8Array;
  /** Undefined: the key is absent. */
  readonly value: Uint8Array | undefined;
  /** ICS23 commitment proof against `appHash` of the header. */
  readonly proof: Uint8Array;
  readonly signedHeader: SignedHeader;
}

/** Every leaf of a log, with the evidence of its head. */
export interface LogEvidence extends StateEvidence {
  readonly leaves: readonly Uint8Array[];
}

export function encodeStateEvidence(evidence: StateEvidence): Uint8Array {
  return encodeCbor([STATE_TAG, ...stateFields(evidence)]);
}

export function encodeLogEvidence(evidence: LogEvidence): Uint8Array {
  return encodeCbor([LOG_TAG, ...stateFields(evidence), [...evidence.leaves]]);
}

/** @throws CairnError `evidence.malformed`, `block.malformed` or `cbor.*`. */
export function stateEvidenceFromCbor(value: CborValue): StateEvidence {
  if (!Array.isArray(value) || value.length !== 6 || value[0] !== STATE_TAG) throw malformed('its shape');
  return fieldsFromCbor(value);
}

/** @throws CairnError `evidence.malformed`, `block.malformed` or `cbor.*`. */
export function logEvidenceFromCbor(value: CborValue): LogEvidence {
  if (!Array.isArray(value) || value.length !== 7 || value[0] !== LOG_TAG || !Array.isArray(value[6]))
    throw malformed('its shape');
  const leaves = value[6].map((leaf) => {
    if (!(leaf instanceof Uint8Array)) throw malformed('a leaf');
    return leaf;
  });
  return { ...fieldsFromCbor(value), leaves };
}

/** What an evidence file says it is. */
export function evidenceTag(encoded: Uint8Array): { readonly tag: string; readonly value: CborValue } {
  const value = decodeCbor(encoded);
  const tag = Array.isArray(value) ? (value as CborValue[])[0] : undefined;
  if (typeof tag !== 'string') throw malformed('its shape');
  return { tag, value };
}

function stateFields({ key, value, proof, signedHeader }: StateEvidence): CborValue[] {
  return [key, value ?? null, proof, headerToCbor(signedHeader.header), commitToCbor(signedHeader.commit)];
}

function fieldsFromCbor(value: readonly CborValue[]): StateEvidence {
  const [, key, stateValue, proof, header, commit] = value;
  if (!(key instanceof Uint8Array) || !(proof instanceof Uint8Array)) throw malformed('a byte string');
  if (stateValue !== null && !(stateValue instanceof Uint8Array)) throw malformed('the value');
  return {
    key,
    value: stateValue ?? undefined,
    proof,
    signedHeader: { header: headerFromCbor(header), commit: commitFromCbor(commit) },
  };
}

function malformed(what: string): CairnError {
  return new CairnError('evidence.malformed', `This is not an evidence file of Cairn: ${what} is wrong.`);
}
