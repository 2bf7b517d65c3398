import { fromHex } from '../../../primitives/bytes.js';
import { CairnError } from '../../../primitives/errors.js';
import { parseDuration, parseSeconds } from '../../../primitives/time.js';
import { createGrants, listGrants, narrowGrant, revokeGrant, type GrantRequest } from '../../../wire/grants.js';
import type { Principal } from '../../auth/api-key-auth.js';
import type { CompartmentCode } from '../../organisation/compartments.js';
import type { GrantTerms } from '../../organisation/consents.js';
import { ledgerState } from '../../organisation/organisation-context.js';
import type { Api } from '../serve.js';
import { findOwnSubject, findSubject } from '../subject-access.js';
import { grantDecisionView, grantView } from '../views.js';

export function grantRoutes(api: Api): void {
  api.serve(createGrants, async ({ principal, params, body }) => {
    const terms = termsOf(principal, findOwnSubject(principal, params.subject), body);
    const decisions = await principal.hosted.organisation.consents.grantAll(terms);
    return {
      decisions: decisions.map((decision, index) => ({
        ...grantDecisionView(decision),
        code: terms[index]?.compartment ?? '',
      })),
    };
  });

  api.serve(listGrants, ({ principal, params }) => {
    const { subject, relation } = findSubject(principal, params.subject);
    const grants = principal.hosted.organisation.consents.list(subject);
    const isShown = (grantee: string): boolean => relation === 'steward' || grantee === principal.organisation;
    return { grants: grants.filter(({ grantee }) => isShown(grantee)).map(grantView) };
  });

  api.serve(narrowGrant, async ({ principal, params, body: { purposes, until } }) => {
    const { consents, context } = principal.hosted.organisation;
    const id = fromHex(params.grant);
    const grant = ledgerState(context.state).consent.grants.get(id);
    if (grant === undefined) throw new CairnError('consent.unknown-grant', 'There is no such grant.');
    const end = until === undefined ? grant.until : endOf(until, context.clock.now());
    return grantDecisionView(await consents.narrow(id, purposes ?? grant.purposes, end));
  });

  api.serve(revokeGrant, async ({ principal, params }) =>
    grantDecisionView(await principal.hosted.organisation.consents.revoke(fromHex(params.grant))),
  );
}

function termsOf({ hosted }: Principal, subject: Uint8Array, request: GrantRequest): GrantTerms[] {
  const { keys, context } = hosted.organisation;
  const { grantee, compartments, purposes, rights = ['read'], until, dataFrom, dataUntil } = request;
  const codes = compartments.includes('all') ? keys.compartmentsOf(subject).map(({ code }) => code) : compartments;
  const terms = {
    subject,
    grantee,
    purposes,
    rights,
    until: endOf(until, context.clock.now()),
    ...(dataFrom === undefined ? {} : { dataFrom: parseSeconds(dataFrom) }),
    ...(dataUntil === undefined ? {} : { dataUntil: parseSeconds(dataUntil) }),
  };
  return codes.map((code) => ({ ...terms, compartment: code as CompartmentCode }));
}

/** Unix seconds of a time, or of a duration from now. */
function endOf(text: string, now: number): number {
  return /^[0-9]+[a-z]$/.test(text) ? now + parseDuration(text) : parseSeconds(text);
}
