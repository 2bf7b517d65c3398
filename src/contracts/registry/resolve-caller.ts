import type { CallerResolver, Readers } from '../kernel/contract.js';
import { registryState } from './state.js';

const REGISTRY = { name: 'registry', state: registryState } as const;

/**
 * The party behind a key that is registered, not revoked, of the subject's present generation, and, for a practitioner
 * or device, still vouched for. A key that was offered a subject can claim it and do nothing else.
 */
export const resolveCaller: CallerResolver = (read, signerKeyId) => {
  const registry = read(REGISTRY) as Readers<typeof registryState>;
  const record = registry.keys.get(signerKeyId);
  if (record === undefined) {
    const subject = registry.offers.get(signerKeyId);
    return subject === undefined ? undefined : { kind: 'claimant', id: subject };
  }
  if (record.revokedAt !== null) return undefined;
  const { party } = record;
  switch (party.kind) {
    case 'organisation':
      return party;
    case 'subject':
      return registry.subjects.get(party.id)?.generation === record.generation ? party : undefined;
    case 'practitioner':
    case 'device':
      return registry.members.get(party.id)?.withdrawnAt === null ? party : undefined;
  }
};
