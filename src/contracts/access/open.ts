import * as z from 'zod';
import { findLiveGrant } from '../consent/decision.js';
import { PURPOSES } from '../consent/state.js';
import type { consentState } from '../consent/state.js';
import { organisationOf } from '../kernel/caller.js';
import type { Context } from '../kernel/contract.js';
import { appendLeaf } from '../kernel/log.js';
import { count, pseudonym, time } from '../kernel/schema.js';
import type { recordsState } from '../records/state.js';
import type { registryState } from '../registry/state.js';
import type { accessErrors } from './errors.js';
import { ACCESS_BASES, encodeAccessLeaf, type AccessBasis } from './leaf.js';
import type { accessState } from './state.js';

type AccessContext = Context<
  typeof accessState,
  { registry: typeof registryState; consent: typeof consentState; records: typeof recordsState },
  typeof accessErrors
>;

/** A session lasts at most this long; then the chart is opened again, which is seen again. */
export const SESSION_SECONDS_MAX = 12 * 3600;
/** An emergency is shorter. */
export const EMERGENCY_SECONDS_MAX = 4 * 3600;

const argsSchema = z.strictObject({
  access: pseudonym,
  subject: pseudonym,
  compartments: z
    .array(z.strictObject({ compartment: pseudonym, basis: z.enum(ACCESS_BASES) }))
    .min(1)
    .max(32),
  purpose: z.enum(PURPOSES),
  /** Pseudonym of the practitioner or device for whom the organisation opens the chart. */
  actor: pseudonym.nullable(),
  until: time,
});
const resultSchema = z.strictObject({
  /** By compartment, in the order of the arguments. */
  opened: z.array(
    z.strictObject({
      /** Index of the entry in the compartment's access log. */
      index: count,
      grant: pseudonym.nullable(),
      until: time,
      dataFrom: time.nullable(),
      dataUntil: time.nullable(),
    }),
  ),
});

type Opened = z.infer<typeof resultSchema>['opened'][number];

/** No disclosure without an entry: takes the consent decision and writes it into the access log, or does neither. */
export const open = {
  summary: 'Open compartments of a chart, for a purpose and a time',
  args: argsSchema,
  result: resultSchema,
  handle(ctx: AccessContext, args: z.infer<typeof argsSchema>): z.infer<typeof resultSchema> {
    const { access, subject, compartments, purpose, until } = args;
    const organisation = organisationOf(ctx.caller) ?? ctx.reject('not-an-organisation');
    const actor = actorOf(ctx, organisation, args.actor);
    if (!ctx.read.registry.subjects.has(subject)) ctx.reject('unknown-subject');
    if (until <= ctx.time || until - ctx.time > SESSION_SECONDS_MAX) ctx.reject('too-long');

    const opened = compartments.map(({ compartment, basis }): Opened => {
      const decision = decide(ctx, { ...args, actor, organisation, compartment, basis });
      const { grant } = decision;
      const entry = { access, organisation, actor, purpose, basis, grant, time: ctx.time, until: decision.until };
      const leaf = encodeAccessLeaf(entry);
      const index = appendLeaf(ctx.crypto, ctx.state.logs, [subject, compartment], leaf);
      ctx.emit('opened', { subject, compartment, index, leaf });
      return { index, ...decision };
    });
    return { opened };
  },
};

interface AccessQuestion extends Pick<z.infer<typeof argsSchema>, 'subject' | 'purpose' | 'until' | 'actor'> {
  readonly organisation: string;
  readonly compartment: Uint8Array;
  readonly basis: AccessBasis;
}

/** Throws a rejection unless the basis holds. */
function decide(ctx: AccessContext, question: AccessQuestion): Omit<Opened, 'index'> {
  const { subject, compartment, organisation, purpose, until, actor, basis } = question;
  if (!ctx.read.consent.compartments.has(subject, compartment)) ctx.reject('unknown-compartment');
  if (basis === 'emergency' && purpose !== 'ETREAT') ctx.reject('purpose-mismatch');
  const whole = { grant: null, until, dataFrom: null, dataUntil: null };
  switch (basis) {
    case 'grant': {
      const consentQuestion = { subject, compartment, organisation, right: 'read', purpose, time: ctx.time } as const;
      const live = findLiveGrant(ctx.read.consent, consentQuestion) ?? ctx.reject('no-consent');
      const { dataFrom, dataUntil } = live.grant;
      return { grant: live.id, until: Math.min(until, live.grant.until), dataFrom, dataUntil };
    }
    case 'author':
      if (!ctx.read.records.authors.has(subject, compartment, organisation)) ctx.reject('not-an-author');
      return whole;
    case 'emergency':
      if (ctx.read.consent.emergencyAccess.get(subject) === false) ctx.reject('emergency-forbidden');
      if (actor === null || !isPractitioner(ctx, actor)) ctx.reject('practitioner-missing');
      if (until - ctx.time > EMERGENCY_SECONDS_MAX) ctx.reject('too-long');
      return whole;
  }
}

/** The practitioner or device that signs, or that the organisation names and vouches for. */
function actorOf(ctx: AccessContext, organisation: string, named: Uint8Array | null): Uint8Array | null {
  const { caller } = ctx;
  if (caller.kind === 'practitioner' || caller.kind === 'device') return caller.id;
  if (named === null) return null;
  const member = ctx.read.registry.members.get(named);
  if (member?.organisation !== organisation || member.withdrawnAt !== null) ctx.reject('not-vouched-for');
  return named;
}

function isPractitioner(ctx: AccessContext, member: Uint8Array): boolean {
  return ctx.read.registry.members.get(member)?.kind === 'practitioner';
}
