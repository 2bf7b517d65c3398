import type { CborValue } from '../primitives/cbor.js';
import type { Call } from '../ledger/transaction/call.js';
import type { ContractMethods } from './contracts.js';

/** A call with the arguments that the contract's own types demand. */
export function callOf<Contract extends keyof ContractMethods, Method extends keyof ContractMethods[Contract] & string>(
  contract: Contract,
  method: Method,
  args: ContractMethods[Contract][Method] extends { args: infer Args } ? Args : never,
): Call {
  return { contract, method, args: args as CborValue };
}
