import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { describeWithData } from '../../../test/support/shared-data.js';
import { nodeCrypto } from '../../platform/node-crypto.js';
import { fromHex, toHex } from '../../primitives/bytes.js';
import { ProtobufWriter } from '../../primitives/protobuf-writer.js';
import {
  decodeCommitmentProof,
  encodeCommitmentProof,
  type ExistenceProof,
  type InnerOp,
  type LeafOp,
} from './ics23.js';
import { HASH_OP, LENGTH_OP, type ProofSpec } from './proof-spec.js';
import {
  existenceRoot,
  innerHash,
  isSiblingEmpty,
  leafHash,
  requireShape,
  verifyMembership,
  verifyNonMembership,
} from './verify-ics23.js';

const NO_BYTES = new Uint8Array(0);
const bytes = (base64: string | null | undefined): Uint8Array => new Uint8Array(Buffer.from(base64 ?? '', 'base64'));

/** The three trees of the vectors, as cosmos/ics23 defines them (`go/proof.go`, `go/ics23.go`). */
const LEAF = {
  hash: HASH_OP.sha256,
  prehashKey: HASH_OP.noHash,
  prehashValue: HASH_OP.sha256,
  length: LENGTH_OP.varProto,
  prefix: new Uint8Array([0]),
  maxPrefixLength: 12,
};
const INNER = { childSize: 32, minPrefixLength: 1, maxPrefixLength: 1, emptyChild: NO_BYTES, hash: HASH_OP.sha256 };
const DEPTH = { minDepth: 0, maxDepth: 128, prehashKeyBeforeComparison: false };
const SPECS: { readonly [tree: string]: ProofSpec } = {
  iavl: { leafSpec: LEAF, innerSpec: { ...INNER, childSize: 33, minPrefixLength: 4, maxPrefixLength: 12 }, ...DEPTH },
  tendermint: { leafSpec: LEAF, innerSpec: INNER, ...DEPTH },
  smt: {
    leafSpec: { ...LEAF, prehashKey: HASH_OP.sha256, length: LENGTH_OP.noPrefix },
    innerSpec: { ...INNER, emptyChild: new Uint8Array(32) },
    minDepth: 0,
    maxDepth: 256,
    prehashKeyBeforeComparison: true,
  },
};

// Names as in the files.
interface JsonLeaf {
  readonly hash?: number;
  readonly prehash_key?: number;
  readonly prehash_value?: number;
  readonly length?: number;
  readonly prefix?: string;
}
interface JsonInner {
  readonly hash?: number;
  readonly prefix?: string;
  readonly suffix?: string;
}
interface JsonProof {
  readonly key: string;
  readonly value: string;
  readonly leaf?: JsonLeaf;
  readonly path?: readonly JsonInner[];
}
interface JsonSpec {
  readonly leaf_spec?: JsonLeaf;
  readonly inner_spec?: {
    readonly child_size: number;
    readonly min_prefix_length: number;
    readonly max_prefix_length: number;
    readonly empty_child?: string;
    readonly hash?: number;
  };
  readonly min_depth?: number;
  readonly max_depth?: number;
}

const leafOf = (json: JsonLeaf): LeafOp => ({
  hash: json.hash ?? 0,
  prehashKey: json.prehash_key ?? 0,
  prehashValue: json.prehash_value ?? 0,
  length: json.length ?? 0,
  prefix: bytes(json.prefix),
});
const innerOf = (json: JsonInner): InnerOp => ({
  hash: json.hash ?? 0,
  prefix: bytes(json.prefix),
  suffix: bytes(json.suffix),
});
const specOf = (json: JsonSpec): ProofSpec => ({
  leafSpec: { ...leafOf(json.leaf_spec ?? {}), maxPrefixLength: 64 },
  innerSpec: {
    childSize: json.inner_spec?.child_size ?? 32,
    minPrefixLength: json.inner_spec?.min_prefix_length ?? 0,
    maxPrefixLength: json.inner_spec?.max_prefix_length ?? 0,
    emptyChild: bytes(json.inner_spec?.empty_child),
    hash: json.inner_spec?.hash ?? 0,
  },
  minDepth: json.min_depth ?? 0,
  maxDepth: json.max_depth ?? 128,
  prehashKeyBeforeComparison: false,
});

/** A proof as it comes over the wire, also one that lacks its leaf. */
function decodedProof({ key, value, leaf, path = [] }: JsonProof): ExistenceProof {
  if (leaf === undefined) {
    const exist = new ProtobufWriter().bytes(1, bytes(key)).bytes(2, bytes(value)).finish();
    decodeCommitmentProof(new ProtobufWriter().message(1, exist).finish());
  }
  const exist = { key: bytes(key), value: bytes(value), leaf: leafOf(leaf ?? {}), path: path.map(innerOf) };
  const decoded = decodeCommitmentProof(encodeCommitmentProof({ kind: 'exist', exist }));
  return decoded.kind === 'exist' ? decoded.exist : expect.unreachable();
}

const REFUSED = expect.objectContaining({
  code: expect.stringMatching(/^proof\.(invalid|malformed)$/) as string,
}) as Error;

type Suite = (json: never) => void;

/** What runs a file of the folder's top, by its name. */
const SUITES: { readonly [file: string]: Suite } = {
  'TestLeafOpData.json': (cases: {
    [name: string]: { Op: JsonLeaf; Key: string; Value: string; IsErr: boolean; Expected: string };
  }) => {
    const lengths = Object.values(LENGTH_OP) as number[];
    for (const [name, { Op, Key, Value, IsErr, Expected }] of Object.entries(cases)) {
      const isOurs = (Op.hash ?? 0) <= HASH_OP.sha256 && lengths.includes(Op.length ?? 0);
      it(isOurs ? name : `${name}: refused, no tree here is hashed so`, () => {
        const hash = (): Uint8Array => leafHash(nodeCrypto, leafOf(Op), bytes(Key), bytes(Value));
        if (IsErr || !isOurs) expect(hash).toThrow(REFUSED);
        else expect(hash()).toEqual(bytes(Expected));
      });
    }
  },
  'TestInnerOpData.json': (cases: {
    [name: string]: { Op: JsonInner; Child: string; IsErr: boolean; Expected: string };
  }) => {
    it.each(Object.entries(cases))('%s', (_, { Op, Child, IsErr, Expected }) => {
      const hash = (): Uint8Array => innerHash(nodeCrypto, innerOf(Op), bytes(Child));
      if (IsErr) expect(hash).toThrow(REFUSED);
      else expect(hash()).toEqual(bytes(Expected));
    });
  },
  'TestDoHashData.json': (cases: {
    [name: string]: { HashOp: number; Preimage?: string; PreImage?: string; ExpectedHash: string };
  }) => {
    for (const [name, { HashOp, Preimage, PreImage, ExpectedHash }] of Object.entries(cases)) {
      it(HashOp === HASH_OP.sha256 ? name : `${name}: refused, only SHA-256 is ours`, () => {
        const preimage = new Uint8Array(Buffer.from(Preimage ?? PreImage ?? ''));
        const op = { hash: HashOp, prefix: preimage.subarray(0, 1), suffix: preimage.subarray(2) };
        const hash = (): Uint8Array => innerHash(nodeCrypto, op, preimage.subarray(1, 2));
        if (HashOp === HASH_OP.sha256) expect(toHex(hash())).toBe(ExpectedHash);
        else expect(hash).toThrow(REFUSED);
      });
    }
  },
  'TestCheckLeafData.json': (cases: { [name: string]: { Leaf: JsonLeaf; Spec: JsonLeaf; IsErr: boolean } }) => {
    it.each(Object.entries(cases))('%s', (_, { Leaf, Spec, IsErr }) => {
      const proof = { key: NO_BYTES, value: NO_BYTES, leaf: leafOf(Leaf), path: [] };
      const check = (): void => requireShape(specOf({ leaf_spec: Spec }), proof);
      if (IsErr) expect(check).toThrow(REFUSED);
      else check();
    });
  },
  'TestExistenceProofData.json': (cases: {
    [name: string]: { Proof: JsonProof; IsErr: boolean; Expected: string };
  }) => {
    it.each(Object.entries(cases))('%s', (_, { Proof, IsErr, Expected }) => {
      const root = (): Uint8Array => existenceRoot(nodeCrypto, decodedProof(Proof));
      if (IsErr) expect(root).toThrow(REFUSED);
      else expect(root()).toEqual(bytes(Expected));
    });
  },
  'TestCheckAgainstSpecData.json': (cases: { [name: string]: { Proof: JsonProof; Spec: JsonSpec; Err: string } }) => {
    it.each(Object.entries(cases))('%s', (_, { Proof, Spec, Err }) => {
      const check = (): void => requireShape(specOf(Spec), decodedProof(Proof));
      if (Err !== '') expect(check).toThrow(REFUSED);
      else check();
    });
  },
  'TestEmptyBranchData.json': (
    cases: readonly { Op: JsonInner; Spec: JsonSpec; IsLeft: boolean; IsRight: boolean }[],
  ) => {
    it.each(cases.map((value, index) => [index, value] as const))('case %i', (_, { Op, Spec, IsLeft, IsRight }) => {
      expect(isSiblingEmpty(specOf(Spec).innerSpec, innerOf(Op))).toBe(IsLeft || IsRight);
    });
  },
};

interface TreeVector {
  readonly key: string;
  readonly proof: string;
  readonly root: string;
  readonly value: string;
}

const flipped = (hex: string): Uint8Array => fromHex(hex).map((byte, i) => (i === 0 ? byte ^ 1 : byte));

function treeSuite(spec: ProofSpec, folder: string): void {
  const files = readdirSync(folder).sort();
  it.each(files)('%s', (file) => {
    const { key, proof, root, value } = JSON.parse(readFileSync(join(folder, file), 'utf8')) as TreeVector;
    const claim = { root: fromHex(root), key: fromHex(key), proof: fromHex(proof) };
    const verify = (altered: { [field: string]: Uint8Array } = {}): void => {
      if (value === '') verifyNonMembership(nodeCrypto, spec, { ...claim, ...altered });
      else verifyMembership(nodeCrypto, spec, { ...claim, value: fromHex(value), ...altered });
    };
    verify();
    expect(() => verify({ root: flipped(root) })).toThrow(REFUSED);
    expect(() => verify({ key: flipped(key) })).toThrow(REFUSED);
    if (value !== '') expect(() => verify({ value: flipped(value) })).toThrow(REFUSED);
    for (const other of Object.values(SPECS)) {
      if (other === spec) continue;
      const wrongTree = (): void =>
        value === ''
          ? verifyNonMembership(nodeCrypto, other, claim)
          : verifyMembership(nodeCrypto, other, { ...claim, value: fromHex(value) });
      expect(wrongTree).toThrow(REFUSED);
    }
  });
}

describeWithData('ics23', 'the ICS23 verifier on the official vectors', describeFiles);

function describeFiles(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const spec = SPECS[entry.name];
    const suite = SUITES[entry.name];
    describeWithData(`ics23/${entry.name}`, entry.name, (path) => {
      if (spec !== undefined) treeSuite(spec, path);
      else if (suite !== undefined) suite(JSON.parse(readFileSync(path, 'utf8')) as never);
      else it('is known here', () => expect.unreachable('a vector file that no test reads'));
    });
  }
}
