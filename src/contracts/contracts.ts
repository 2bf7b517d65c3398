import type { Crypto } from '../primitives/crypto.js';
import type { ContractRuntime } from '../ledger/execution/runtime.js';
import { access } from './access/contract.js';
import { consent } from './consent/contract.js';
import type { MethodsOf } from './kernel/contract.js';
import { createRuntime } from './kernel/runtime.js';
import { records } from './records/contract.js';
import { registry } from './registry/contract.js';
import { resolveCaller } from './registry/resolve-caller.js';

/** Every contract of the ledger, by name. */
export const contracts = { registry, consent, records, access } as const;

/** Arguments and results of every method of every contract: the SDK's methods are made of this. */
export type ContractMethods = { readonly [Name in keyof typeof contracts]: MethodsOf<(typeof contracts)[Name]> };

export function cairnRuntime(crypto: Crypto): ContractRuntime {
  return createRuntime(crypto, Object.values(contracts), resolveCaller);
}
