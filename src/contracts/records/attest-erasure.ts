import * as z from 'zod';
import { organisationOf } from '../kernel/caller.js';
import { count, digest, pseudonym } from '../kernel/schema.js';
import type { RecordsContext } from './context.js';

const argsSchema = z.strictObject({ subject: pseudonym, compartment: pseudonym, index: count, digest });
const resultSchema = z.strictObject({});

/** A vault's holder states, under its signature, that the ciphertext is gone. */
export const attestErasure = {
  summary: 'Attest that a ciphertext was deleted',
  args: argsSchema,
  result: resultSchema,
  handle(ctx: RecordsContext, args: z.infer<typeof argsSchema>): z.infer<typeof resultSchema> {
    const organisation = organisationOf(ctx.caller) ?? ctx.reject('not-an-organisation');
    const size = ctx.state.logs.get(args.subject, args.compartment)?.size ?? 0;
    if (args.index >= size) ctx.reject('unknown-record');
    ctx.emit('erasure-attested', { ...args, organisation });
    return {};
  },
};
