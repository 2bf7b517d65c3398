import * as z from 'zod';
import { keyId } from '../../primitives/signature.js';
import { admitOrganisation, approvalsNeeded } from './admission.js';
import { callingOrganisation, type RegistryContext } from './context.js';
import { isTaken } from './keys.js';
import { proposedOrganisationSchema, type ProposedOrganisation } from './state.js';

const resultSchema = z.strictObject({ admitted: z.boolean() });

/** A member asks another organisation in; that is its own approval. */
export const proposeOrganisation = {
  summary: 'Ask another organisation into the consortium',
  args: proposedOrganisationSchema,
  result: resultSchema,
  handle(ctx: RegistryContext, organisation: ProposedOrganisation): z.infer<typeof resultSchema> {
    const proposer = callingOrganisation(ctx);
    if (ctx.state.organisations.has(organisation.id) || ctx.state.proposals.has(organisation.id))
      ctx.reject('id-taken');
    if (isTaken(ctx, keyId(ctx.crypto, organisation.signingKey))) ctx.reject('key-taken');
    const proposal = { organisation, approvals: [proposer] };
    ctx.emit('organisation-proposed', { organisation: organisation.id, by: proposer });
    if (proposal.approvals.length >= approvalsNeeded(ctx)) {
      admitOrganisation(ctx, organisation);
      return { admitted: true };
    }
    ctx.state.proposals.set(organisation.id, proposal);
    return { admitted: false };
  },
};
