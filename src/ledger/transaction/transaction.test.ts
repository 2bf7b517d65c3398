import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openTestLedger, testSigner } from '../../../testkit/ledger.js';
import { TEST_TIME } from '../../../testkit/transactions.js';
import { nodeCrypto } from '../../platform/node-crypto.js';
import { toHex } from '../../primitives/bytes.js';
import { decodeCbor, encodeCbor, type CborValue } from '../../primitives/cbor.js';
import { TRANSACTION_LIMITS } from '../../primitives/limits.js';
import { trustRoot, trustRootToJson } from '../block/trust-root.js';
import { buildReceipt } from '../receipt/build-receipt.js';
import { encodeReceipt } from '../receipt/receipt.js';
import { buildTransaction, decodeTransaction, encodeTransaction } from './transaction.js';

const VECTORS = fileURLToPath(new URL('../../../test/vectors/transaction.json', import.meta.url));

const calls = [
  { contract: 'registry', method: 'vouch', args: { id: new Uint8Array(16).fill(1), kind: 'device', key: null } },
  { contract: 'registry', method: 'withdraw', args: { id: new Uint8Array(16).fill(1) } },
  { contract: 'registry', method: 'vouch', args: { id: new Uint8Array(16).fill(2), kind: 'practitioner', key: null } },
];
const options = {
  chainId: 'test-chain',
  nonce: new Uint8Array(16).fill(7),
  validUntil: TEST_TIME + 60,
  signer: testSigner('hospital').publicKey,
};

function signed(): Uint8Array {
  const unsigned = buildTransaction(nodeCrypto, calls, options);
  return encodeTransaction(unsigned, testSigner('hospital').sign(unsigned.bodyBytes));
}

describe('the encodings of a transaction and of its receipt', () => {
  it('are what they were', async () => {
    const unsigned = buildTransaction(nodeCrypto, calls, options);
    const { driver, application } = await openTestLedger();
    const { height, index } = await driver.submit(signed());
    await driver.waitForHeight(height + 1);
    const [block, nextHeader] = [application.executedBlock(height), driver.chain.signedHeader(height + 1)];
    if (block === undefined || nextHeader === undefined) throw new Error('the block is there');
    const receipt = buildReceipt(nodeCrypto, { block, index, nextHeader }, 1);
    const vectors = {
      note: 'Made by src/ledger/transaction/transaction.test.ts; a change here is a change of the protocol.',
      calls: unsigned.callBytes.map(toHex),
      body: toHex(unsigned.bodyBytes),
      id: toHex(unsigned.id),
      transaction: toHex(signed()),
      outcomes: (block.results[index]?.outcomes ?? []).map(toHex),
      resultData: toHex(receipt.resultData),
      trustRoot: trustRootToJson(trustRoot(nodeCrypto, 'test-chain', driver.chain.validators(height))),
      receiptOfCall1: toHex(encodeReceipt(receipt)),
    };
    await expect(`${JSON.stringify(vectors, null, 2)}\n`).toMatchFileSnapshot(VECTORS);
  });

  it('lead back to what was encoded', () => {
    const transaction = decodeTransaction(nodeCrypto, signed());
    expect(transaction.calls).toEqual(calls);
    expect(transaction.body).toMatchObject({ ...options, callCount: 3 });
    expect(toHex(transaction.id)).toBe(toHex(nodeCrypto.sha256(transaction.bodyBytes)));
  });

  it('hold for any calls', () => {
    const text = fc.string({ unit: 'binary', maxLength: 20 });
    const args: fc.Arbitrary<CborValue> = fc.letrec<{ value: CborValue }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 3 },
        fc.constant(null),
        fc.boolean(),
        fc.maxSafeInteger(),
        text,
        fc.uint8Array({ maxLength: 40 }).map((bytes) => new Uint8Array(bytes)),
        fc.array(tie('value'), { maxLength: 4 }),
        fc.dictionary(text, tie('value'), { maxKeys: 4, noNullPrototype: true }),
      ),
    })).value;
    const anyCalls = fc.array(fc.record({ contract: text, method: text, args }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(anyCalls, (some) => {
        const unsigned = buildTransaction(nodeCrypto, some, options);
        const bytes = encodeTransaction(unsigned, testSigner('hospital').sign(unsigned.bodyBytes));
        const decoded = decodeTransaction(nodeCrypto, bytes);
        expect(decoded.calls).toEqual(some);
        expect(encodeTransaction(decoded, decoded.signature)).toEqual(bytes);
      }),
    );
  });
});

describe('what is not a transaction', () => {
  const [body, callList, signature] = decodeCbor(signed()) as [Uint8Array, Uint8Array[], CborValue];
  const fields = decodeCbor(body) as CborValue[];
  const withBody = (index: number, value: CborValue) =>
    encodeCbor([encodeCbor(fields.with(index, value)), callList, signature]);
  const withCalls = (list: CborValue) => encodeCbor([body, list, signature]);
  const withCall = (call: CborValue) => {
    const callBytes = [encodeCbor(call)];
    const unsigned = buildTransaction(nodeCrypto, [], options);
    const root = nodeCrypto.sha256(Uint8Array.of(0, ...(callBytes[0] as Uint8Array)));
    const fixed = encodeCbor((decodeCbor(unsigned.bodyBytes) as CborValue[]).with(5, root).with(6, 1));
    return encodeCbor([fixed, callBytes, signature]);
  };
  const { key } = options.signer;

  const cases: readonly [name: string, code: string, bytes: Uint8Array][] = [
    ['nothing', 'cbor.malformed', new Uint8Array(0)],
    ['cut short', 'cbor.malformed', signed().slice(0, -1)],
    ['with a byte after it', 'cbor.malformed', Uint8Array.of(...signed(), 0)],
    ['not canonical', 'cbor.not-canonical', Uint8Array.of(0x98, 3, ...signed().slice(1))],
    ['of indefinite length', 'cbor.not-canonical', Uint8Array.of(0x9f, ...signed().slice(1), 0xff)],
    ['a map', 'transaction.malformed', encodeCbor({ body, calls: callList, signature })],
    ['of two parts', 'transaction.malformed', encodeCbor([body, callList])],
    ['of four parts', 'transaction.malformed', encodeCbor([body, callList, signature, null])],
    ['too large', 'transaction.too-large', new Uint8Array(TRANSACTION_LIMITS.bytesMax + 1)],
    ['a body that is no bytes', 'transaction.malformed', encodeCbor([fields, callList, signature])],
    ['a body that is no CBOR', 'cbor.malformed', encodeCbor([new Uint8Array(0), callList, signature])],
    ['a body of another version', 'transaction.malformed', withBody(0, 'cairn/tx/2')],
    ['a body without a field', 'transaction.malformed', encodeCbor([encodeCbor(fields.slice(1)), callList, signature])],
    ['a chain id that is a number', 'transaction.malformed', withBody(1, 5)],
    ['a nonce of 15 bytes', 'transaction.malformed', withBody(2, new Uint8Array(15))],
    ['a negative validUntil', 'transaction.malformed', withBody(3, -1)],
    ['a validUntil beyond safe integers', 'transaction.malformed', withBody(3, 2n ** 63n)],
    ['a key of an unknown algorithm', 'signature.malformed-key', withBody(4, { alg: 'rsa', key })],
    ['a key of small order', 'signature.malformed-key', withBody(4, { alg: 'ed25519', key: new Uint8Array(32) })],
    [
      'a compressed P-256 key',
      'signature.malformed-key',
      withBody(4, { alg: 'p256', key: new Uint8Array(33).fill(2) }),
    ],
    ['a key with a comment', 'signature.malformed-key', withBody(4, { alg: 'ed25519', key, note: '' })],
    ['a root of 31 bytes', 'transaction.malformed', withBody(5, new Uint8Array(31))],
    ['another root', 'transaction.calls-mismatch', withBody(5, new Uint8Array(32))],
    ['a negative count', 'transaction.malformed', withBody(6, -3)],
    ['another count', 'transaction.calls-mismatch', withBody(6, 4)],
    ['no calls', 'transaction.malformed', withCalls([])],
    ['calls that are no list', 'transaction.malformed', withCalls(new Uint8Array(3))],
    ['a call less', 'transaction.calls-mismatch', withCalls(callList.slice(1))],
    ['a call more', 'transaction.calls-mismatch', withCalls([...callList, callList[0] as Uint8Array])],
    ['calls in another order', 'transaction.calls-mismatch', withCalls([...callList].reverse())],
    ['a call that is no bytes', 'transaction.malformed', withCalls(calls)],
    [
      'more calls than allowed',
      'transaction.malformed',
      withCalls(Array.from({ length: TRANSACTION_LIMITS.callsMax + 1 }, () => new Uint8Array(1))),
    ],
    ['a call of two parts', 'transaction.malformed', withCall(['registry', 'vouch'])],
    ['a call of a numbered contract', 'transaction.malformed', withCall([1, 'vouch', null])],
    ['a call of a numbered method', 'transaction.malformed', withCall(['registry', 1, null])],
    ['no signature', 'signature.malformed', encodeCbor([body, callList, null])],
    ['a signature of 63 bytes', 'signature.malformed', encodeCbor([body, callList, ['ed25519', new Uint8Array(63)]])],
    ['a signature of another kind', 'signature.malformed', encodeCbor([body, callList, ['rsa', new Uint8Array(64)]])],
    [
      'a signature with an extra',
      'signature.malformed',
      encodeCbor([body, callList, ['ed25519', new Uint8Array(64), 1]]),
    ],
  ];

  it.each(cases)('%s → %s', (_, code, bytes) => {
    expect(() => decodeTransaction(nodeCrypto, bytes)).toThrow(expect.objectContaining({ code }));
  });
});
