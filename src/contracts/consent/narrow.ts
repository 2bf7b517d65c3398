import * as z from 'zod';
import { pseudonym, time } from '../kernel/schema.js';
import { decidingParty, hasNotEnded, type ConsentContext } from './context.js';
import { purposesSchema } from './state.js';

const argsSchema = z.strictObject({ grant: pseudonym, purposes: purposesSchema, until: time });
const resultSchema = z.strictObject({});

/** Takes back part of a grant: purposes, or time. To take back reading or writing as such, revoke. */
export const narrow = {
  summary: 'Narrow a grant to fewer purposes or an earlier end',
  args: argsSchema,
  result: resultSchema,
  handle(
    ctx: ConsentContext,
    { grant: id, purposes, until }: z.infer<typeof argsSchema>,
  ): z.infer<typeof resultSchema> {
    const grant = ctx.state.grants.get(id) ?? ctx.reject('unknown-grant');
    decidingParty(ctx, grant.subject);
    if (!hasNotEnded(grant, ctx.time)) ctx.reject('not-live');
    if (until <= ctx.time || until <= grant.from) ctx.reject('empty-window');
    if (until > grant.until || purposes.some((purpose) => !grant.purposes.includes(purpose)))
      ctx.reject('not-narrower');
    ctx.state.grants.set(id, { ...grant, purposes, until });
    const { subject, compartment, grantee } = grant;
    ctx.emit('narrowed', { grant: id, subject, compartment, grantee, until });
    return {};
  },
};
