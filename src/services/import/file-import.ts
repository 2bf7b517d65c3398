import { setImmediate } from 'node:timers/promises';
import { toHex, utf8ToBytes } from '../../primitives/bytes.js';
import type { Crypto } from '../../primitives/crypto.js';
import type { LinkTargets } from '../fhir/store/links.js';
import { isLogicalId, validated } from '../fhir/store/received-resource.js';
import { asRejection, FhirRejection, type RejectionIssue } from '../fhir/store/rejection.js';
import type { ResourceStore } from '../fhir/store/resource-store.js';
import type { WriteRequest } from '../fhir/store/write-request.js';
import type { FileReport, RefusedResource } from './import-report.js';
import { typeOf, type FileEntry } from './read-file.js';
import { Slots } from './slots.js';

export interface FileImportOptions {
  readonly name: string;
  readonly entries: readonly FileEntry[];
  readonly store: ResourceStore;
  readonly crypto: Pick<Crypto, 'sha256'>;
  /** Where links to resources of other files lead. */
  readonly directory: LinkTargets;
  /** Called for each resource, when it is known what becomes of it. */
  readonly onResource: () => void;
}

/** Resources in one ledger transaction. */
const CHUNK_RESOURCES = 256;
/** Ledger transactions of a file that are under way: while one becomes durable, the next is prepared. */
const CHUNKS_TOGETHER = 3;
/** After so many resources the node gets to do something else. */
const BREATH_RESOURCES = 32;

interface Prepared {
  readonly entry: FileEntry;
  readonly request: WriteRequest;
}

/** The import of one file. */
export class FileImport {
  readonly #options: FileImportOptions;
  readonly #places: LinkTargets;
  readonly #refused: RefusedResource[] = [];
  #accepted = 0;
  #unchanged = 0;

  constructor(options: FileImportOptions) {
    this.#options = options;
    this.#places = this.#placesOf(options.entries);
  }

  async run(): Promise<FileReport> {
    const { name, entries } = this.#options;
    // Patients first: everything else finds its patient through the index.
    await this.#importAll(entries.filter((entry) => typeOf(entry) === 'Patient'));
    await this.#importAll(entries.filter((entry) => typeOf(entry) !== 'Patient'));
    const refused = this.#refused.sort((a, b) => a.index - b.index);
    return { name, accepted: this.#accepted, unchanged: this.#unchanged, refused };
  }

  async #importAll(entries: readonly FileEntry[]): Promise<void> {
    const slots = new Slots(CHUNKS_TOGETHER);
    for (let start = 0; start < entries.length; start += CHUNK_RESOURCES) {
      const chunk: Prepared[] = [];
      for (const [number, entry] of entries.slice(start, start + CHUNK_RESOURCES).entries()) {
        const prepared = this.#prepare(entry);
        if (prepared !== undefined) chunk.push(prepared);
        if (number % BREATH_RESOURCES === BREATH_RESOURCES - 1) await setImmediate();
      }
      await slots.start(() => this.#write(chunk));
    }
    await slots.idle();
  }

  #prepare(entry: FileEntry): Prepared | undefined {
    const { received, fullUrl } = entry;
    try {
      if (received instanceof FhirRejection) throw received;
      const resource = validated(received);
      const named = fullUrl === undefined ? {} : { fullUrl };
      const id = this.#idOf(entry);
      return { entry, request: { method: 'PUT', type: resource.type, id, resource, unlessStored: true, ...named } };
    } catch (error) {
      const refused = asRejection(error);
      if (refused === undefined) throw error;
      this.#refuse(entry, refused.issues);
      return undefined;
    }
  }

  /** Writes what can be written of a chunk. */
  async #write(chunk: readonly Prepared[]): Promise<void> {
    let remaining = chunk;
    while (remaining.length > 0) {
      try {
        const requests = remaining.map(({ request }) => request);
        const results = await this.#options.store.write(requests, { scope: 'all', places: this.#places });
        for (const { outcome } of results) {
          if (outcome === 'existing') this.#unchanged += 1;
          else this.#accepted += 1;
          this.#options.onResource();
        }
        return;
      } catch (error) {
        const refused = asRejection(error);
        if (refused === undefined) throw error;
        remaining = this.#refuseSome(remaining, refused.issues);
      }
    }
  }

  /** Refuses the entries that the issues name, or all where they name none; gives the others. */
  #refuseSome(chunk: readonly Prepared[], issues: readonly RejectionIssue[]): Prepared[] {
    const common = issues.filter(({ entry }) => entry === undefined);
    return chunk.filter(({ entry }, position) => {
      const own = issues.filter((issue) => issue.entry === position);
      const isRefused = own.length > 0 || common.length > 0;
      if (isRefused) this.#refuse(entry, own.length > 0 ? own : common);
      return !isRefused;
    });
  }

  #refuse(entry: FileEntry, issues: readonly RejectionIssue[]): void {
    // Positions within a chunk mean nothing to anybody else.
    const plain = issues.map(({ code, diagnostics, expression }) => {
      return { code, diagnostics, ...(expression !== undefined && { expression }) };
    });
    this.#refused.push({ index: entry.index, type: typeOf(entry) ?? 'unknown', issues: plain });
    this.#options.onResource();
  }

  /** What the entries of the file are called in it. */
  #placesOf(entries: readonly FileEntry[]): LinkTargets {
    const places = new Map<string, string>();
    for (const entry of entries) {
      const type = typeOf(entry);
      if (entry.fullUrl !== undefined && type !== undefined) places.set(entry.fullUrl, `${type}/${this.#idOf(entry)}`);
    }
    const { directory } = this.#options;
    return { get: (link) => places.get(link) ?? directory.get(link) };
  }

  /** Its own id; a resource without one gets one from its content, so that it is known again. */
  #idOf({ received }: FileEntry): string {
    if (received instanceof FhirRejection) return '';
    const { id } = received.value;
    if (typeof id === 'string' && isLogicalId(id)) return id;
    return toHex(this.#options.crypto.sha256(utf8ToBytes(received.text))).slice(0, 32);
  }
}
