import { toHex } from '../../primitives/bytes.js';
import { CairnError } from '../../primitives/errors.js';
import { decodeLeaf, type RecordLeaf } from '../../contracts/records/leaf.js';
import { coversTime, liveGrants, type LiveGrant } from '../../contracts/consent/decision.js';
import type { Purpose } from '../../contracts/consent/state.js';
import { organisationKey } from '../../custody/organisation-keys.js';
import { openKeyEnvelope } from '../../custody/key-envelope.js';
import { createVaultGate } from '../../vault/gate.js';
import type { ProjectedRecord } from '../projections/index/record.js';
import type { PositionedEvent } from '../projections/ledger-index/block-events.js';
import { authoriseObject } from './access-gate.js';
import type { AccessSessions } from './access-sessions.js';
import type { CompartmentKeys } from './compartment-keys.js';
import type { CompartmentCode } from './compartments.js';
import { ledgerState, type OrganisationContext } from './organisation-context.js';
import { projectedRecord, type LeafPosition } from './projected-record.js';
import type { IndexWriter, Projector } from './projector.js';

/** What the agent asks of the index besides writing. */
export interface ForeignRecords extends IndexWriter {
  /** Positions of the leaves of a compartment that are in the index. */
  positions(subject: string, compartment: string): ReadonlySet<number>;
  /** Compartments of which the index holds what others wrote. */
  foreignCompartments(): readonly (readonly [subject: string, compartment: string])[];
}

export interface GrantAgentOptions {
  readonly context: OrganisationContext;
  readonly keys: CompartmentKeys;
  readonly projector: Projector;
  readonly sessions: AccessSessions;
  readonly index: ForeignRecords;
  /** Told of a compartment that could not be brought up to date; it is tried again at the next event or sweep. */
  readonly onFailure: (error: unknown) => void;
}

/** Records are opened and indexed in portions, so that a large chart does not hold everything else up. */
const PORTION_RECORDS = 64;

/**
 * Brings what was granted to the organisation into its index, and what is no longer granted out of it. Idempotent: each
 * compartment is compared with the ledger and the difference is made good, so that it resumes from wherever it stopped.
 */
export class GrantAgent {
  readonly #options: GrantAgentOptions;
  /** One compartment is worked on by one task at a time; `again` says that something happened meanwhile. */
  readonly #tasks = new Map<string, { again: boolean; done: Promise<void> }>();

  /** Hex ids of all compartments of which there was ever a grant to this organisation; read when first needed. */
  #granted: Set<string> | undefined;

  constructor(options: GrantAgentOptions) {
    this.#options = options;
  }

  /** Reacts to an event that concerns a compartment. */
  notice(event: PositionedEvent): void {
    const { subject, compartment } = event.payload;
    if (!(subject instanceof Uint8Array) || !(compartment instanceof Uint8Array)) return;
    if (!this.#concerns(event, subject, compartment)) return;
    this.#schedule(subject, compartment);
  }

  /** Looks at everything: at the start, and from time to time, because grants also end by the clock. */
  sweep(): void {
    const { context, index } = this.#options;
    for (const { subject, compartment } of context.ledgerIndex.grantsToOrganisation(context.id)) {
      this.#schedule(subject, compartment);
    }
    for (const [subject, compartment] of index.foreignCompartments()) {
      this.#schedule(Buffer.from(subject, 'hex'), Buffer.from(compartment, 'hex'));
    }
  }

  /** Resolves when nothing is under way. */
  async settled(): Promise<void> {
    while (this.#tasks.size > 0) await Promise.all([...this.#tasks.values()].map(({ done }) => done));
  }

  #concerns({ type, payload }: PositionedEvent, subject: Uint8Array, compartment: Uint8Array): boolean {
    const { context } = this.#options;
    if (type.startsWith('consent.')) {
      if (payload['grantee'] !== context.id) return false;
      this.#granted?.add(toHex(compartment));
      return true;
    }
    if (type !== 'records.appended' || !this.#wasGranted(compartment)) return false;
    const leaf = decodeLeaf(payload['leaf'] as Uint8Array);
    if (leaf.kind === 'record' && leaf.author === context.id) return false;
    return this.#liveGrants(subject, compartment).length > 0;
  }

  /** Most records concern most organisations not at all. */
  #wasGranted(compartment: Uint8Array): boolean {
    const { ledgerIndex, id } = this.#options.context;
    this.#granted ??= new Set(ledgerIndex.grantsToOrganisation(id).map((grant) => toHex(grant.compartment)));
    return this.#granted.has(toHex(compartment));
  }

  #schedule(subject: Uint8Array, compartment: Uint8Array): void {
    const name = `${toHex(subject)}/${toHex(compartment)}`;
    const running = this.#tasks.get(name);
    if (running !== undefined) {
      running.again = true;
      return;
    }
    const task = { again: true, done: Promise.resolve() };
    this.#tasks.set(name, task);
    task.done = this.#work(name, task, subject, compartment);
  }

  async #work(name: string, task: { again: boolean }, subject: Uint8Array, compartment: Uint8Array): Promise<void> {
    while (task.again) {
      task.again = false;
      try {
        await this.#reconcile(subject, compartment);
      } catch (error) {
        this.#options.onFailure(error);
      }
    }
    // In the same step as the last look at `again`: what is noticed after it starts a new task.
    this.#tasks.delete(name);
  }

  /** Makes the index hold of a compartment's foreign records exactly those that some live grant covers. */
  async #reconcile(subject: Uint8Array, compartment: Uint8Array): Promise<void> {
    const { keys, index } = this.#options;
    const live = this.#liveGrants(subject, compartment);
    if (!keys.isSteward(subject)) {
      if (live.length === 0) keys.forget(subject, compartment);
      else await this.#obtainKeys(live, subject, compartment);
    }
    const reading = live.filter(({ grant }) => grant.rights.includes('read'));
    if (reading.length === 0) {
      await index.removeForeign(toHex(subject), toHex(compartment));
      return;
    }
    const { missing, excess } = this.#compare(reading, subject, compartment);
    for (const position of excess) await index.removeVersion(toHex(subject), toHex(compartment), position);
    for (let start = 0; start < missing.length; start += PORTION_RECORDS) {
      const records: ProjectedRecord[] = [];
      for (const { at, purpose } of missing.slice(start, start + PORTION_RECORDS)) {
        const record = await this.#fetch(at, purpose);
        if (record !== undefined) records.push(record);
      }
      // A grant may have ended while records were fetched: what is not allowed any more does not go in.
      const still = this.#liveGrants(subject, compartment);
      const allowed = new Set(
        missing.filter(({ at }) => coveredBy(still, at.leaf) !== undefined).map(({ at }) => at.position),
      );
      await index.add(records.filter(({ leaf }) => allowed.has(leaf)));
    }
  }

  /** Leaves of others: those that a grant covers and the index lacks, and those that it has and no grant covers. */
  #compare(grants: readonly LiveGrant[], subject: Uint8Array, compartment: Uint8Array): Comparison {
    const { context, index } = this.#options;
    const present = index.positions(toHex(subject), toHex(compartment));
    const comparison: Comparison = { missing: [], excess: [] };
    for (const { bytes, position } of context.ledgerIndex.leaves('records', subject, compartment)) {
      const leaf = decodeLeaf(bytes);
      if (leaf.kind !== 'record' || leaf.author === context.id) continue;
      const purpose = coveredBy(grants, leaf)?.grant.purposes[0];
      if (purpose === undefined && present.has(position)) comparison.excess.push(position);
      if (purpose === undefined || present.has(position)) continue;
      comparison.missing.push({ at: { subject, compartment, position, leaf }, purpose });
    }
    return comparison;
  }

  /** Undefined for a record that was erased. */
  async #fetch(at: LeafPosition, purpose: Purpose): Promise<ProjectedRecord | undefined> {
    const { context, projector, sessions } = this.#options;
    const { digest } = at.leaf;
    if (context.vault.tombstone(digest) !== undefined) return undefined;
    const { access } = await sessions.open({ actor: context.device, purpose }, at.subject);
    const gate = createVaultGate(context.vault, authoriseObject(context, digest));
    const object = await gate.fetch({ requester: context.id, digest, accessId: access });
    return projectedRecord(context.id, at, projector.open(at, object));
  }

  /** Opens the envelope of a grant that has the present key, and checks every key in it against the ledger. */
  async #obtainKeys(live: readonly LiveGrant[], subject: Uint8Array, compartment: Uint8Array): Promise<void> {
    const { context, keys } = this.#options;
    const { consent } = ledgerState(context.state);
    const epoch = consent.compartments.get(subject, compartment)?.epoch ?? 0;
    if (keys.epochKey(subject, compartment, epoch) !== undefined) return;
    const carrier = live.find(({ grant }) => grant.envelope !== null);
    const digest = carrier?.grant.envelope ?? null;
    if (carrier === undefined || digest === null)
      throw new CairnError('grant.no-envelope', 'The grant carries no keys.');
    const gate = createVaultGate(context.vault, authoriseObject(context, digest));
    const envelope = await gate.fetch({ requester: context.id, digest, accessId: '' });
    const seed = organisationKey(context.crypto, context.root, 'sealing', 0);
    const place = { grant: carrier.id, subject, compartment, grantee: context.id };
    const opened = await openKeyEnvelope(context.crypto, seed, place, envelope, (n) =>
      consent.epochs.get(subject, compartment, n),
    );
    keys.learn(subject, { code: opened.compartmentCode as CompartmentCode, id: compartment }, opened.keys);
  }

  /** Live grants to the organisation, for whatever right. */
  #liveGrants(subject: Uint8Array, compartment: Uint8Array): LiveGrant[] {
    const { context } = this.#options;
    const question = { subject, compartment, organisation: context.id, time: context.clock.now() };
    return liveGrants(ledgerState(context.state).consent, question);
  }
}

interface Comparison {
  readonly missing: { readonly at: LeafPosition; readonly purpose: Purpose }[];
  readonly excess: number[];
}

/** The first grant that lets the record be read. */
function coveredBy(grants: readonly LiveGrant[], leaf: RecordLeaf): LiveGrant | undefined {
  return grants.find(({ grant }) => grant.rights.includes('read') && coversTime(grant, leaf.time));
}
