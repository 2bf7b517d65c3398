import * as z from 'zod';
import { equalBytes } from '../../primitives/bytes.js';
import { keyId } from '../../primitives/signature.js';
import { pseudonym } from '../kernel/schema.js';
import type { RegistryContext } from './context.js';
import { registerKey } from './keys.js';
import { publicKeySchema, sealingKeySchema } from './state.js';

const argsSchema = z.strictObject({ subject: pseudonym, key: publicKeySchema, sealingKey: sealingKeySchema });
const resultSchema = z.strictObject({});

/**
 * Second half of a claim, signed with the offered key itself. From then on there is no steward and no key from before
 * signs for the subject, however many the steward had made.
 */
export const claimSubject = {
  summary: 'Take a subject over from its steward',
  args: argsSchema,
  result: resultSchema,
  handle(ctx: RegistryContext, { subject, key, sealingKey }: z.infer<typeof argsSchema>): z.infer<typeof resultSchema> {
    const record = ctx.state.subjects.get(subject) ?? ctx.reject('unknown-subject');
    const id = keyId(ctx.crypto, key);
    if (ctx.caller.kind !== 'claimant' || !equalBytes(ctx.caller.id, subject)) ctx.reject('not-offered');
    if (!equalBytes(ctx.signerKeyId, id)) ctx.reject('not-offered');
    ctx.state.offers.delete(id);
    const generation = record.generation + 1;
    if (!registerKey(ctx, key, { kind: 'subject', id: subject }, generation)) ctx.reject('key-taken');
    ctx.state.liveKeys.set('subject', subject, 1);
    ctx.state.subjects.set(subject, { ...record, steward: null, offeredTo: null, sealingKey, generation });
    ctx.emit('subject-claimed', { subject });
    return {};
  },
};
