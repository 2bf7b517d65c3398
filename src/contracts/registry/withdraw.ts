import * as z from 'zod';
import { pseudonym } from '../kernel/schema.js';
import { callingOrganisation, type RegistryContext } from './context.js';

const argsSchema = z.strictObject({ id: pseudonym });
const resultSchema = z.strictObject({});

/** From then on the practitioner's or device's keys sign nothing, and nobody opens a chart in its name. */
export const withdraw = {
  summary: 'Stop vouching for a practitioner or device',
  args: argsSchema,
  result: resultSchema,
  handle(ctx: RegistryContext, { id }: z.infer<typeof argsSchema>): z.infer<typeof resultSchema> {
    const organisation = callingOrganisation(ctx);
    const member = ctx.state.members.get(id) ?? ctx.reject('unknown-member');
    if (member.organisation !== organisation) ctx.reject('not-yours');
    if (member.withdrawnAt !== null) ctx.reject('unknown-member');
    ctx.state.members.set(id, { ...member, withdrawnAt: ctx.time });
    ctx.emit('withdrawn', { organisation, id });
    return {};
  },
};
