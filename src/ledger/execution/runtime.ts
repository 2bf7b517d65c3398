import type { CborValue } from '../../primitives/cbor.js';
import type { PublicKey } from '../../primitives/signature.js';
import type { Call } from '../transaction/call.js';
import type { StateReader, StateWriter } from './overlay.js';

/** What a contract tells the world; part of the receipt, and so provable. */
export interface LedgerEvent {
  /** `contract.event`, for instance `consent.granted`. */
  readonly type: string;
  readonly payload: CborValue;
}

/** Where a call runs: the only world a contract can see. */
export interface CallEnvironment {
  readonly state: StateWriter;
  /** Block time in Unix seconds: agreed by the validators, never a trusted clinical time. */
  readonly time: number;
  readonly signer: PublicKey;
  readonly emit: (event: LedgerEvent) => void;
}

/**
 * The contracts, as the ledger sees them. Implemented by `contracts/kernel`.
 * A method that refuses throws `Rejection`; anything else that is thrown is a defect and halts the node.
 */
export interface ContractRuntime {
  /** Writes the state that the genesis document describes. @throws CairnError `genesis.malformed` */
  genesis(state: StateWriter, time: number, document: CborValue): void;
  /** A filter before the pool, against committed state: unknown method, malformed arguments, unknown signer. */
  check(state: StateReader, time: number, signer: PublicKey, call: Call): void;
  /** Executes one call and returns its value. */
  call(environment: CallEnvironment, call: Call): CborValue;
}
