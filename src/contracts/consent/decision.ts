import type { Readers } from '../kernel/contract.js';
import type { consentState, Grant, Purpose, RIGHTS } from './state.js';

/** What is asked of a compartment's grants. */
export interface ConsentQuestion {
  readonly subject: Uint8Array;
  readonly compartment: Uint8Array;
  readonly organisation: string;
  /** Undefined: any right will do, as for holding the key. */
  readonly right?: (typeof RIGHTS)[number];
  /** Undefined: any purpose will do, as for writing. */
  readonly purpose?: Purpose;
  readonly time: number;
}

export interface LiveGrant {
  readonly id: Uint8Array;
  readonly grant: Grant;
}

/** The first live grant that answers the question, oldest first. */
export function findLiveGrant(state: Readers<typeof consentState>, question: ConsentQuestion): LiveGrant | undefined {
  return liveGrants(state, question)[0];
}

/** Every live grant that answers the question, oldest first. The one place where consent is decided. */
export function liveGrants(state: Readers<typeof consentState>, question: ConsentQuestion): LiveGrant[] {
  const { subject, compartment, organisation, right, purpose, time } = question;
  return (state.compartments.get(subject, compartment)?.grants ?? []).flatMap((id): LiveGrant[] => {
    const grant = state.grants.get(id);
    if (grant === undefined || grant.grantee !== organisation) return [];
    const isLive = grant.revokedAt === null && time >= grant.from && time < grant.until;
    const hasRight = right === undefined || grant.rights.includes(right);
    const isForPurpose = purpose === undefined || grant.purposes.includes(purpose);
    return isLive && hasRight && isForPurpose ? [{ id, grant }] : [];
  });
}

/** Whether a grant covers what was committed at `time`. */
export function coversTime({ dataFrom, dataUntil }: Grant, time: number): boolean {
  return (dataFrom === null || time >= dataFrom) && (dataUntil === null || time < dataUntil);
}
