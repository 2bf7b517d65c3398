import * as z from 'zod';
import { pseudonym } from '../kernel/schema.js';
import { decidingParty, openCompartmentOf, type ConsentContext } from './context.js';
import { beginEpoch, nextEpochFields } from './epoch.js';

const argsSchema = z.strictObject({ subject: pseudonym, compartment: pseudonym, ...nextEpochFields });
const resultSchema = z.strictObject({ epoch: z.int() });

/**
 * For a grant that has ended by the clock, which no transaction notices: from the new epoch on its grantee lacks the key
 * too. Also for a key that may have leaked.
 */
export const renewEpoch = {
  summary: 'Begin a new epoch of a compartment, whose key only the remaining grants get',
  args: argsSchema,
  result: resultSchema,
  handle(
    ctx: ConsentContext,
    { subject, compartment: id, ...next }: z.infer<typeof argsSchema>,
  ): z.infer<typeof resultSchema> {
    decidingParty(ctx, subject);
    const compartment = openCompartmentOf(ctx, subject, id);
    return { epoch: beginEpoch(ctx, subject, id, compartment, next) };
  },
};
