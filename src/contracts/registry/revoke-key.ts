import * as z from 'zod';
import { equalBytes } from '../../primitives/bytes.js';
import { organisationOf, type Caller, type Party } from '../kernel/caller.js';
import { digest } from '../kernel/schema.js';
import type { RegistryContext } from './context.js';
import { liveKeyCount } from './keys.js';
import type { KeyRecord } from './state.js';

const argsSchema = z.strictObject({ keyId: digest });
const resultSchema = z.strictObject({});

/** A party revokes its own keys, an organisation also those of its practitioners and devices. */
export const revokeKey = {
  summary: 'Revoke a signing key for good',
  args: argsSchema,
  result: resultSchema,
  handle(ctx: RegistryContext, { keyId }: z.infer<typeof argsSchema>): z.infer<typeof resultSchema> {
    const record = ctx.state.keys.get(keyId) ?? ctx.reject('unknown-key');
    if (record.revokedAt !== null || isOutlived(ctx, record)) ctx.reject('unknown-key');
    if (!mayRevoke(ctx.caller, record.party)) ctx.reject('not-yours');
    const live = liveKeyCount(ctx, record.party);
    const isMember = record.party.kind === 'practitioner' || record.party.kind === 'device';
    if (live === 1 && !isMember) ctx.reject('last-key');
    ctx.state.keys.set(keyId, { ...record, revokedAt: ctx.time });
    ctx.state.liveKeys.set(record.party.kind, record.party.id, live - 1);
    ctx.emit('key-revoked', { keyId });
    return {};
  },
};

/** Whether the key signs nothing any more because its subject was claimed since. */
function isOutlived(ctx: RegistryContext, { party, generation }: KeyRecord): boolean {
  return party.kind === 'subject' && ctx.state.subjects.get(party.id)?.generation !== generation;
}

function mayRevoke(caller: Caller, owner: Party): boolean {
  if (sameParty(caller, owner)) return true;
  return caller.kind === 'organisation' && owner.kind !== 'organisation' && organisationOf(owner) === caller.id;
}

function sameParty(a: Caller, b: Party): boolean {
  if (a.kind !== b.kind) return false;
  if (a.id instanceof Uint8Array && b.id instanceof Uint8Array) return equalBytes(a.id, b.id);
  return a.id === b.id;
}
