import { isAdministrativeType } from '../fhir/patient-compartment/patient-references.js';
import type { ImportFile } from './read-file.js';

/** A file that is read when its turn comes. */
export interface ImportSource {
  readonly name: string;
  read(): Promise<string>;
}

/**
 * Files in an order in which each finds what it refers to: first those of organisations, practitioners and the like, then those
 * with patients, then those about patients of other files. Within each, the given order. A file is read
 * again when its turn comes, so that only one is held at a time.
 */
export async function* administrativeFirst(sources: readonly ImportSource[]): AsyncGenerator<ImportFile> {
  const later: [withPatients: ImportSource[], others: ImportSource[]] = [[], []];
  for (const source of sources) {
    const text = await source.read();
    const rank = rankOf(text);
    if (rank === 'administrative') yield { name: source.name, text };
    else later[rank === 'patients' ? 0 : 1].push(source);
  }
  for (const source of later.flat()) yield { name: source.name, text: await source.read() };
}

/** By the types that occur; a guess, for the files are parsed later. */
function rankOf(text: string): 'administrative' | 'patients' | 'others' {
  let rank: 'administrative' | 'others' = 'administrative';
  for (const [, type = ''] of text.matchAll(/"resourceType"\s*:\s*"([A-Za-z]{1,64})"/g)) {
    if (type === 'Patient') return 'patients';
    if (type !== 'Bundle' && !isAdministrativeType(type)) rank = 'others';
  }
  return rank;
}
