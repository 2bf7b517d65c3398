import { equalBytes } from '../../primitives/bytes.js';
import { organisationOf, type Party } from '../kernel/caller.js';
import type { Context } from '../kernel/contract.js';
import type { registryState } from '../registry/state.js';
import type { consentErrors } from './errors.js';
import type { consentState, Compartment, Grant } from './state.js';

export type ConsentContext = Context<typeof consentState, { registry: typeof registryState }, typeof consentErrors>;

/** The caller, if it may decide for the subject: the subject itself, the steward's own key, or a live representative. */
export function decidingParty(ctx: ConsentContext, subject: Uint8Array): Party {
  const { caller } = ctx;
  const record = ctx.read.registry.subjects.get(subject) ?? ctx.reject('unknown-subject');
  if (caller.kind === 'organisation' && record.steward === organisationOf(caller)) return caller;
  if (caller.kind === 'subject') {
    if (equalBytes(caller.id, subject)) return caller;
    const until = ctx.state.representatives.get(subject, caller.id);
    if (until !== undefined && until > ctx.time) return caller;
  }
  return ctx.reject('not-authorised');
}

export function openCompartmentOf(ctx: ConsentContext, subject: Uint8Array, compartment: Uint8Array): Compartment {
  return ctx.state.compartments.get(subject, compartment) ?? ctx.reject('unknown-compartment');
}

/** Whether a grant has not ended; one that begins later counts. */
export function hasNotEnded(grant: Pick<Grant, 'until' | 'revokedAt'>, time: number): boolean {
  return grant.revokedAt === null && time < grant.until;
}

/** Ids in the compartment's list whose grants have not ended. */
export function remainingGrants(ctx: ConsentContext, compartment: Compartment): Uint8Array[] {
  return compartment.grants.filter((id) => {
    const grant = ctx.state.grants.get(id);
    return grant !== undefined && hasNotEnded(grant, ctx.time);
  });
}
