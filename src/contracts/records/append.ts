import * as z from 'zod';
import { findLiveGrant } from '../consent/decision.js';
import { organisationOf } from '../kernel/caller.js';
import { appendLeaf } from '../kernel/log.js';
import { count, digest, pseudonym } from '../kernel/schema.js';
import type { RecordsContext } from './context.js';
import { encodeRecordLeaf } from './leaf.js';

const argsSchema = z.strictObject({
  subject: pseudonym,
  compartment: pseudonym,
  /** The epoch whose key the record is sealed under: the present one. */
  epoch: count,
  record: pseudonym,
  /** From 1; a correction is the next version of the same record, and the corrected one stays in the log. */
  version: z.int().min(1),
  /** SHA-256 of the ciphertext in the vault. */
  digest,
  /** Salted commitment to the plaintext. */
  commitment: digest,
});
const resultSchema = z.strictObject({ index: count });

/** Only a live write grant may append. */
export const append = {
  summary: 'Append a version of a record to a compartment’s log',
  args: argsSchema,
  result: resultSchema,
  handle(ctx: RecordsContext, args: z.infer<typeof argsSchema>): z.infer<typeof resultSchema> {
    const { subject, compartment, epoch, record, version, digest: ciphertext, commitment } = args;
    const author = organisationOf(ctx.caller) ?? ctx.reject('not-an-organisation');
    const present = ctx.read.consent.compartments.get(subject, compartment) ?? ctx.reject('unknown-compartment');
    if (present.epoch !== epoch) ctx.reject('stale-epoch');
    const question = { subject, compartment, organisation: author, right: 'write', time: ctx.time } as const;
    if (findLiveGrant(ctx.read.consent, question) === undefined) ctx.reject('no-live-grant');

    const leaf = encodeRecordLeaf({ record, version, digest: ciphertext, commitment, epoch, author, time: ctx.time });
    const index = appendLeaf(ctx.crypto, ctx.state.logs, [subject, compartment], leaf);
    if (!ctx.state.authors.has(subject, compartment, author)) ctx.state.authors.set(subject, compartment, author, true);
    ctx.emit('appended', { subject, compartment, index, leaf });
    return { index };
  },
};
