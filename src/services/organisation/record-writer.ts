import { toHex } from '../../primitives/bytes.js';
import { CairnError } from '../../primitives/errors.js';
import { callOf } from '../../contracts/calls.js';
import type { Call } from '../../ledger/transaction/call.js';
import { TRANSACTION_LIMITS } from '../../primitives/limits.js';
import type { EpochKey } from '../../custody/epoch-key.js';
import { sealRecord } from '../../custody/record-sealing.js';
import type { VaultObject } from '../../vault/object.js';
import type { CompartmentKeys } from './compartment-keys.js';
import type { CompartmentCode } from './compartments.js';
import { ledgerState, type OrganisationContext } from './organisation-context.js';
import { contentOf } from './projected-record.js';
import type { Projector } from './projector.js';
import type { RecordDraft } from './record-draft.js';
import { retryWhileStale } from './retry-stale.js';

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
    return retryWhileStale(() => this.#attempt(drafts));
  }

  async #attempt(drafts: readonly RecordDraft[]): Promise<WrittenRecord[]> {
    const { vault, ledger, signer } = this.#context;
    const placeOf = this.#places();
    const sealed = drafts.map((draft) => this.#seal(draft, placeOf(draft)));
    // One by one, so that writes which are under way at the same time become durable together.
    await Promise.all(sealed.map(({ object }) => vault.put(object)));
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

  #seal(draft: RecordDraft, { key, ...at }: SealingPlace): { digest: string; object: VaultObject; call: Call } {
    const { crypto, randomBytes } = this.#context;
    const { subject, record, version } = draft;
    const { compartment, epoch } = at;
    const place = { subject, compartment, epoch, record, version };
    const { digest, commitment, object } = sealRecord(crypto, randomBytes, key, place, contentOf(draft));
    return {
      digest: toHex(digest),
      object: { subject: toHex(subject), compartment: toHex(compartment), kind: 'record', bytes: object, digest },
      call: callOf('records', 'append', { ...place, digest, commitment }),
    };
  }

  /** Where drafts are sealed to at present; those of one transaction mostly go to the same few places. */
  #places(): (draft: RecordDraft) => SealingPlace {
    const known = new Map<string, SealingPlace>();
    return ({ subject, compartment }) => {
      const name = `${toHex(subject)}/${compartment}`;
      let place = known.get(name);
      if (place === undefined) known.set(name, (place = this.#place(subject, compartment)));
      return place;
    };
  }

  #place(subject: Uint8Array, code: CompartmentCode): SealingPlace {
    const { id: compartment } = this.#keys.compartment(subject, code);
    const epoch = ledgerState(this.#context.state).consent.compartments.get(subject, compartment)?.epoch;
    const key = epoch === undefined ? undefined : this.#keys.epochKey(subject, compartment, epoch);
    if (epoch === undefined || key === undefined) {
      const message = 'The organisation does not hold the present key of the compartment. Ask for a grant.';
      throw new CairnError('compartment.no-key', message);
    }
    return { compartment, epoch, key };
  }
}

/** The compartment, its present epoch and the key of that. */
interface SealingPlace {
  readonly compartment: Uint8Array;
  readonly epoch: number;
  readonly key: EpochKey;
}
