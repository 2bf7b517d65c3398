import { toHex } from '../../primitives/bytes.js';
import { CairnError, InvariantError } from '../../primitives/errors.js';
import { decodeLeaf, type RecordLeaf } from '../../contracts/records/leaf.js';
import { openRecord, type RecordContent } from '../../custody/record-sealing.js';
import type { PositionedEvent } from '../projections/ledger-index/block-events.js';
import type { ProjectedRecord } from '../projections/index/record.js';
import type { CompartmentKeys } from './compartment-keys.js';
import { ledgerState, type OrganisationContext } from './organisation-context.js';
import { contentOf, projectedRecord, type LeafPosition } from './projected-record.js';
import type { RecordDraft } from './record-draft.js';

/** Where projected records go: the organisation's FHIR index. */
export interface IndexWriter {
  /** Height up to which the organisation's own records are in. */
  readonly height: number;
  apply(records: readonly ProjectedRecord[], cursor: { readonly height: number }): Promise<void>;
  removeForeign(subject: string, compartment: string): Promise<number>;
  removeVersion(subject: string, compartment: string, leaf: number): Promise<number>;
}

interface QueuedBlock {
  readonly height: number;
  readonly events: readonly PositionedEvent[];
}

/** At most so many blocks go into the index together. */
const BLOCKS_TOGETHER_MAX = 64;

/**
 * Follows the ledger for one organisation and keeps its index true to it: own records in, erased ones out, foreign ones
 * out when their grant ends. Blocks are taken in order; foreign records come in through the agent.
 */
export class Projector {
  readonly #context: OrganisationContext;
  readonly #keys: CompartmentKeys;
  readonly #index: IndexWriter;
  /** Plaintext of what is being written right now, by ciphertext digest, so that it need not be fetched and opened. */
  readonly #expected = new Map<string, RecordDraft>();
  #queue: QueuedBlock[] = [];
  #isRunning = false;
  #failure: Error | undefined;
  readonly #waiters: { height: number; resolve: () => void; reject: (error: unknown) => void }[] = [];

  constructor(context: OrganisationContext, keys: CompartmentKeys, index: IndexWriter) {
    this.#context = context;
    this.#keys = keys;
    this.#index = index;
  }

  /** Hands over the drafts of a write; returns a function that forgets them again. */
  expect(drafts: readonly { readonly digest: string; readonly draft: RecordDraft }[]): () => void {
    for (const { digest, draft } of drafts) this.#expected.set(digest, draft);
    return () => {
      for (const { digest } of drafts) this.#expected.delete(digest);
    };
  }

  /** Takes a committed block. Blocks at or below the index's height are passed over. */
  push(block: QueuedBlock): void {
    if (block.height <= this.#index.height) return;
    this.#queue.push(block);
    void this.#run();
  }

  /** Resolves when everything up to this height is in the index. */
  reached(height: number): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (this.#index.height >= height) return Promise.resolve();
    return new Promise((resolve, reject) => this.#waiters.push({ height, resolve, reject }));
  }

  /** The content of a record's version: from the vault, opened and checked. `undefined` when it was erased. */
  open(at: LeafPosition, object: Uint8Array): RecordContent {
    const { subject, compartment, leaf } = at;
    const key = this.#keys.epochKey(subject, compartment, leaf.epoch);
    const epochKeyCommitment = ledgerState(this.#context.state).consent.epochs.get(subject, compartment, leaf.epoch);
    if (key === undefined || epochKeyCommitment === undefined) {
      throw new CairnError('compartment.no-key', 'The organisation does not hold the key of the record’s epoch.');
    }
    const place = { subject, compartment, epoch: leaf.epoch, record: leaf.record, version: leaf.version };
    const expected = { digest: leaf.digest, commitment: leaf.commitment, epochKeyCommitment };
    return openRecord(this.#context.crypto, key, place, expected, object);
  }

  async #run(): Promise<void> {
    if (this.#isRunning || this.#failure !== undefined) return;
    this.#isRunning = true;
    try {
      while (this.#queue.length > 0) {
        const blocks = this.#queue.splice(0, BLOCKS_TOGETHER_MAX);
        await this.#project(blocks);
        this.#notify();
      }
    } catch (error) {
      this.#failure = error instanceof Error ? error : new InvariantError(String(error));
      for (const waiter of this.#waiters.splice(0)) waiter.reject(this.#failure);
    } finally {
      // In the same step as the last look at the queue: what is pushed after it starts a new run.
      this.#isRunning = false;
    }
  }

  async #project(blocks: readonly QueuedBlock[]): Promise<void> {
    const records: ProjectedRecord[] = [];
    const removals: (() => Promise<unknown>)[] = [];
    for (const event of blocks.flatMap(({ events }) => events)) {
      if (event.type === 'records.appended') {
        const record = this.#ownRecord(event);
        if (record !== undefined) records.push(record);
      } else if (event.type === 'records.erasure-ordered') {
        removals.push(() => this.#erase(event));
      }
    }
    await this.#index.apply(records, { height: blocks.at(-1)?.height ?? this.#index.height });
    for (const remove of removals) await remove();
  }

  /** The record that this organisation wrote; undefined for another's, and for one that has been erased since. */
  #ownRecord({ payload }: PositionedEvent): ProjectedRecord | undefined {
    const leaf = decodeLeaf(payload['leaf'] as Uint8Array);
    if (leaf.kind !== 'record' || leaf.author !== this.#context.id) return undefined;
    const at = {
      subject: payload['subject'] as Uint8Array,
      compartment: payload['compartment'] as Uint8Array,
      position: payload['index'] as number,
      leaf,
    };
    const draft = this.#expected.get(toHex(leaf.digest));
    if (draft !== undefined) return projectedRecord(this.#context.id, at, contentOf(draft));
    const object = this.#fetchOwn(leaf);
    return object === undefined ? undefined : projectedRecord(this.#context.id, at, this.open(at, object));
  }

  #fetchOwn(leaf: RecordLeaf): Uint8Array | undefined {
    const { vault } = this.#context;
    return vault.tombstone(leaf.digest) === undefined ? vault.get(leaf.digest) : undefined;
  }

  async #erase({ payload }: PositionedEvent): Promise<void> {
    const subject = payload['subject'] as Uint8Array;
    const compartment = payload['compartment'] as Uint8Array;
    const erased = this.#context.ledgerIndex.leaf('records', subject, compartment, payload['erased'] as number);
    if (erased === undefined) return;
    const leaf = decodeLeaf(erased.bytes);
    if (leaf.kind !== 'record' || !this.#mayErase(payload, leaf)) return;
    await this.#index.removeVersion(toHex(subject), toHex(compartment), erased.position);
    await this.#context.vault.erase([leaf.digest], 'ledger-order');
  }

  /** The contract cannot see whose a leaf is: that an author takes back its own writing only is checked here. */
  #mayErase(payload: PositionedEvent['payload'], erased: RecordLeaf): boolean {
    const order = decodeLeaf(payload['leaf'] as Uint8Array);
    if (order.kind !== 'erasure') return false;
    const steward = ledgerState(this.#context.state).registry.subjects.get(payload['subject'] as Uint8Array)?.steward;
    return order.requestedBy === 'subject' || order.requestedBy === steward || order.requestedBy === erased.author;
  }

  #notify(): void {
    const { height } = this.#index;
    for (let index = this.#waiters.length - 1; index >= 0; index -= 1) {
      const waiter = this.#waiters[index];
      if (waiter === undefined || waiter.height > height) continue;
      this.#waiters.splice(index, 1);
      waiter.resolve();
    }
  }
}
