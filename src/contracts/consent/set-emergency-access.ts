import * as z from 'zod';
import { pseudonym } from '../kernel/schema.js';
import { decidingParty, type ConsentContext } from './context.js';

const argsSchema = z.strictObject({ subject: pseudonym, allowed: z.boolean() });
const resultSchema = z.strictObject({});

/** Whether a clinician without a grant may break the glass. The access log shows it in any case. */
export const setEmergencyAccess = {
  summary: 'Allow or forbid emergency access',
  args: argsSchema,
  result: resultSchema,
  handle(ctx: ConsentContext, { subject, allowed }: z.infer<typeof argsSchema>): z.infer<typeof resultSchema> {
    decidingParty(ctx, subject);
    ctx.state.emergencyAccess.set(subject, allowed);
    ctx.emit('emergency-access-set', { subject, allowed });
    return {};
  },
};
