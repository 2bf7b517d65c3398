import * as z from 'zod';
import { pseudonym } from '../kernel/schema.js';
import { callingOrganisation, type RegistryContext } from './context.js';
import { registerKey } from './keys.js';
import { publicKeySchema } from './state.js';

const argsSchema = z.strictObject({
  id: pseudonym,
  kind: z.enum(['practitioner', 'device']),
  /** Null for a practitioner for whom the organisation's node signs. */
  key: publicKeySchema.nullable(),
});
const resultSchema = z.strictObject({});

/** The ledger knows a practitioner by pseudonym; the name stays in the organisation's directory. */
export const vouch = {
  summary: 'Vouch for a practitioner or device of the calling organisation',
  args: argsSchema,
  result: resultSchema,
  handle(ctx: RegistryContext, { id, kind, key }: z.infer<typeof argsSchema>): z.infer<typeof resultSchema> {
    const organisation = callingOrganisation(ctx);
    if (ctx.state.members.has(id)) ctx.reject('id-taken');
    if (key !== null && !registerKey(ctx, key, { kind, id, organisation })) ctx.reject('key-taken');
    ctx.state.members.set(id, { kind, organisation, vouchedAt: ctx.time, withdrawnAt: null });
    ctx.emit('vouched', { organisation, id, kind });
    return {};
  },
};
