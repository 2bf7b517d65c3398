import { toHex } from '../../primitives/bytes.js';
import { CairnError } from '../../primitives/errors.js';
import { callOf } from '../../contracts/calls.js';
import type { Call } from '../../ledger/transaction/call.js';
import { TRANSACTION_LIMITS } from '../../primitives/limits.js';
import { sealRecord } from '../../custody/record-sealing.js';
import type { VaultObject } from '../../vault/object.js';
import type { CompartmentKeys } from './compartment-keys.js';
import { ledgerState, type OrganisationContext } from './organisation-context.js';
import { contentOf } from './projected-record.js';
import type { Projector } from './projector.js';
import type { RecordDraft } from './record-draft.js';

/** A version that is durable in the vault and on the ledger, and can be read from the index. */
export interface WrittenRecord {
  readonly draft: RecordDraft;
  /** Transaction and call: what a receipt is asked for by. */
  readonly transaction: Uint8Array;
  readonly callIndex: number;
  readonly height: number;
  /** Block time, Unix seconds: the resource's `lastUpdated`. */
  readonly time: number;
}

/** A grant may change between sealing and committing; then the record is sealed anew. */
const ATTEMPTS_MAX = 3;

/**
 * Writes records: seal → vault (durable) → ledger → index. What the ledger refuses leaves at most a ciphertext in the
 * vault to which nothing refers.
 */
export class RecordWriter {
  readonly #context: OrganisationContext;
  readonly #keys: CompartmentKeys;
  readonly #projector: Projector;

  constructor(context: OrganisationContext, keys: CompartmentKeys, projector: Projector) {
    this.#context = context;
    this.#keys = keys;
    this.#projector = projector;
  }

  /** Writes all drafts in one transaction, or none. At most {@link TRANSACTION_LIMITS.callsMax}. */
  async write(drafts: readonly RecordDraft[]): Promise<WrittenRecord[]> {
    if (drafts.length === 0) return [];
    if (drafts.length > TRANSACTION_LIMITS.callsMax) {
      const message = `At most ${TRANSACTION_LIMITS.callsMax} resources can be written together. Split the bundle.`;
      throw new CairnError('records.too-many', message);
    }
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#attempt(drafts);
      } catch (error) {
        const isStale = error instanceof CairnError && error.code === 'records.stale-epoch';
        if (!isStale || attempt === ATTEMPTS_MAX) throw error;
      }
    }
  }

  async #attempt(drafts: readonly RecordDraft[]): Promise<WrittenRecord[]> {
    const { vault, ledger, signer } = this.#context;
    const sealed = drafts.map((draft) => this.#seal(draft));
    await vault.putMany(sealed.map(({ object }) => object));
    const forget = this.#projector.expect(
      sealed.map(({ digest }, index) => ({ digest, draft: drafts[index] as RecordDraft })),
    );
    try {
      const { id, height, time } = await ledger.submit(
        signer,
        sealed.map(({ call }) => call),
      );
      await this.#projector.reached(height);
      return drafts.map((draft, callIndex) => ({ draft, transaction: id, callIndex, height, time }));
    } finally {
      forget();
    }
  }

  #seal(draft: RecordDraft): { digest: string; object: VaultObject; call: Call } {
    const { crypto, randomBytes, state } = this.#context;
    const { subject, record, version } = draft;
    const { id: compartment } = this.#keys.compartment(subject, draft.compartment);
    const epoch = ledgerState(state).consent.compartments.get(subject, compartment)?.epoch;
    const key = epoch === undefined ? undefined : this.#keys.epochKey(subject, compartment, epoch);
    if (epoch === undefined || key === undefined) {
      const message = 'The organisation does not hold the present key of the compartment. Ask for a grant.';
      throw new CairnError('compartment.no-key', message);
    }
    const place = { subject, compartment, epoch, record, version };
    const { digest, commitment, object } = sealRecord(crypto, randomBytes, key, place, contentOf(draft));
    return {
      digest: toHex(digest),
      object: { subject: toHex(subject), compartment: toHex(compartment), kind: 'record', bytes: object, digest },
      call: callOf('records', 'append', { ...place, digest, commitment }),
    };
  }
}
