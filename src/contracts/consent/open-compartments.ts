import * as z from 'zod';
import { digest, pseudonym } from '../kernel/schema.js';
import { decidingParty, type ConsentContext } from './context.js';

const argsSchema = z.strictObject({
  subject: pseudonym,
  compartments: z
    .array(z.strictObject({ compartment: pseudonym, keyCommitment: digest }))
    .min(1)
    .max(32),
});
const resultSchema = z.strictObject({});

/** All of a subject's compartments are opened at once, whether used or not, so that their existence says nothing. */
export const openCompartments = {
  summary: 'Open compartments of a subject, each with a commitment to its first epoch key',
  args: argsSchema,
  result: resultSchema,
  handle(ctx: ConsentContext, { subject, compartments }: z.infer<typeof argsSchema>): z.infer<typeof resultSchema> {
    decidingParty(ctx, subject);
    for (const { compartment, keyCommitment } of compartments) {
      if (ctx.state.compartments.has(subject, compartment)) ctx.reject('compartment-open');
      ctx.state.compartments.set(subject, compartment, { epoch: 1, openedAt: ctx.time, grants: [] });
      ctx.state.epochs.set(subject, compartment, 1, keyCommitment);
      ctx.emit('compartment-opened', { subject, compartment });
    }
    return {};
  },
};
