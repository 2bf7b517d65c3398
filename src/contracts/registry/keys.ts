import { keyId, type PublicKey } from '../../primitives/signature.js';
import type { Party } from '../kernel/caller.js';
import type { Context } from '../kernel/contract.js';
import type { registryState } from './state.js';

/** What key handling needs of a context; genesis has it too. */
type KeyWriter = Pick<Context<typeof registryState>, 'state' | 'time' | 'crypto'>;

/**
 * Registers a key for a party; false if the key is or was anybody's, or a subject was offered to it. `generation` is of a
 * subject's keys.
 */
export function registerKey(ctx: KeyWriter, key: PublicKey, party: Party, generation = 0): boolean {
  const id = keyId(ctx.crypto, key);
  if (isTaken(ctx, id)) return false;
  ctx.state.keys.set(id, { party, generation, addedAt: ctx.time, revokedAt: null });
  ctx.state.liveKeys.set(party.kind, party.id, liveKeyCount(ctx, party) + 1);
  return true;
}

export function isTaken(ctx: KeyWriter, id: Uint8Array): boolean {
  return ctx.state.keys.has(id) || ctx.state.offers.has(id);
}

export function liveKeyCount(ctx: KeyWriter, party: Party): number {
  return ctx.state.liveKeys.get(party.kind, party.id) ?? 0;
}
