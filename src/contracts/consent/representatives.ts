import * as z from 'zod';
import { equalBytes } from '../../primitives/bytes.js';
import type { Party } from '../kernel/caller.js';
import { pseudonym, time } from '../kernel/schema.js';
import { decidingParty, type ConsentContext } from './context.js';

const appointSchema = z.strictObject({ subject: pseudonym, representative: pseudonym, until: time });
const dismissSchema = z.strictObject({ subject: pseudonym, representative: pseudonym });
const resultSchema = z.strictObject({});

/**
 * A representative decides as the subject does, until a day that is named beforehand; so it appoints nobody, or it could
 * put that day off.
 */
export const appointRepresentative = {
  summary: 'Let another subject act for this one until a given time',
  args: appointSchema,
  result: resultSchema,
  handle(ctx: ConsentContext, args: z.infer<typeof appointSchema>): z.infer<typeof resultSchema> {
    const { subject, representative, until } = args;
    const appointer = decidingParty(ctx, subject);
    if (isRepresentative(appointer, subject)) ctx.reject('not-authorised');
    if (equalBytes(subject, representative)) ctx.reject('self-representation');
    if (!ctx.read.registry.subjects.has(representative)) ctx.reject('unknown-subject');
    if (until <= ctx.time) ctx.reject('empty-window');
    ctx.state.representatives.set(subject, representative, until);
    ctx.emit('representative-appointed', { subject, representative, until });
    return {};
  },
};

function isRepresentative(party: Party, subject: Uint8Array): boolean {
  return party.kind === 'subject' && !equalBytes(party.id, subject);
}

/** Dismissing is open to whoever may decide for the subject. */
export const dismissRepresentative = {
  summary: 'Dismiss a representative',
  args: dismissSchema,
  result: resultSchema,
  handle(
    ctx: ConsentContext,
    { subject, representative }: z.infer<typeof dismissSchema>,
  ): z.infer<typeof resultSchema> {
    decidingParty(ctx, subject);
    if (!ctx.state.representatives.has(subject, representative)) ctx.reject('unknown-subject');
    ctx.state.representatives.delete(subject, representative);
    ctx.emit('representative-dismissed', { subject, representative });
    return {};
  },
};
