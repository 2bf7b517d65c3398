import * as z from 'zod';
import { organisationId } from '../kernel/schema.js';
import { admitOrganisation, approvalsNeeded } from './admission.js';
import { callingOrganisation, type RegistryContext } from './context.js';

const argsSchema = z.strictObject({ organisation: organisationId });
const resultSchema = z.strictObject({ admitted: z.boolean() });

/** More than half of the members have to approve. */
export const approveOrganisation = {
  summary: 'Approve a proposed organisation',
  args: argsSchema,
  result: resultSchema,
  handle(ctx: RegistryContext, { organisation }: z.infer<typeof argsSchema>): z.infer<typeof resultSchema> {
    const approver = callingOrganisation(ctx);
    const proposal = ctx.state.proposals.get(organisation) ?? ctx.reject('not-proposed');
    if (proposal.approvals.includes(approver)) ctx.reject('already-approved');
    const approvals = [...proposal.approvals, approver];
    ctx.emit('organisation-approved', { organisation, by: approver });
    if (approvals.length >= approvalsNeeded(ctx)) {
      ctx.state.proposals.delete(organisation);
      admitOrganisation(ctx, proposal.organisation);
      return { admitted: true };
    }
    ctx.state.proposals.set(organisation, { organisation: proposal.organisation, approvals });
    return { admitted: false };
  },
};
