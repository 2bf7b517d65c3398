import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { openTestApplication, openTestLedger, testSigner, type TestLedger } from '../../testkit/ledger.js';
import {
  signedTransaction,
  TEST_TIME,
  testPasskey,
  unsignedTransaction,
  vouchCall,
} from '../../testkit/transactions.js';
import { callOf } from '../../src/contracts/calls.js';
import { nodeCrypto, randomBytes } from '../../src/platform/node-crypto.js';
import { utf8ToBytes } from '../../src/primitives/bytes.js';
import { decodeCbor, encodeCbor, type CborValue } from '../../src/primitives/cbor.js';
import { CairnError } from '../../src/primitives/errors.js';
import { TRANSACTION_LIMITS } from '../../src/primitives/limits.js';
import { keyId, type Signature } from '../../src/primitives/signature.js';
import { ReplayGuard } from '../../src/ledger/execution/replay-guard.js';
import { MemoryDatabase } from '../../src/ledger/store/memory-database.js';
import { encodeTransaction, type TransactionOptions } from '../../src/ledger/transaction/transaction.js';

const passkey = testPasskey();
const otherPasskey = testPasskey();
const SUBJECT = nodeCrypto.sha256(passkey.publicKey.key).slice(0, 16);
const MEMBER = new Uint8Array(16).fill(3);

/** A ledger with a subject whose key is a passkey, a key that was revoked, and one executed transaction. */
async function prepared(options: Parameters<typeof openTestLedger>[0] = {}) {
  const ledger = await openTestLedger(options);
  const revoked = testSigner('revoked').publicKey;
  const executed = signedTransaction([
    callOf('registry', 'registerSubject', {
      subject: SUBJECT,
      kind: 'patient',
      signingKey: passkey.publicKey,
      sealingKey: new Uint8Array(1216),
      steward: null,
    }),
    callOf('registry', 'vouch', { id: MEMBER, kind: 'practitioner', key: null }),
    callOf('registry', 'addKey', { key: revoked }),
    callOf('registry', 'revokeKey', { keyId: keyId(nodeCrypto, revoked) }),
  ]);
  const { height } = await ledger.driver.submit(executed);
  // Then the driver makes no more blocks by itself.
  await ledger.driver.waitForHeight(height + 1);
  return { ledger, executed };
}

const passkeyCall = () => callOf('consent', 'setEmergencyAccess', { subject: SUBJECT, allowed: true });

function withPasskey(make: (challenge: Uint8Array) => Signature): Uint8Array {
  const unsigned = unsignedTransaction([passkeyCall()], { signer: passkey.publicKey });
  return encodeTransaction(unsigned, make(unsigned.id));
}

function withSignature(make: (body: Uint8Array) => Signature, options: Partial<TransactionOptions> = {}): Uint8Array {
  const unsigned = unsignedTransaction([vouchCall()], options);
  return encodeTransaction(unsigned, make(unsigned.bodyBytes));
}

interface Case {
  readonly name: string;
  readonly code: string;
  readonly bytes: (executed: Uint8Array) => Uint8Array;
}

/** Refused by the pool and, in a block, without effect. */
const SIGNATURE_CASES: readonly Case[] = [
  {
    name: 'no such signature',
    code: 'transaction.bad-signature',
    bytes: () => withSignature(() => ({ type: 'ed25519', signature: new Uint8Array(64) })),
  },
  {
    name: 'a signature by another',
    code: 'transaction.bad-signature',
    bytes: () => withSignature((body) => testSigner('clinic').sign(body)),
  },
  {
    name: 'a signature of another body',
    code: 'transaction.bad-signature',
    bytes: () => withSignature(() => testSigner('hospital').sign(new Uint8Array(1))),
  },
  {
    name: 'the name of another signer',
    code: 'transaction.bad-signature',
    bytes: () => withSignature((body) => testSigner('hospital').sign(body), { signer: testSigner('clinic').publicKey }),
  },
  {
    name: 'another algorithm than the key’s',
    code: 'transaction.bad-signature',
    bytes: () => withSignature((body) => ({ ...testSigner('hospital').sign(body), type: 'p256' })),
  },
  {
    name: 'a passkey’s key that signs without an assertion',
    code: 'transaction.bad-signature',
    bytes: () =>
      withPasskey((id) => ({ type: 'p256', signature: (passkey.assert(id) as { signature: Uint8Array }).signature })),
  },
  {
    name: 'a passkey at another origin',
    code: 'transaction.bad-signature',
    bytes: () => withPasskey((id) => passkey.assert(id, { origin: 'https://portal.example.evil' })),
  },
  {
    name: 'a passkey of another relying party',
    code: 'transaction.bad-signature',
    bytes: () => withPasskey((id) => passkey.assert(id, { rpId: 'evil.example' })),
  },
  {
    name: 'a passkey for another transaction',
    code: 'transaction.bad-signature',
    bytes: () => withPasskey(() => passkey.assert(randomBytes(32))),
  },
  {
    name: 'a passkey without user verification',
    code: 'transaction.bad-signature',
    bytes: () => withPasskey((id) => passkey.assert(id, { flags: 1 })),
  },
  {
    name: 'a passkey without user presence',
    code: 'transaction.bad-signature',
    bytes: () => withPasskey((id) => passkey.assert(id, { flags: 4 })),
  },
  {
    name: 'a passkey that registers',
    code: 'transaction.bad-signature',
    bytes: () => withPasskey((id) => passkey.assert(id, { type: 'webauthn.create' })),
  },
  {
    name: 'another passkey',
    code: 'transaction.bad-signature',
    bytes: () => withPasskey((id) => otherPasskey.assert(id)),
  },
];

const REPLAY_CASES: readonly Case[] = [
  { name: 'one that was executed', code: 'transaction.replayed', bytes: (executed) => executed },
  {
    name: 'one that was executed, signed once more',
    code: 'transaction.replayed',
    bytes: (executed) => {
      const [body, calls] = decodeCbor(executed) as [Uint8Array, Uint8Array[]];
      const { publicKey } = testSigner('hospital');
      return encodeCbor([body, calls, [publicKey.alg, new Uint8Array(64)]]);
    },
  },
];

const OTHER_CASES: readonly Case[] = [
  {
    name: 'not canonical',
    code: 'cbor.not-canonical',
    bytes: () => Uint8Array.of(0x98, 3, ...signedTransaction([vouchCall()]).slice(1)),
  },
  { name: 'too large', code: 'transaction.too-large', bytes: () => new Uint8Array(TRANSACTION_LIMITS.bytesMax + 1) },
  {
    name: 'another chain',
    code: 'transaction.wrong-chain',
    bytes: () => signedTransaction([vouchCall()], { chainId: 'other' }),
  },
  {
    name: 'expired',
    code: 'transaction.expired',
    bytes: () => signedTransaction([vouchCall()], { validUntil: TEST_TIME - 1 }),
  },
  {
    name: 'valid too long',
    code: 'transaction.valid-too-long',
    bytes: () =>
      signedTransaction([vouchCall()], { validUntil: TEST_TIME + TRANSACTION_LIMITS.validitySecondsMax + 60 }),
  },
  {
    name: 'a tampered call',
    code: 'transaction.calls-mismatch',
    bytes: () => {
      const [body, , signature] = decodeCbor(signedTransaction([vouchCall()])) as [CborValue, CborValue, CborValue];
      const [, calls] = decodeCbor(signedTransaction([vouchCall()])) as [CborValue, CborValue];
      return encodeCbor([body, calls, signature]);
    },
  },
];

/** Refused by the pool; in a block they are rejected by the kernel and recorded. */
const KERNEL_CASES: readonly Case[] = [
  {
    name: 'an unknown contract',
    code: 'kernel.unknown-contract',
    bytes: () => signedTransaction([{ contract: 'x', method: 'y', args: {} }]),
  },
  {
    name: 'an unknown method',
    code: 'kernel.unknown-method',
    bytes: () => signedTransaction([{ contract: 'registry', method: 'y', args: {} }]),
  },
  {
    name: 'bad arguments',
    code: 'kernel.invalid-arguments',
    bytes: () => signedTransaction([vouchCall(new Uint8Array(15))]),
  },
  {
    name: 'a key of nobody',
    code: 'kernel.unknown-signer',
    bytes: () => signedTransaction([vouchCall()], { by: 'nobody' }),
  },
  {
    name: 'a revoked key',
    code: 'kernel.unknown-signer',
    bytes: () => signedTransaction([vouchCall()], { by: 'revoked' }),
  },
];

const REFUSED = [...SIGNATURE_CASES, ...REPLAY_CASES, ...OTHER_CASES];

/** Codes by case: what the pool says, and what a block says in which a proposer put it all the same. */
async function codesOf(cases: readonly Case[], { ledger, executed }: { ledger: TestLedger; executed: Uint8Array }) {
  const { application } = ledger;
  const { height } = application.info();
  const codes: [string, string, string][] = [];
  for (const { name, bytes } of cases) {
    const made = bytes(executed);
    const pool = await application.checkTx(made).then(
      () => 'accepted',
      (error: unknown) => (error instanceof CairnError ? error.code : String(error)),
    );
    const block = await application.finalizeBlock({ height: height + 1, time: TEST_TIME + 1, transactions: [made] });
    codes.push([name, pool, block.results[0]?.rejection?.code ?? 'accepted']);
  }
  return codes;
}

const expected = (cases: readonly Case[]) => cases.map(({ name, code }) => [name, code, code]);

describe('admission', () => {
  it('refuses each with its code, in the pool and in a block', async () => {
    const cases = [...REFUSED, ...KERNEL_CASES];
    expect(await codesOf(cases, await prepared())).toEqual(expected(cases));
  });

  it('accepts an organisation’s and a passkey’s transaction', async () => {
    const { ledger } = await prepared();
    for (const bytes of [signedTransaction([vouchCall()]), withPasskey((id) => passkey.assert(id))]) {
      expect((await ledger.driver.submit(bytes)).result.rejection).toBeNull();
    }
  });

  it('holds at the edges of validity', async () => {
    const { ledger } = await prepared();
    const [last, longest] = [TEST_TIME, TEST_TIME + TRANSACTION_LIMITS.validitySecondsMax];
    await ledger.application.checkTx(signedTransaction([vouchCall()], { validUntil: last }));
    await ledger.application.checkTx(signedTransaction([vouchCall()], { validUntil: longest }));
    for (const validUntil of [last - 1, longest + 1]) {
      const bytes = signedTransaction([vouchCall()], { validUntil });
      await expect(ledger.application.checkTx(bytes)).rejects.toThrow(CairnError);
    }
  });

  it('executes the same transaction once in a block, across blocks and across a restart', async () => {
    const database = new MemoryDatabase();
    const { ledger, executed } = await prepared({ database });
    const { application } = ledger;
    const bytes = signedTransaction([vouchCall()]);
    const { height } = application.info();
    const { results } = await application.finalizeBlock({
      height: height + 1,
      time: TEST_TIME + 1,
      transactions: [bytes, bytes, executed],
    });
    expect(results.map(({ rejection }) => rejection?.code)).toEqual([
      undefined,
      'transaction.replayed',
      'transaction.replayed',
    ]);
    await application.commit();
    const again = await openTestApplication({ database });
    await expect(again.application.checkTx(bytes)).rejects.toMatchObject({ code: 'transaction.replayed' });
    const next = await again.application.finalizeBlock({
      height: height + 2,
      time: TEST_TIME + 2,
      transactions: [bytes],
    });
    expect(next.results[0]?.rejection?.code).toBe('transaction.replayed');
  });

  it('forgets transactions only when they have expired', async () => {
    const { application, genesis, store } = await openTestApplication();
    application.initChain(genesis);
    const bytes = signedTransaction([vouchCall()], { validUntil: TEST_TIME + 300 });
    const run = async (height: number, time: number, ...transactions: Uint8Array[]) => {
      const { results } = await application.finalizeBlock({ height, time, transactions });
      await application.commit();
      return results.map(({ rejection }) => rejection?.code ?? 'ok');
    };
    const at = (time: number) => signedTransaction([vouchCall()], { validUntil: time + 10 });
    expect(await run(1, TEST_TIME, bytes)).toEqual(['ok']);
    expect(await run(2, TEST_TIME + 299, at(TEST_TIME + 299), bytes)).toEqual(['ok', 'transaction.replayed']);
    expect(await run(3, TEST_TIME + 300, at(TEST_TIME + 300), bytes)).toEqual(['ok', 'transaction.replayed']);
    expect(await run(4, TEST_TIME + 301, at(TEST_TIME + 301), bytes)).toEqual(['ok', 'transaction.expired']);
    const guards = async () => {
      let count = 0;
      for await (const _ of store.range(utf8ToBytes('ledger/replay/'))) count += 1;
      return count;
    };
    expect(await guards()).toBeLessThanOrEqual(3);
    expect(await run(5, TEST_TIME + 900, at(TEST_TIME + 900))).toEqual(['ok']);
    expect(await guards()).toBe(1);
  });
});

describe('the checks of admission see a fault that is planted', () => {
  afterEach(() => void vi.restoreAllMocks());

  it('in the check of signatures', async () => {
    const codes = await codesOf(SIGNATURE_CASES, await prepared({ checkSignature: () => true }));
    expect(codes.every(([, pool, block]) => pool === 'accepted' && block === 'accepted')).toBe(true);
  });

  it('in the memory of transactions', async () => {
    vi.spyOn(ReplayGuard.prototype, 'has').mockReturnValue(false);
    const [[, pool]] = (await codesOf(REPLAY_CASES.slice(0, 1), await prepared())) as [[string, string, string]];
    expect(pool).toBe('accepted');
  });
});

describe('bytes from anywhere', () => {
  it('are never accepted and never more than an error', async () => {
    const { ledger } = await prepared();
    const { application } = ledger;
    const valid = signedTransaction([vouchCall(), vouchCall()]);
    const offset = fc.nat({ max: valid.length - 1 });
    const mutated = fc.oneof(
      fc
        .tuple(offset, fc.integer({ min: 1, max: 255 }))
        .map(([at, mask]) => valid.with(at, (valid[at] as number) ^ mask)),
      offset.map((at) => valid.slice(0, at)),
      fc
        .tuple(offset, fc.uint8Array({ minLength: 1, maxLength: 40 }))
        .map(([at, more]) => Uint8Array.of(...valid.slice(0, at), ...more, ...valid.slice(at))),
      fc.tuple(offset, offset).map(([a, b]) => Uint8Array.of(...valid.slice(0, a), ...valid.slice(b))),
      fc.uint8Array({ maxLength: 300 }),
    );
    await fc.assert(
      fc.asyncProperty(mutated, async (bytes) => {
        const plain = new Uint8Array(bytes);
        if (Buffer.compare(plain, valid) === 0) return;
        await expect(application.checkTx(plain)).rejects.toThrow(CairnError);
        const { height } = application.info();
        const block = { height: height + 1, time: TEST_TIME + 1, transactions: [plain] };
        const { results } = await application.finalizeBlock(block);
        expect(results[0]?.rejection).toMatchObject({ callIndex: null });
        expect(application.processProposal([plain], TEST_TIME + 1)).toBe(isWellFormed(results[0]?.rejection?.code));
      }),
      { numRuns: 400 },
    );
  });
});

/** A proposal is judged without its signatures: those count when it is executed. */
function isWellFormed(code: string | undefined): boolean {
  return code === 'transaction.bad-signature';
}
