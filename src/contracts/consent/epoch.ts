import * as z from 'zod';
import { toHex } from '../../primitives/bytes.js';
import { count, digest, pseudonym } from '../kernel/schema.js';
import { remainingGrants, type ConsentContext } from './context.js';
import { GRANTS_PER_COMPARTMENT_MAX, type Compartment } from './state.js';

/** The epoch that ends, the key that begins, and who gets it: the grants that have not ended, each with its new envelope. */
export const nextEpochFields = {
  /** The present one, which the new key follows; another decision may have come in between. */
  epoch: count,
  keyCommitment: digest,
  deliveries: z
    .array(z.strictObject({ grant: pseudonym, envelope: digest.nullable() }))
    .max(GRANTS_PER_COMPARTMENT_MAX),
};

type NextEpoch = z.infer<z.ZodObject<typeof nextEpochFields>>;

/** Begins a new epoch of a compartment; its number. Rejects unless exactly the remaining grants are delivered to. */
export function beginEpoch(
  ctx: ConsentContext,
  subject: Uint8Array,
  compartmentId: Uint8Array,
  compartment: Compartment,
  { epoch: present, keyCommitment, deliveries }: NextEpoch,
): number {
  if (present !== compartment.epoch) ctx.reject('stale-epoch');
  const grants = remainingGrants(ctx, compartment);
  deliver(ctx, grants, deliveries);
  const epoch = compartment.epoch + 1;
  ctx.state.compartments.set(subject, compartmentId, { ...compartment, epoch, grants });
  ctx.state.epochs.set(subject, compartmentId, epoch, keyCommitment);
  ctx.emit('epoch-began', { subject, compartment: compartmentId, epoch });
  return epoch;
}

/** Replaces the envelopes of exactly the given grants. */
function deliver(ctx: ConsentContext, grants: readonly Uint8Array[], deliveries: NextEpoch['deliveries']): void {
  const envelopeByGrant = new Map(deliveries.map(({ grant, envelope }) => [toHex(grant), envelope]));
  if (envelopeByGrant.size !== deliveries.length || deliveries.length !== grants.length) {
    ctx.reject('deliveries-mismatch');
  }
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
