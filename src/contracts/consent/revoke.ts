import * as z from 'zod';
import { toHex } from '../../primitives/bytes.js';
import { digest, pseudonym } from '../kernel/schema.js';
import { decidingParty, hasNotEnded, openCompartmentOf, remainingGrants, type ConsentContext } from './context.js';
import { GRANTS_PER_COMPARTMENT_MAX } from './state.js';

const argsSchema = z.strictObject({
  grant: pseudonym,
  /** Commitment to the key of the epoch that begins now. */
  keyCommitment: digest,
  /** Who else goes on reading: the remaining live grants, each with its new envelope. */
  deliveries: z
    .array(z.strictObject({ grant: pseudonym, envelope: digest.nullable() }))
    .max(GRANTS_PER_COMPARTMENT_MAX),
});
const resultSchema = z.strictObject({ epoch: z.int() });

/**
 * Policy and cryptography take the same decision: the grant ends and a new epoch begins, whose key the grantee does not
 * get. All others do, in the same transaction, so that nobody is shut out by accident.
 */
export const revoke = {
  summary: 'Revoke a grant and begin a new epoch of its compartment',
  args: argsSchema,
  result: resultSchema,
  handle(ctx: ConsentContext, args: z.infer<typeof argsSchema>): z.infer<typeof resultSchema> {
    const { grant: id, keyCommitment, deliveries } = args;
    const grant = ctx.state.grants.get(id) ?? ctx.reject('unknown-grant');
    const { subject, compartment: compartmentId, grantee } = grant;
    decidingParty(ctx, subject);
    if (!hasNotEnded(grant, ctx.time)) ctx.reject('not-live');
    const compartment = openCompartmentOf(ctx, subject, compartmentId);
    ctx.state.grants.set(id, { ...grant, revokedAt: ctx.time });

    const grants = remainingGrants(ctx, compartment);
    deliver(ctx, grants, deliveries);
    const epoch = compartment.epoch + 1;
    ctx.state.compartments.set(subject, compartmentId, { ...compartment, epoch, grants });
    ctx.state.epochs.set(subject, compartmentId, epoch, keyCommitment);
    ctx.emit('revoked', { grant: id, subject, compartment: compartmentId, grantee });
    ctx.emit('epoch-began', { subject, compartment: compartmentId, epoch });
    return { epoch };
  },
};

/** Replaces the envelopes of exactly the given grants. */
function deliver(
  ctx: ConsentContext,
  grants: readonly Uint8Array[],
  deliveries: z.infer<typeof argsSchema>['deliveries'],
): void {
  const envelopeByGrant = new Map(deliveries.map(({ grant, envelope }) => [toHex(grant), envelope]));
  if (envelopeByGrant.size !== deliveries.length || deliveries.length !== grants.length)
    ctx.reject('deliveries-mismatch');
  for (const id of grants) {
    const grant = ctx.state.grants.get(id) ?? ctx.reject('unknown-grant');
    const envelope = envelopeByGrant.get(toHex(id));
    if (envelope === undefined) ctx.reject('deliveries-mismatch');
    const isSteward = ctx.read.registry.subjects.get(grant.subject)?.steward === grant.grantee;
    if (envelope === null && !isSteward) ctx.reject('envelope-missing');
    ctx.state.grants.set(id, { ...grant, envelope });
    const { subject, compartment, grantee } = grant;
    ctx.emit('key-delivered', { grant: id, subject, compartment, grantee, envelope });
  }
}
