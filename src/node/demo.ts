import { InvariantError } from '../primitives/errors.js';
import { generateOrganisations, type OrganisationId } from '../services/demo-data/organisations.js';
import { generatePatient, type CareOrganisationId } from '../services/demo-data/generate-patient.js';
import { Importer } from '../services/import/importer.js';
import type { CairnNode } from './cairn-node.js';
import { systemClock } from './clock.js';
import type { DataFolder } from './data-folder.js';
import { storeUnlockSecret } from './secrets.js';
import { setUp, type FoundingOrganisation } from './setup.js';

/** The demonstration consortium: its chain, its members, and how many generated patients each hospital begins with. */
const CHAIN_ID = 'cairn-demo';
const PATIENTS_PER_ORGANISATION = 6;
const CARE_ORGANISATIONS: readonly CareOrganisationId[] = ['alder-valley-hospital', 'st-brannoc-hospital'];

/** Sets an empty data folder up for the demonstration. Its secret lies beside it: no example for a real node. */
export async function prepareDemo(folder: DataFolder): Promise<void> {
  const organisations = generateOrganisations().organisations.map(({ id, kind, name }): FoundingOrganisation => ({
    id,
    name,
    roles: [kind],
  }));
  await setUp({
    folder,
    chainId: CHAIN_ID,
    organisations,
    opener: storeUnlockSecret(folder),
    webAuthn: { origins: ['http://localhost:8080'], rpIds: ['localhost'] },
    time: systemClock.now(),
  });
}

/** Fills the demonstration with generated patients; does nothing where they are already. */
export async function seedDemo(node: CairnNode, onProgress: (done: number, total: number) => void): Promise<void> {
  const total = CARE_ORGANISATIONS.length * PATIENTS_PER_ORGANISATION;
  let done = 0;
  for (const [index, id] of CARE_ORGANISATIONS.entries()) {
    const importer = importerOf(node, id);
    await importer.import([{ name: 'consortium', text: JSON.stringify(generateOrganisations().bundle) }]);
    for (let number = 1; number <= PATIENTS_PER_ORGANISATION; number += 1) {
      const seed = index * 1000 + number;
      const { bundle } = generatePatient(seed, { home: id });
      await importer.import([{ name: `patient ${seed}`, text: JSON.stringify(bundle) }]);
      onProgress((done += 1), total);
    }
  }
}

function importerOf(node: CairnNode, id: OrganisationId): Importer {
  const hosted = node.services.organisations.get(id);
  if (hosted === undefined) throw new InvariantError(`the demonstration has ${id}`);
  return new Importer(hosted);
}
