import type { RegistryContext } from './context.js';
import { registerKey } from './keys.js';
import type { ProposedOrganisation } from './state.js';

/** More than half of the member organisations. */
export function approvalsNeeded(ctx: RegistryContext): number {
  return ((ctx.state.organisationCount.get() ?? 0) >> 1) + 1;
}

/** Makes a proposed organisation a member. */
export function admitOrganisation(ctx: RegistryContext, organisation: ProposedOrganisation): void {
  const { id, name, roles, signingKey, sealingKey } = organisation;
  if (!registerKey(ctx, signingKey, { kind: 'organisation', id })) ctx.reject('key-taken');
  ctx.state.organisations.set(id, { name, roles, sealingKey, admittedAt: ctx.time });
  ctx.state.organisationCount.set((ctx.state.organisationCount.get() ?? 0) + 1);
  ctx.emit('organisation-admitted', { organisation: id });
}
