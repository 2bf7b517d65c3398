import * as z from 'zod';
import { pseudonym } from '../kernel/schema.js';
import { decidingParty, hasNotEnded, openCompartmentOf, type ConsentContext } from './context.js';
import { beginEpoch, nextEpochFields } from './epoch.js';

const argsSchema = z.strictObject({ grant: pseudonym, ...nextEpochFields });
const resultSchema = z.strictObject({ epoch: z.int() });

/**
 * Policy and cryptography take the same decision: the grant ends and a new epoch begins, whose key the grantee does not
 * get. All others do, in the same transaction, so that nobody is shut out by accident.
 */
export const revoke = {
  summary: 'Revoke a grant and begin a new epoch of its compartment',
  args: argsSchema,
  result: resultSchema,
  handle(ctx: ConsentContext, { grant: id, ...next }: z.infer<typeof argsSchema>): z.infer<typeof resultSchema> {
    const grant = ctx.state.grants.get(id) ?? ctx.reject('unknown-grant');
    const { subject, compartment: compartmentId, grantee } = grant;
    decidingParty(ctx, subject);
    if (!hasNotEnded(grant, ctx.time)) ctx.reject('not-live');
    const compartment = openCompartmentOf(ctx, subject, compartmentId);
    ctx.state.grants.set(id, { ...grant, revokedAt: ctx.time });
    ctx.emit('revoked', { grant: id, subject, compartment: compartmentId, grantee });
    return { epoch: beginEpoch(ctx, subject, compartmentId, compartment, next) };
  },
};
