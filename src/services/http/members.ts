import { bytesToUtf8, toHex } from '../../primitives/bytes.js';
import { decodeCbor } from '../../primitives/cbor.js';
import { formatSeconds } from '../../primitives/time.js';
import { collectionKey } from '../../contracts/kernel/collection.js';
import { contracts } from '../../contracts/contracts.js';
import type { Organisation } from '../../contracts/registry/state.js';
import type { OrganisationView } from '../../wire/node.js';
import type { NodeServices } from '../node-services.js';

/** The member organisations, by id, as the ledger has them now. */
export async function memberOrganisations({ application, organisations }: NodeServices): Promise<OrganisationView[]> {
  const prefix = collectionKey('registry', contracts.registry.state.organisations.name, []);
  const members: OrganisationView[] = [];
  for await (const [key, value] of application.range(prefix)) {
    const { name, roles, admittedAt, sealingKey } = decodeCbor(value) as unknown as Organisation;
    // A key's text ends in NUL.
    const id = bytesToUtf8(key.subarray(prefix.length, -1));
    members.push({
      id,
      name,
      roles: [...roles],
      admittedAt: formatSeconds(admittedAt),
      sealingKey: toHex(sealingKey),
      hosted: organisations.has(id),
    });
  }
  return members;
}
