import { fromHex } from '../../../primitives/bytes.js';
import { formatInstant } from '../../../primitives/time.js';
import type { Organisation } from '../../organisation/organisation.js';
import type { OrganisationIndex } from '../../organisation/organisation-index.js';
import type { RecordDraft } from '../../organisation/record-draft.js';
import type { WrittenRecord } from '../../organisation/record-writer.js';
import type { IndexedRecord, Scope } from '../../projections/index/record.js';
import { renderResource } from '../json/render.js';
import { eachEntry } from './each-entry.js';
import { KeyedLock } from './keyed-lock.js';
import { linksOf, type LinkTargets } from './links.js';
import { Placement } from './placement.js';
import { rejection } from './rejection.js';
import { TargetFinder, type Target } from './targets.js';
import type { WriteRequest } from './write-request.js';

/** Names a receipt: `GET /api/v1/receipts/<transaction>/<call>`. */
export interface ReceiptName {
  readonly transaction: Uint8Array;
  readonly callIndex: number;
}

/** A version that is durable on the ledger and in the vault, and readable. */
export interface StoredVersion {
  readonly type: string;
  readonly id: string;
  readonly version: number;
  /** FHIR instant. */
  readonly lastUpdated: string;
  /** JSON as it is served; empty for a delete. */
  text(): string;
}

export type WriteResult =
  | {
      readonly outcome: 'created' | 'updated' | 'deleted';
      readonly version: StoredVersion;
      readonly receipt: ReceiptName;
    }
  /** A conditional create that found what it would have created, or a repetition of what is stored. */
  | { readonly outcome: 'existing'; readonly record: IndexedRecord }
  /** A delete of what is not there. */
  | { readonly outcome: 'nothing' };

/** Whom a condition may find: see {@link Scope}. */
export interface WriteOptions {
  readonly scope: Scope;
  /** Where links lead that the requests themselves do not explain, such as those to the rest of a bundle. */
  readonly places?: LinkTargets;
}

/**
 * Writes FHIR resources of one organisation: finds the patient and the compartment of each, numbers the versions and has them
 * sealed and committed together. Writes of one resource follow each other; there is one store an organisation.
 *
 * A resource whose label moves it into another compartment is deleted in the old one and goes on, with the same record id
 * and the next version, in the new one: who may read only the old one sees it gone, who may read both sees one history.
 */
export class ResourceStore {
  readonly #organisation: Organisation<OrganisationIndex>;
  readonly #lock = new KeyedLock();
  readonly #placement: Placement;
  readonly #finder: TargetFinder;

  constructor(organisation: Organisation<OrganisationIndex>) {
    this.#organisation = organisation;
    this.#placement = new Placement(organisation);
    this.#finder = new TargetFinder(organisation);
  }

  /**
   * Does all of the requests in one ledger transaction, or none.
   * @throws FhirRejection whose issues name the entries; CairnError for what the ledger or the disk refuses.
   */
  async write(requests: readonly WriteRequest[], options: WriteOptions): Promise<WriteResult[]> {
    const identified = this.#finder.identify(requests);
    for (;;) {
      const ids = this.#finder.ids(identified, options.scope);
      const names = identified.map(({ type }, index) => `${type}/${ids[index] ?? ''}`);
      const keys = [...identified.flatMap(conditionKey), ...names];
      const results = await this.#lock.run(keys, () => this.#writeLocked(identified, ids, options));
      if (results !== undefined) return results;
    }
  }

  /** Undefined if a condition finds something else now than before the lock was held. */
  async #writeLocked(
    requests: readonly WriteRequest[],
    expected: readonly string[],
    { scope, places }: WriteOptions,
  ): Promise<WriteResult[] | undefined> {
    const found = this.#finder.find(requests, scope);
    if (found.some((target, index) => target.id !== expected[index])) return undefined;
    this.#finder.check(found);
    const own = this.#finder.linkTargets(found);
    const linkTargets = { get: (link: string): string | undefined => own.get(link) ?? places?.get(link) };
    const links = eachEntry(found, ({ request: { resource } }) =>
      resource === undefined
        ? NO_LINKS
        : linksOf(resource.value, linkTargets, (reference) => this.#finder.resolveReference(reference, scope)),
    );
    const targets = found.map((target, index) => this.#finder.unlessStored(target, links[index] ?? NO_LINKS));
    const newPatients = targets.filter(({ action, type, current }) => {
      return action === 'create' && type === 'Patient' && current === undefined;
    });
    const subjects = await this.#placement.takeSubjects(newPatients.map(({ id }) => id));
    const drafts = this.#draftAll(targets, links, subjects);
    const written = await this.#organisation.writer.write(drafts.flat());
    return resultsOf(targets, drafts, written);
  }

  #draftAll(
    targets: readonly Target[],
    links: readonly ReadonlyMap<string, string>[],
    registered: ReadonlyMap<string, Uint8Array>,
  ): RecordDraft[][] {
    const subjects = new Map(registered);
    try {
      return eachEntry(targets, (target, index) => this.#drafts(target, links[index] ?? NO_LINKS, subjects));
    } catch (error) {
      // Only here: once a write has begun, the subjects may be on the ledger with a record.
      this.#placement.giveBack(registered);
      throw error;
    }
  }

  /** What has to be written for one target; the last is what is answered with. */
  #drafts(
    { action, type, id, current, request }: Target,
    references: ReadonlyMap<string, string>,
    subjects: Map<string, Uint8Array>,
  ): RecordDraft[] {
    if (action === 'existing' || action === 'nothing') return [];
    const version = (current?.version ?? 0) + 1;
    const record = current === undefined ? this.#organisation.context.randomBytes(16) : fromHex(current.recordId);
    const common = { record, type, id };
    const gone = { ...common, text: '', references: NO_LINKS, deleted: true };
    if (action === 'delete' && current !== undefined) return [{ ...gone, ...this.#placement.of(current), version }];
    const { resource } = request;
    if (resource === undefined) throw rejection(400, 'required', 'The entry needs a resource.');
    const place = this.#placement.find(resource, id, references, current, subjects);
    const text = resource.text;
    const next = { ...common, ...place, text, references, deleted: false };
    if (current === undefined || current.deleted) return [{ ...next, version }];
    const before = this.#placement.of(current);
    if (before.compartment === place.compartment) return [{ ...next, version }];
    return [
      { ...gone, ...before, version },
      { ...next, version: version + 1 },
    ];
  }
}

const NO_LINKS: ReadonlyMap<string, string> = new Map();

/** What a condition finds or misses must not change while it is acted upon. */
function conditionKey({ type, criteria }: WriteRequest): string[] {
  return criteria === undefined ? [] : [`${type}?`];
}

function resultsOf(
  targets: readonly Target[],
  drafts: readonly (readonly RecordDraft[])[],
  written: readonly WrittenRecord[],
): WriteResult[] {
  let next = 0;
  return targets.map((target, index): WriteResult => {
    next += drafts[index]?.length ?? 0;
    const last = written[next - 1];
    const { action, current } = target;
    if (action === 'existing' && current !== undefined) return { outcome: 'existing', record: current };
    if (action === 'nothing' || last === undefined) return { outcome: 'nothing' };
    const receipt = { transaction: last.transaction, callIndex: last.callIndex };
    const outcome = action === 'create' ? 'created' : action === 'delete' ? 'deleted' : 'updated';
    return { outcome, version: storedVersion(last), receipt };
  });
}

function storedVersion({ draft, time }: WrittenRecord): StoredVersion {
  const { type, id, version, text, references, deleted } = draft;
  const lastUpdated = formatInstant(time * 1000);
  const render = (): string => renderResource({ text, id, versionId: String(version), lastUpdated, references });
  return { type, id, version, lastUpdated, text: () => (deleted ? '' : render()) };
}
