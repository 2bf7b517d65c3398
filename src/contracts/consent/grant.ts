import * as z from 'zod';
import { count, digest, organisationId, pseudonym, time } from '../kernel/schema.js';
import { decidingParty, openCompartmentOf, remainingGrants, type ConsentContext } from './context.js';
import { GRANTS_PER_COMPARTMENT_MAX, purposesSchema, rightsSchema } from './state.js';

const argsSchema = z.strictObject({
  grant: pseudonym,
  subject: pseudonym,
  compartment: pseudonym,
  grantee: organisationId,
  purposes: purposesSchema,
  rights: rightsSchema,
  from: time,
  until: time,
  dataFrom: time.nullable(),
  dataUntil: time.nullable(),
  /** The present epoch, up to which the envelope has the keys. */
  epoch: count,
  envelope: digest.nullable(),
});
const resultSchema = z.strictObject({ epoch: z.int() });

/** The policy half of a grant; the cryptographic half is the envelope with the epoch keys, whose digest it carries. */
export const grant = {
  summary: 'Grant an organisation a compartment, for purposes and a time',
  args: argsSchema,
  result: resultSchema,
  handle(ctx: ConsentContext, args: z.infer<typeof argsSchema>): z.infer<typeof resultSchema> {
    const { grant: id, epoch, ...terms } = args;
    const { subject, compartment: compartmentId, grantee } = terms;
    const grantedBy = decidingParty(ctx, subject);
    const compartment = openCompartmentOf(ctx, subject, compartmentId);
    if (!ctx.read.registry.organisations.has(grantee)) ctx.reject('unknown-grantee');
    if (ctx.state.grants.has(id)) ctx.reject('grant-taken');
    if (epoch !== compartment.epoch) ctx.reject('stale-epoch');
    if (isEmpty(terms.from, terms.until) || terms.until <= ctx.time) ctx.reject('empty-window');
    if (terms.dataFrom !== null && terms.dataUntil !== null && isEmpty(terms.dataFrom, terms.dataUntil)) {
      ctx.reject('empty-window');
    }
    const isSteward = ctx.read.registry.subjects.get(subject)?.steward === grantee;
    if (terms.envelope === null && !isSteward) ctx.reject('envelope-missing');
    const grants = remainingGrants(ctx, compartment);
    if (grants.length >= GRANTS_PER_COMPARTMENT_MAX) ctx.reject('too-many-grants');
    ctx.state.grants.set(id, { ...terms, grantedBy, revokedAt: null });
    ctx.state.compartments.set(subject, compartmentId, { ...compartment, grants: [...grants, id] });
    const { envelope, until } = terms;
    ctx.emit('granted', { grant: id, subject, compartment: compartmentId, grantee, envelope, until });
    return { epoch };
  },
};

function isEmpty(from: number, until: number): boolean {
  return until <= from;
}
