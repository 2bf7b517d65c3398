/**
 * The vault's door to other organisations. A vault hands out an object only against a positive decision about this
 * requester, this compartment and this entry in the access log; without one it hands out nothing.
 */
import { CairnError } from '../primitives/errors.js';
import type { ObjectTags } from './object.js';
import type { Vault } from './vault.js';

export interface FetchRequest {
  /** The organisation that asks, authenticated by the caller: 32 hex digits. */
  readonly requester: string;
  readonly digest: Uint8Array;
  /** The entry in the ledger's access log on which the requester relies: 32 hex digits. */
  readonly accessId: string;
}

/** The tags are what the object was stored with; the ledger's word on the digest outweighs them. */
export interface AccessQuestion extends ObjectTags, FetchRequest {}

export type AccessDecision = { readonly allowed: true } | { readonly allowed: false; readonly reason: string };

/** Decides from the ledger's state: is there such an access, by this requester, for this compartment, and is it live? */
export type Authorise = (question: AccessQuestion) => Promise<AccessDecision>;

export interface VaultGate {
  /**
   * Errors: `vault.access-refused`, and those of {@link Vault.get}. What `authorise` throws passes through: a decision
   * that could not be taken is no permission.
   */
  fetch(request: FetchRequest): Promise<Uint8Array>;
}

export function createVaultGate(vault: Pick<Vault, 'tags' | 'get'>, authorise: Authorise): VaultGate {
  return {
    async fetch({ requester, digest, accessId }) {
      const tags = vault.tags(digest);
      const decision = await authorise({ ...tags, requester, digest, accessId });
      // Strictly true: whatever else comes back, from whatever code, is no permission.
      if (decision?.allowed !== true) {
        throw new CairnError(
          'vault.access-refused',
          `the vault does not hand this out (${decision?.reason ?? 'no decision'})`,
        );
      }
      return vault.get(digest);
    },
  };
}
