import { CairnError } from '../../primitives/errors.js';
import { asRejection, FhirRejection, rejection } from '../fhir/store/rejection.js';
import { sliceBundleEntries, type BundleEntry } from '../fhir/json/bundle.js';
import { receive, type ReceivedResource } from '../fhir/store/received-resource.js';

export interface ImportFile {
  /** For the report. `.ndjson` and `.jsonl` say that each line is a resource. */
  readonly name: string;
  readonly text: string;
}

/** One resource of a file, or why it is none. */
export interface FileEntry {
  /** Position in the bundle, or line, from 0. */
  readonly index: number;
  readonly fullUrl?: string;
  readonly received: ReceivedResource | FhirRejection;
}

const BUNDLE_TYPES: ReadonlySet<string> = new Set(['transaction', 'batch', 'collection', 'searchset']);

/**
 * The resources of a file: a Bundle, one resource, or one a line. @throws FhirRejection for a file that is none of these.
 */
export function readFile({ name, text }: ImportFile): FileEntry[] {
  if (/\.(ndjson|jsonl)$/i.test(name)) return readLines(text);
  try {
    const { type, entries } = sliceBundleEntries(text);
    if (type === undefined || !BUNDLE_TYPES.has(type)) {
      const message = `Only bundles of type ${[...BUNDLE_TYPES].join(', ')} are imported.`;
      throw rejection(422, 'not-supported', message, 'Bundle.type');
    }
    return entries.map(entryOf);
  } catch (error) {
    const isOther = error instanceof CairnError && error.code === 'fhir.not-a-bundle';
    if (isOther) return [{ index: 0, received: receiveOne(text) }];
    throw asRejection(error) ?? error;
  }
}

function entryOf({ index, fullUrl, request, resource }: BundleEntry): FileEntry {
  const named = { index, ...(fullUrl !== undefined && { fullUrl }) };
  const method = request?.method ?? 'PUT';
  if (method !== 'POST' && method !== 'PUT') {
    return { ...named, received: rejection(422, 'not-supported', 'Only entries that store a resource are imported.') };
  }
  return { ...named, received: resource ?? rejection(422, 'required', 'The entry has no resource.') };
}

function readLines(text: string): FileEntry[] {
  const entries: FileEntry[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    entries.push({ index, received: receiveOne(line) });
  }
  return entries;
}

function receiveOne(text: string): ReceivedResource | FhirRejection {
  try {
    return receive(text);
  } catch (error) {
    const refused = asRejection(error);
    if (refused === undefined) throw error;
    return refused;
  }
}

/** What an entry says it is; undefined where that cannot be told. */
export function typeOf({ received }: FileEntry): string | undefined {
  if (received instanceof FhirRejection) return undefined;
  const type = received.value['resourceType'];
  return typeof type === 'string' && /^[A-Za-z]{1,64}$/.test(type) ? type : undefined;
}
