import { Type, type Static } from 'typebox';
import { bytes, CBOR, events, json, type Endpoint } from './endpoint.js';
import { count, digest, hexBytes, instant, nullable, object, pseudonym } from './values.js';

/** A value of the ledger as JSON: byte strings become hexadecimal text; times are Unix seconds, as the ledger has them. */
const ledgerValue = Type.Unknown({
  description: 'a value of the ledger: byte strings as hexadecimal, times in Unix seconds',
});

export const ledgerEventSchema = object({
  /** Position in the chain: `height-transaction-call-event`; resumes a stream. */
  id: Type.String(),
  height: count,
  transactionIndex: count,
  callIndex: count,
  type: Type.String({ description: '‹contract›.‹event›' }),
  payload: Type.Unsafe<Readonly<Record<string, unknown>>>(Type.Object({})),
});

export type LedgerEventView = Static<typeof ledgerEventSchema>;

const outcomeSchema = object({
  value: ledgerValue,
  events: Type.Array(object({ type: Type.String(), payload: ledgerValue })),
  /** The outcome as the receipt proves it: CBOR `[value, events]`. */
  encoded: hexBytes,
});

export const transactionResultSchema = object({
  status: Type.Enum(['accepted', 'rejected']),
  /** By call; empty when rejected. */
  outcomes: Type.Array(outcomeSchema),
  /** Why nothing of the transaction took effect. */
  rejection: nullable(object({ code: Type.String(), callIndex: nullable(count) })),
});

export const committedTransactionSchema = object({
  id: digest,
  height: count,
  index: count,
  /** Block time. */
  time: instant,
  result: transactionResultSchema,
});

export type CommittedTransactionView = Static<typeof committedTransactionSchema>;

export const transactionSchema = object({
  ...committedTransactionSchema.properties,
  signer: object({ alg: Type.Enum(['ed25519', 'p256']), key: hexBytes }),
  validUntil: instant,
  calls: Type.Array(object({ contract: Type.String(), method: Type.String(), args: ledgerValue })),
});

export type TransactionView = Static<typeof transactionSchema>;

export const submitTransaction = {
  id: 'submitTransaction',
  method: 'POST',
  path: '/api/v1/transactions',
  // The signature is the authentication: a patient's phone has no API key.
  access: 'public',
  group: 'ledger',
  summary: 'Hand in a signed transaction; answers when it is durable, also when a contract rejected it',
  body: bytes(CBOR),
  reply: json(committedTransactionSchema, 201),
} as const satisfies Endpoint;

export const getTransaction = {
  id: 'getTransaction',
  method: 'GET',
  path: '/api/v1/transactions/:transaction',
  access: 'read',
  group: 'ledger',
  summary: 'A transaction with its calls and what came of them',
  params: object({ transaction: digest }),
  reply: json(transactionSchema),
} as const satisfies Endpoint;

const height = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER });

export const blockSchema = object({
  height: count,
  time: instant,
  hash: digest,
  appHash: digest,
  lastResultsHash: digest,
  dataHash: digest,
  validatorsHash: digest,
  proposer: hexBytes,
  transactions: Type.Array(
    object({ id: digest, status: Type.Enum(['accepted', 'rejected', 'refused']), code: nullable(Type.String()) }),
  ),
});

export type BlockView = Static<typeof blockSchema>;

export const getBlock = {
  id: 'getBlock',
  method: 'GET',
  path: '/api/v1/blocks/:height',
  access: 'read',
  group: 'ledger',
  summary: 'A block: its header, and what came of its transactions',
  params: object({ height }),
  reply: json(blockSchema),
} as const satisfies Endpoint;

export const getReceipt = {
  id: 'getReceipt',
  method: 'GET',
  path: '/api/v1/receipts/:transaction/:call',
  access: 'read',
  group: 'evidence',
  summary: 'Receipt of one call, to be verified offline',
  params: object({ transaction: digest, call: Type.Integer({ minimum: 0, maximum: 1023 }) }),
  reply: bytes(CBOR),
} as const satisfies Endpoint;

export const getStateEvidence = {
  id: 'getStateEvidence',
  method: 'GET',
  path: '/api/v1/evidence/state',
  access: 'read',
  group: 'evidence',
  summary: 'Evidence that a state key has its present value, or is absent',
  query: object({ key: Type.String({ pattern: '^([0-9a-f]{2}){1,512}$', description: 'hexadecimal' }) }),
  reply: bytes(CBOR),
} as const satisfies Endpoint;

export const logName = Type.Enum(['records', 'access']);

export const getLogEvidence = {
  id: 'getLogEvidence',
  method: 'GET',
  path: '/api/v1/evidence/log/:log/:subject/:compartment',
  access: 'read',
  group: 'evidence',
  summary: 'Evidence of every entry of a compartment’s log: these are all',
  params: object({ log: logName, subject: pseudonym, compartment: pseudonym }),
  reply: bytes(CBOR),
} as const satisfies Endpoint;

export const streamEvents = {
  id: 'streamEvents',
  method: 'GET',
  path: '/api/v1/events',
  access: 'read',
  group: 'ledger',
  summary: 'Stream of ledger events; resumes after `Last-Event-ID`, or after a height',
  query: object({
    /** Only what comes after this height; 0 is everything, absent is from now on. */
    after: Type.Optional(count),
    /** Comma-separated types, or contracts: `consent.granted,records`. */
    types: Type.Optional(Type.String({ pattern: '^[a-z][a-z.-]*(,[a-z][a-z.-]*){0,31}$', maxLength: 1000 })),
    subject: Type.Optional(pseudonym),
  }),
  reply: events(ledgerEventSchema),
} as const satisfies Endpoint;
