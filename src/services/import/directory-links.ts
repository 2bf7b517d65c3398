import type { LinkTargets } from '../fhir/store/links.js';
import type { FhirIndex } from '../projections/index/fhir-index.js';

/** What files of patients refer to in other files: an organisation's people, places and things. */
const TYPES = ['Practitioner', 'Organization', 'Location', 'PractitionerRole', 'HealthcareService', 'Medication'];
const LINKS_MAX = 100_000;

/**
 * Links by `urn:uuid:` from one imported file to resources of another: the import keeps ids, so the UUID is the id of what was
 * imported before.
 */
export class DirectoryLinks implements LinkTargets {
  readonly #index: FhirIndex;
  readonly #known = new Map<string, string>();

  constructor(index: FhirIndex) {
    this.#index = index;
  }

  get(link: string): string | undefined {
    const known = this.#known.get(link);
    if (known !== undefined || !link.startsWith('urn:uuid:')) return known;
    const id = link.slice('urn:uuid:'.length);
    const type = TYPES.find((candidate) => this.#index.read(candidate, id)?.deleted === false);
    if (type === undefined) return undefined;
    if (this.#known.size >= LINKS_MAX) this.#known.clear();
    this.#known.set(link, `${type}/${id}`);
    return `${type}/${id}`;
  }
}
