import type { Readers } from '../kernel/contract.js';
import type { consentState, Grant, Purpose, RIGHTS } from './state.js';

/** What is asked of a compartment's grants. */
export interface ConsentQuestion {
  readonly subject: Uint8Array;
  readonly compartment: Uint8Array;
  readonly organisation: string;
  readonly right: (typeof RIGHTS)[number];
  /** Undefined: any purpose will do, as for writing. */
  readonly purpose?: Purpose;
  readonly time: number;
}

export interface LiveGrant {
  readonly id: Uint8Array;
  readonly grant: Grant;
}

/** The first live grant that answers the question, oldest first. The one place where consent is decided. */
export function findLiveGrant(state: Readers<typeof consentState>, question: ConsentQuestion): LiveGrant | undefined {
  const { subject, compartment, organisation, right, purpose, time } = question;
  for (const id of state.compartments.get(subject, compartment)?.grants ?? []) {
    const grant = state.grants.get(id);
    if (grant === undefined || grant.grantee !== organisation) continue;
    if (grant.revokedAt !== null || time < grant.from || time >= grant.until) continue;
    if (!grant.rights.includes(right)) continue;
    if (purpose !== undefined && !grant.purposes.includes(purpose)) continue;
    return { id, grant };
  }
  return undefined;
}
