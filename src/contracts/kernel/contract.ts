import type * as z from 'zod';
import type { CborValue } from '../../primitives/cbor.js';
import type { Crypto } from '../../primitives/crypto.js';
import type { Caller } from './caller.js';
import type { Collection, CollectionReader, CollectionWriter, KeyPart } from './collection.js';

/* eslint-disable-next-line @typescript-eslint/no-explicit-any -- a contract's collections have different keys and values */
export type Collections = Readonly<Record<string, Collection<any, any>>>;

export type Readers<State extends Collections> = {
  readonly [Name in keyof State]: State[Name] extends Collection<infer Key extends readonly KeyPart[], infer Value>
    ? CollectionReader<Key, Value>
    : never;
};

export type Writers<State extends Collections> = {
  readonly [Name in keyof State]: State[Name] extends Collection<infer Key extends readonly KeyPart[], infer Value>
    ? CollectionWriter<Key, Value>
    : never;
};

/** What a contract is, without its handlers: enough for another contract to read its state. */
export interface ContractShape<Name extends string = string, State extends Collections = Collections> {
  readonly name: Name;
  readonly state: State;
}

export type ErrorMeanings = Readonly<Record<string, string>>;

/**
 * The only world a handler sees: its contract's state, read access to the contracts it declares, block time and caller.
 */
export interface Context<
  State extends Collections = Collections,
  Reads extends Readonly<Record<string, Collections>> = Readonly<Record<string, Collections>>,
  Errors extends ErrorMeanings = ErrorMeanings,
> {
  readonly state: Writers<State>;
  readonly read: { readonly [Contract in keyof Reads]: Readers<Reads[Contract]> };
  /** Block time in Unix seconds. */
  readonly time: number;
  readonly caller: Caller;
  /** Id of the key that signed the transaction. */
  readonly signerKeyId: Uint8Array;
  readonly crypto: Crypto;
  /** Publishes an event `‹contract›.‹name›`; it becomes part of the receipt. */
  emit(name: string, payload: CborValue): void;
  /** Ends the transaction without effect; the receipt says `‹contract›.‹code›`. */
  reject(code: keyof Errors & string): never;
}

/** One method of a contract. */
export interface Message<Args, Result, Ctx> {
  /** One line for people: what the call does. */
  readonly summary: string;
  readonly args: z.ZodType<Args>;
  readonly result: z.ZodType<Result>;
  handle(ctx: Ctx, args: Args): Result;
}

/* eslint-disable-next-line @typescript-eslint/no-explicit-any -- messages of one contract have different arguments */
export type Messages = Readonly<Record<string, Message<any, any, any>>>;

/** A contract: state, messages, errors and rules that hold at all times. */
export interface Contract<
  Name extends string = string,
  State extends Collections = Collections,
  Methods extends Messages = Messages,
> extends ContractShape<Name, State> {
  readonly reads: readonly ContractShape[];
  readonly errors: ErrorMeanings;
  readonly messages: Methods;
  /**
   * Writes the contract's part of the genesis document (under its own name there).
   * @throws CairnError `genesis.malformed`
   */
  readonly genesis?: (ctx: GenesisContext, document: CborValue) => void;
}

export interface GenesisContext {
  /* eslint-disable-next-line @typescript-eslint/no-explicit-any -- see Collections */
  readonly state: Writers<any>;
  readonly time: number;
  readonly crypto: Crypto;
}

/** Arguments and results by method: what the SDK's typed methods are made of. */
export type MethodsOf<C> =
  C extends Contract<string, Collections, infer Methods>
    ? {
        readonly [Name in keyof Methods]: Methods[Name] extends Message<infer Args, infer Result, infer _Ctx>
          ? { args: Args; result: Result }
          : never;
      }
    : never;

/** Resolves who holds the key that signed a transaction; the registry knows. */
export type CallerResolver = (
  read: (shape: ContractShape) => Readers<Collections>,
  signerKeyId: Uint8Array,
) => Caller | undefined;
