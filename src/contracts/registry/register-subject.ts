import * as z from 'zod';
import { organisationId, pseudonym } from '../kernel/schema.js';
import { callingOrganisation, type RegistryContext } from './context.js';
import { registerKey } from './keys.js';
import { publicKeySchema, sealingKeySchema } from './state.js';

const argsSchema = z.strictObject({
  subject: pseudonym,
  kind: z.enum(['patient', 'directory']),
  signingKey: publicKeySchema,
  sealingKey: sealingKeySchema,
  /** The calling organisation for a subject without a device; null when the subject holds its keys. */
  steward: organisationId.nullable(),
});
const resultSchema = z.strictObject({});

/** An organisation registers its patient: in the patient's own hands, or custodial, which the ledger shows. */
export const registerSubject = {
  summary: 'Register a pseudonymous subject',
  args: argsSchema,
  result: resultSchema,
  handle(ctx: RegistryContext, args: z.infer<typeof argsSchema>): z.infer<typeof resultSchema> {
    const organisation = callingOrganisation(ctx);
    const { subject, kind, signingKey, sealingKey, steward } = args;
    if (steward !== null && steward !== organisation) ctx.reject('not-yours');
    if (ctx.state.subjects.has(subject)) ctx.reject('id-taken');
    if (!registerKey(ctx, signingKey, { kind: 'subject', id: subject })) ctx.reject('key-taken');
    ctx.state.subjects.set(subject, {
      kind,
      steward,
      sealingKey,
      registeredAt: ctx.time,
      generation: 0,
      offeredTo: null,
    });
    ctx.emit('subject-registered', { subject, kind, steward });
    return {};
  },
};
