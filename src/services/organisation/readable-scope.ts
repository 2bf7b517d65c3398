import { fromHex, toHex } from '../../primitives/bytes.js';
import type { Grant, Purpose } from '../../contracts/consent/state.js';
import type { CompartmentName, Scope } from '../projections/index/record.js';
import { ledgerState, type OrganisationContext } from './organisation-context.js';

/**
 * What of its index an organisation may look through for a purpose. Its own writing always: the contract opens a chart to
 * the author of its records. What others wrote only under a live grant for that purpose; the index may hold more, for
 * another purpose.
 */
export class ReadableScope {
  readonly #context: OrganisationContext;
  readonly #foreignCompartments: () => readonly CompartmentName[];
  /** Grants to the organisation, by hex id of the compartment; forgotten when consent changes. */
  readonly #grants = new Map<string, readonly Grant[]>();

  constructor(context: OrganisationContext, foreignCompartments: () => readonly CompartmentName[]) {
    this.#context = context;
    this.#foreignCompartments = foreignCompartments;
  }

  of(purpose: Purpose): Scope {
    // In an emergency the contract asks only whether the patient has forbidden it.
    if (purpose === 'ETREAT') return 'all';
    const closed = this.#foreignCompartments().filter((name) => !this.#isOpen(name, purpose));
    return closed.length === 0 ? 'all' : { withoutForeign: closed };
  }

  /** To be called for every committed change of consent about a compartment. */
  changed(compartment: Uint8Array): void {
    this.#grants.delete(toHex(compartment));
  }

  /**
   * The index holds what any live grant covers. Where another purpose's grant covers a longer frame of time, this purpose does
   * not open the compartment to a search: what lies outside its own frame could not be told apart.
   */
  #isOpen([subject, compartment]: CompartmentName, purpose: Purpose): boolean {
    const now = this.#context.clock.now();
    const live = this.#grantsOf(subject, compartment).filter(({ from, until }) => from <= now && now < until);
    const forPurpose = live.filter(({ purposes }) => purposes.includes(purpose));
    return forPurpose.length > 0 && live.every((indexed) => forPurpose.some((grant) => covers(grant, indexed)));
  }

  /** Those with the right to read that are not revoked, oldest first. */
  #grantsOf(subject: string, compartment: string): readonly Grant[] {
    const known = this.#grants.get(compartment);
    if (known !== undefined) return known;
    const { consent } = ledgerState(this.#context.state);
    const ids = consent.compartments.get(fromHex(subject), fromHex(compartment))?.grants ?? [];
    const grants = ids
      .flatMap((id) => consent.grants.get(id) ?? [])
      .filter(({ grantee, revokedAt, rights }) => {
        return grantee === this.#context.id && revokedAt === null && rights.includes('read');
      });
    this.#grants.set(compartment, grants);
    return grants;
  }
}

function covers(grant: Grant, other: Grant): boolean {
  const beginsInTime = grant.dataFrom === null || (other.dataFrom !== null && grant.dataFrom <= other.dataFrom);
  const endsInTime = grant.dataUntil === null || (other.dataUntil !== null && grant.dataUntil >= other.dataUntil);
  return beginsInTime && endsInTime;
}
