/** Inputs for the tests of this folder. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ProjectedRecord } from './record.js';

interface Entry {
  readonly fullUrl?: string;
  readonly resource: { readonly resourceType: string; readonly id: string };
}

export const KEY = new Uint8Array(32).fill(7);

/** An id as the ledger would give it: 16 bytes in hex, the same for the same name. */
export function ledgerId(name: string): string {
  return createHash('sha256').update(name).digest('hex').slice(0, 32);
}

/** A record with what a test does not care about filled in. */
export function recordOf(
  resource: { readonly resourceType: string; readonly id: string },
  overrides: Partial<ProjectedRecord> = {},
): ProjectedRecord {
  const { resourceType: type, id } = resource;
  const deleted = overrides.deleted ?? false;
  return {
    recordId: ledgerId(`${type}/${id}`),
    subject: ledgerId('subject'),
    compartment: ledgerId('general'),
    author: 'hospital',
    own: true,
    type,
    id,
    version: 1,
    lastUpdated: '2026-01-02T03:04:05Z',
    deleted,
    text: deleted ? '' : JSON.stringify(resource),
    leaf: 0,
    ...overrides,
  };
}

/** Every resource of the Synthea bundles, references resolved, a compartment per bundle. */
export function syntheaRecords(folder: string): ProjectedRecord[] {
  const files = readdirSync(folder, { recursive: true }).map(String);
  const seen = new Set<string>();
  return files
    .filter((file) => file.endsWith('.json'))
    .sort()
    .flatMap((file) => {
      const { entry } = JSON.parse(readFileSync(join(folder, file), 'utf8')) as { entry: Entry[] };
      const nameByUrl = new Map(
        entry.map(({ fullUrl, resource }) => [fullUrl, `${resource.resourceType}/${resource.id}`]),
      );
      return entry.flatMap(({ resource }, leaf) => {
        const name = `${resource.resourceType}/${resource.id}`;
        // Some organisations and practitioners are in several files.
        if (seen.has(name)) return [];
        seen.add(name);
        const text = JSON.stringify(resource).replace(/urn:uuid:[0-9a-f-]{36}/g, (url) => nameByUrl.get(url) ?? url);
        return recordOf(resource, { text, leaf, subject: ledgerId(file), compartment: ledgerId(`general ${file}`) });
      });
    });
}

/** HL7's example resources, in one compartment. */
export function exampleRecords(folder: string): ProjectedRecord[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file, leaf) => {
      const text = readFileSync(join(folder, file), 'utf8');
      const resource = JSON.parse(text) as Entry['resource'];
      return recordOf(resource, { text, leaf, subject: ledgerId('examples'), compartment: ledgerId('examples') });
    });
}

/** The same order for the same seed. */
export function shuffled<T>(items: readonly T[], seed: number): T[] {
  return items
    .map((item, i) => ({ item, rank: createHash('sha256').update(`${seed} ${i}`).digest('hex') }))
    .sort((a, b) => (a.rank < b.rank ? -1 : 1))
    .map(({ item }) => item);
}
