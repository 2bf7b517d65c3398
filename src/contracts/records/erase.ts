import * as z from 'zod';
import { equalBytes } from '../../primitives/bytes.js';
import { organisationOf } from '../kernel/caller.js';
import { appendLeaf } from '../kernel/log.js';
import { count, pseudonym } from '../kernel/schema.js';
import type { RecordsContext } from './context.js';
import { encodeErasureLeaf, ERASURE_REASONS, type ErasureLeaf } from './leaf.js';

const argsSchema = z.strictObject({
  subject: pseudonym,
  compartment: pseudonym,
  /** Index of the record's leaf in the compartment's log. */
  index: count,
  reason: z.enum(ERASURE_REASONS),
});
const resultSchema = z.strictObject({ index: count });

/**
 * Has every vault delete a ciphertext for good; the log keeps that there was one. The subject, its steward and its
 * representatives may ask for any record; an author may take back its own writing, which it shows by having written
 * into the compartment: each vault checks that the leaf is the author's.
 */
export const erase = {
  summary: 'Have a record’s ciphertext erased from every vault',
  args: argsSchema,
  result: resultSchema,
  handle(
    ctx: RecordsContext,
    { subject, compartment, index, reason }: z.infer<typeof argsSchema>,
  ): z.infer<typeof resultSchema> {
    if (!ctx.read.consent.compartments.has(subject, compartment)) ctx.reject('unknown-compartment');
    if (index >= (ctx.state.logs.get(subject, compartment)?.size ?? 0)) ctx.reject('unknown-record');
    const leaf = encodeErasureLeaf({ index, ...requester(ctx, subject, compartment), reason, time: ctx.time });
    const at = appendLeaf(ctx.crypto, ctx.state.logs, [subject, compartment], leaf);
    ctx.emit('erasure-ordered', { subject, compartment, index: at, leaf, erased: index });
    return { index: at };
  },
};

/** Who may order it, and on what ground: as in consent, a steward decides with the organisation's own key. */
function requester(
  ctx: RecordsContext,
  subject: Uint8Array,
  compartment: Uint8Array,
): Pick<ErasureLeaf, 'requestedBy' | 'ground'> {
  const { caller } = ctx;
  if (caller.kind === 'subject') {
    const until = ctx.read.consent.representatives.get(subject, caller.id);
    const isRepresentative = until !== undefined && until > ctx.time;
    if (!equalBytes(caller.id, subject) && !isRepresentative) ctx.reject('not-authorised');
    return { requestedBy: 'subject', ground: 'subject' };
  }
  const requestedBy = organisationOf(caller) ?? ctx.reject('not-authorised');
  const steward = ctx.read.registry.subjects.get(subject)?.steward;
  if (caller.kind === 'organisation' && steward === requestedBy) return { requestedBy, ground: 'steward' };
  if (!ctx.state.authors.has(subject, compartment, requestedBy)) ctx.reject('not-authorised');
  return { requestedBy, ground: 'author' };
}
