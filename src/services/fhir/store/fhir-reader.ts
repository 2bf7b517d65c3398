import { fromHex } from '../../../primitives/bytes.js';
import { CairnError } from '../../../primitives/errors.js';
import type { AccessSession, Reader } from '../../organisation/access-sessions.js';
import type { Organisation } from '../../organisation/organisation.js';
import type { OrganisationIndex } from '../../organisation/organisation-index.js';
import { ledgerState } from '../../organisation/organisation-context.js';
import type { HistoryPage, HistoryQuery } from '../../projections/index/reader.js';
import type { IndexedRecord, Scope } from '../../projections/index/record.js';
import type { SearchQuery } from '../../projections/index/request.js';
import type { SearchResult } from '../../projections/index/search.js';
import { rejection, type FhirRejection } from './rejection.js';

/** Something disclosed, with the entries in the access logs that cover it. */
export interface Disclosed<T> {
  readonly value: T;
  /** Hex ids; none for what is no patient's. */
  readonly accesses: readonly string[];
}

const KINDS_MAX = 100_000;

/**
 * Reads for a practitioner: nothing is returned before the patient's access log has an entry that covers it. What a purpose
 * does not open does not exist for searches and histories, totals included, and is refused by name.
 */
export class FhirReader {
  readonly #organisation: Organisation<OrganisationIndex>;
  /** Whether a subject is an organisation's directory: those are no charts. */
  readonly #isDirectory = new Map<string, boolean>();

  constructor(organisation: Organisation<OrganisationIndex>) {
    this.#organisation = organisation;
  }

  /** What a search or a condition of this reader may look through. */
  scope({ purpose }: Reader): Scope {
    return this.#organisation.readable.of(purpose);
  }

  /** The present version, perhaps a delete. @throws FhirRejection 403, 404. */
  async read(reader: Reader, type: string, id: string): Promise<Disclosed<IndexedRecord>> {
    const { fhir } = this.#organisation.index;
    return this.#readOne(reader, (scope) => fhir.read(type, id, scope));
  }

  /** One version. @throws FhirRejection 403, 404. */
  async readVersion(reader: Reader, type: string, id: string, version: number): Promise<Disclosed<IndexedRecord>> {
    const { fhir } = this.#organisation.index;
    return this.#readOne(reader, (scope) => fhir.readVersion(type, id, version, scope));
  }

  async history(reader: Reader, query: Omit<HistoryQuery, 'scope'>): Promise<Disclosed<HistoryPage>> {
    const page = this.#organisation.index.fhir.history({ ...query, scope: this.scope(reader) });
    const { value: versions, accesses } = await this.#disclose(reader, page.versions);
    return { value: { ...page, versions }, accesses };
  }

  async search(reader: Reader, query: Omit<SearchQuery, 'scope'>): Promise<Disclosed<SearchResult>> {
    const nowMs = this.#organisation.context.clock.now() * 1000;
    const found = this.#organisation.index.fhir.search({ nowMs, ...query, scope: this.scope(reader) });
    const all = [...found.matches, ...found.included];
    const { value: shown, accesses } = await this.#disclose(reader, all);
    if (shown.length === all.length) return { value: found, accesses };
    // Only in an emergency that a patient has forbidden; how many there are is nobody's business then.
    const isShown = new Set(shown);
    const matches = found.matches.filter((record) => isShown.has(record));
    const included = found.included.filter((record) => isShown.has(record));
    return { value: { ...found, matches, included, total: undefined }, accesses };
  }

  async #readOne(reader: Reader, find: (scope: Scope) => IndexedRecord | undefined): Promise<Disclosed<IndexedRecord>> {
    const record = find('all');
    if (record === undefined) throw notFound();
    const direct = await this.#tryDisclose(reader, record);
    if (direct !== undefined) return direct;
    // Another patient may have a resource of the same name that this purpose does open.
    const readable = find(this.scope(reader));
    const other = readable === undefined ? undefined : await this.#tryDisclose(reader, readable);
    if (other === undefined) {
      throw rejection(403, 'forbidden', 'The patient has given no consent that covers this for the stated purpose.');
    }
    return other;
  }

  async #tryDisclose(reader: Reader, record: IndexedRecord): Promise<Disclosed<IndexedRecord> | undefined> {
    const { subject, compartment } = record;
    if (this.#isOfDirectory(subject))
      return this.#isOwnOrOpen(reader, record) ? { value: record, accesses: [] } : undefined;
    const session =
      this.#organisation.sessions.current(reader, subject, compartment) ??
      (await this.#open(reader, subject, compartment));
    return session !== undefined && isCovered(session, record)
      ? { value: record, accesses: [session.access] }
      : undefined;
  }

  async #disclose(reader: Reader, records: readonly IndexedRecord[]): Promise<Disclosed<IndexedRecord[]>> {
    const accesses = new Set<string>();
    const needed = new Map<string, IndexedRecord>();
    for (const record of records) needed.set(`${record.subject}/${record.compartment}`, record);
    // One entry a patient: the first to ask opens it, the others find it open.
    await Promise.all([...needed.values()].map((record) => this.#tryDisclose(reader, record)));
    const shown: IndexedRecord[] = [];
    for (const record of records) {
      const disclosed = await this.#tryDisclose(reader, record);
      if (disclosed === undefined) continue;
      shown.push(record);
      for (const access of disclosed.accesses) accesses.add(access);
    }
    return { value: shown, accesses: [...accesses] };
  }

  /** Undefined where the patient's consent does not allow it. */
  async #open(reader: Reader, subject: string, compartment: string): Promise<AccessSession | undefined> {
    try {
      return await this.#organisation.sessions.open(reader, fromHex(subject), compartment);
    } catch (error) {
      if (error instanceof CairnError && NOT_CONSENTED.has(error.code)) return undefined;
      throw error;
    }
  }

  #isOwnOrOpen(reader: Reader, { own, compartment }: IndexedRecord): boolean {
    if (own) return true;
    const scope = this.scope(reader);
    return (
      scope === 'all' || !('withoutForeign' in scope) || !scope.withoutForeign.some(([, id]) => id === compartment)
    );
  }

  #isOfDirectory(subject: string): boolean {
    const known = this.#isDirectory.get(subject);
    if (known !== undefined) return known;
    const { registry } = ledgerState(this.#organisation.context.state);
    const isDirectory = registry.subjects.get(fromHex(subject))?.kind === 'directory';
    if (this.#isDirectory.size >= KINDS_MAX) this.#isDirectory.clear();
    this.#isDirectory.set(subject, isDirectory);
    return isDirectory;
  }
}

/** The ledger's answers that are the patient's decision rather than the reader's fault. */
const NOT_CONSENTED: ReadonlySet<string> = new Set([
  'access.no-consent',
  'access.not-an-author',
  'access.emergency-forbidden',
]);

/** An author without a grant sees what it wrote itself. */
function isCovered(session: AccessSession, { compartment, own }: IndexedRecord): boolean {
  const basis = session.basisByCompartment.get(compartment);
  return basis !== undefined && (basis !== 'author' || own);
}

function notFound(): FhirRejection {
  return rejection(404, 'not-found', 'There is no such resource here.');
}
