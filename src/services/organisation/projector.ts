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
  /** Adds records and moves the height on, in one step. */
  apply(records: readonly ProjectedRecord[], cursor: { readonly height: number }): Promise<void>;
  /** Adds records and leaves the height where it is. */
  add(records: readonly ProjectedRecord[]): Promise<void>;
  removeForeign(subject: string, compartment: string): Promise<number>;
  removeVersion(subject: string, compartment: string, leaf: number): Promise<number>;
  /** Empties the index and puts its height back to 0. */
  clear(): Promise<void>;
}

export interface ProjectorOptions {
  readonly context: OrganisationContext;
  readonly keys: CompartmentKeys;
  readonly index: IndexWriter;
  /** Told of a record that cannot be opened: it is missing from the index until it is repaired and the index rebuilt. */
  readonly onFailure: (error: unknown) => void;
}

/** At most so many blocks go into the index together. */
const BLOCKS_TOGETHER_MAX = 64;
/** Events of so many blocks are kept until they are needed; those of others are read again from the history. */
const PUSHED_MAX = 1024;

/**
 * Follows the ledger for one organisation and keeps its index true to it: own records in, erased ones out. Every block is
 * gone through once, in order, whether it was pushed when it was made or is read from the history. Foreign records come in
 * and go out through the agent.
 */
export class Projector {
  readonly #context: OrganisationContext;
  readonly #keys: CompartmentKeys;
  readonly #index: IndexWriter;
  readonly #onFailure: (error: unknown) => void;
  /** Plaintext of what is being written right now, by ciphertext digest, so that it need not be fetched and opened. */
  readonly #expected = new Map<string, RecordDraft>();
  readonly #pushed = new Map<number, readonly PositionedEvent[]>();
  #target = 0;
  #restarts: (() => void)[] = [];
  #isRunning = false;
  #failure: Error | undefined;
  readonly #waiters: { height: number; resolve: () => void; reject: (error: unknown) => void }[] = [];

  constructor({ context, keys, index, onFailure }: ProjectorOptions) {
    this.#context = context;
    this.#keys = keys;
    this.#index = index;
    this.#onFailure = onFailure;
  }

  /** Hands over the drafts of a write; returns a function that forgets them again. */
  expect(drafts: readonly { readonly digest: string; readonly draft: RecordDraft }[]): () => void {
    for (const { digest, draft } of drafts) this.#expected.set(digest, draft);
    return () => {
      for (const { digest } of drafts) this.#expected.delete(digest);
    };
  }

  /** Goes on to a committed block, by way of all before it. `events` are that block's, if they are at hand. */
  advanceTo(height: number, events?: readonly PositionedEvent[]): void {
    if (events !== undefined && this.#pushed.size < PUSHED_MAX) this.#pushed.set(height, events);
    this.#target = Math.max(this.#target, height);
    void this.#run();
  }

  /** Resolves when everything up to this height is in the index. */
  reached(height: number): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (this.#restarts.length === 0 && this.#index.height >= height) return Promise.resolve();
    return new Promise((resolve, reject) => this.#waiters.push({ height, resolve, reject }));
  }

  /** Empties the index and begins again from the first block; resolves, with the height to reach, when it is empty. */
  async restart(): Promise<number> {
    await new Promise<void>((resolve) => {
      this.#restarts.push(resolve);
      void this.#run();
    });
    return this.#target;
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
      while (this.#restarts.length > 0 || this.#index.height < this.#target) {
        if (this.#restarts.length > 0) await this.#clear();
        else await this.#project();
      }
    } catch (error) {
      this.#failure = error instanceof Error ? error : new InvariantError(String(error));
      for (const waiter of this.#waiters.splice(0)) waiter.reject(this.#failure);
    } finally {
      // In the same step as the last look at the target: what comes after it starts a new run.
      this.#isRunning = false;
    }
  }

  async #clear(): Promise<void> {
    await this.#index.clear();
    for (const resolve of this.#restarts.splice(0)) resolve();
  }

  async #project(): Promise<void> {
    const from = this.#index.height + 1;
    const height = Math.min(this.#target, from + BLOCKS_TOGETHER_MAX - 1);
    const records: ProjectedRecord[] = [];
    const erasures: PositionedEvent[] = [];
    for (let at = from; at <= height; at += 1) {
      for (const event of this.#pushed.get(at) ?? this.#context.eventsAt(at)) {
        if (event.type === 'records.appended') records.push(...this.#ownRecord(event));
        else if (event.type === 'records.erasure-ordered') erasures.push(event);
      }
    }
    if (erasures.length > 0) {
      // The height moves only when the orders are carried out, so that a crash in between does not lose one.
      await this.#index.add(records.splice(0));
      for (const order of erasures) await this.#erase(order);
    }
    await this.#index.apply(records, { height });
    for (let at = from; at <= height; at += 1) this.#pushed.delete(at);
    this.#notify();
  }

  /** The record that this organisation wrote; none for another's, for one erased since, and for one that does not open. */
  #ownRecord(event: PositionedEvent): ProjectedRecord[] {
    try {
      const record = this.#openOwn(event);
      return record === undefined ? [] : [record];
    } catch (error) {
      if (!(error instanceof CairnError)) throw error;
      this.#onFailure(error);
      return [];
    }
  }

  #openOwn({ payload }: PositionedEvent): ProjectedRecord | undefined {
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
    if (leaf.kind !== 'record' || !mayErase(payload, leaf)) return;
    await this.#index.removeVersion(toHex(subject), toHex(compartment), erased.position);
    await this.#context.vault.erase([leaf.digest], 'ledger-order');
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

/** The contract cannot see whose a leaf is: that an author takes back its own writing only is checked here. */
function mayErase(payload: PositionedEvent['payload'], erased: RecordLeaf): boolean {
  const order = decodeLeaf(payload['leaf'] as Uint8Array);
  return order.kind === 'erasure' && (order.ground !== 'author' || order.requestedBy === erased.author);
}
