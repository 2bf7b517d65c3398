// Every byte in docs/spec is what the code makes.
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { decodeReceipt } from '../../src/ledger/receipt/receipt.js';
import { nodeCrypto } from '../../src/platform/node-crypto.js';
import { toHex } from '../../src/primitives/bytes.js';
import { verifyReceipt } from '../../src/verify/verify-receipt.js';
import { receiptExamples, specExamples } from './spec-examples.js';

const folder = fileURLToPath(new URL('../../docs/spec/', import.meta.url));
const pages = readdirSync(folder).filter((name) => name.endsWith('.md'));

/** Blocks ```hex NAME of all pages, white space removed. */
const shown = new Map(
  pages.flatMap((page) => {
    const text = readFileSync(folder + page, 'utf8');
    return [...text.matchAll(/^```hex (\S+)\n([0-9a-f\s]*?)^```$/gm)].map(
      ([, name = '', hex = '']) => [name, hex.replace(/\s/g, '')] as const,
    );
  }),
);

describe('the examples of docs/spec', () => {
  it('are what the code makes, all of them', async () => {
    const made = [...(await specExamples())].map(([name, bytes]) => [name, toHex(bytes)] as const);
    expect(Object.fromEntries(shown)).toEqual(Object.fromEntries(made));
  });

  it('hold a receipt that verifies', async () => {
    const { examples, trust } = await receiptExamples();
    const receipt = decodeReceipt(examples.get('receipt') ?? new Uint8Array(0));
    expect(verifyReceipt(nodeCrypto, trust, receipt)).toMatchObject({ height: 2, callCount: 1, callIndex: 0 });
  });
});
