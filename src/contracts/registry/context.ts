import type { Context } from '../kernel/contract.js';
import { organisationOf } from '../kernel/caller.js';
import type { registryErrors } from './errors.js';
import type { registryState } from './state.js';

export type RegistryContext = Context<typeof registryState, Record<never, never>, typeof registryErrors>;

/** The organisation that signed with its own key, not a practitioner's or device's. */
export function callingOrganisation(ctx: RegistryContext): string {
  const organisation = ctx.caller.kind === 'organisation' ? organisationOf(ctx.caller) : undefined;
  return organisation ?? ctx.reject('not-an-organisation');
}
