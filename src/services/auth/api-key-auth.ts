import { fromHex } from '../../primitives/bytes.js';
import { CairnError } from '../../primitives/errors.js';
import type { ApiScope } from '../../custody/api-keys.js';
import type { HostedOrganisation, NodeServices } from '../node-services.js';

/** In whose name a request is made. */
export interface Principal {
  /** Id on the ledger. */
  readonly organisation: string;
  readonly hosted: HostedOrganisation;
  /** Pseudonym under which charts are opened: 16 bytes. */
  readonly practitioner: Uint8Array;
  readonly scopes: readonly ApiScope[];
  /** Names the API key; opens nothing. */
  readonly keyId: string;
}

const BEARER = /^Bearer ([!-~]{1,200})$/i;

/**
 * Whose request this is, by its `Authorization: Bearer cairn_…` header (RFC 6750). The one place where the node's APIs
 * learn that.
 * @throws CairnError `auth.missing`, `auth.invalid`.
 */
export function authenticate(
  organisations: NodeServices['organisations'],
  authorization: string | undefined,
): Principal {
  if (authorization === undefined) {
    throw new CairnError('auth.missing', 'Send an API key: `Authorization: Bearer cairn_…`.');
  }
  const token = BEARER.exec(authorization)?.[1];
  if (token !== undefined) {
    // A token does not say whose it is, so that it says nothing when it is found.
    for (const [organisation, hosted] of organisations) {
      const record = hosted.apiKeys.authenticate(token);
      if (record?.organisation !== organisation) continue;
      const { practitioner, scopes, id: keyId } = record;
      return { organisation, hosted, practitioner: fromHex(practitioner), scopes, keyId };
    }
  }
  throw new CairnError(
    'auth.invalid',
    'The API key is not valid, or has been revoked. Ask your administrator for one.',
  );
}

/** @throws CairnError `auth.insufficient-scope`. */
export function requireScope({ scopes }: Principal, scope: ApiScope): void {
  if (scopes.includes(scope)) return;
  throw new CairnError('auth.insufficient-scope', `The API key lacks the scope "${scope}".`);
}
