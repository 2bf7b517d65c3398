import * as z from 'zod';
import { keyId } from '../../primitives/signature.js';
import { pseudonym } from '../kernel/schema.js';
import { callingOrganisation, type RegistryContext } from './context.js';
import { isTaken } from './keys.js';
import { publicKeySchema } from './state.js';

const argsSchema = z.strictObject({ subject: pseudonym, key: publicKeySchema });
const resultSchema = z.strictObject({});

/** First half of a claim: the steward, who has seen the patient's identity, names the patient's own key. */
export const offerSubject = {
  summary: 'Offer a custodial subject to the patient’s own key',
  args: argsSchema,
  result: resultSchema,
  handle(ctx: RegistryContext, { subject, key }: z.infer<typeof argsSchema>): z.infer<typeof resultSchema> {
    const record = ctx.state.subjects.get(subject) ?? ctx.reject('unknown-subject');
    if (record.steward === null) ctx.reject('not-custodial');
    if (record.steward !== callingOrganisation(ctx)) ctx.reject('not-yours');
    const id = keyId(ctx.crypto, key);
    if (isTaken(ctx, id)) ctx.reject('key-taken');
    if (record.offeredTo !== null) ctx.state.offers.delete(record.offeredTo);
    ctx.state.offers.set(id, subject);
    ctx.state.subjects.set(subject, { ...record, offeredTo: id });
    ctx.emit('subject-offered', { subject });
    return {};
  },
};
