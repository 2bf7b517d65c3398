import { PURPOSES } from '../contracts/consent/state.js';
import type { HostedOrganisation } from '../services/node-services.js';
import type { CairnNode } from './cairn-node.js';

const DIRECTORY_GRANT_SECONDS = 20 * 365 * 86_400;

/**
 * Completes what a new consortium needs on the ledger: each organisation vouches for its node's device, has a directory for
 * its practitioners and places, and lets the other members read it. Whatever is there already is left alone, so this
 * can run at every start.
 */
export async function bootstrap(node: CairnNode): Promise<void> {
  const hosted = [...node.services.organisations.values()];
  for (const { organisation } of hosted) await organisation.vouchFor('device', [organisation.context.device]);
  await Promise.all(hosted.map((one) => openDirectory(one, hosted)));
  for (const { organisation } of hosted) await organisation.settled();
}

async function openDirectory(
  { organisation }: HostedOrganisation,
  hosted: readonly HostedOrganisation[],
): Promise<void> {
  const { subjects, consents, context } = organisation;
  const subject = subjects.directory() ?? (await subjects.register('directory'))[0];
  if (subject === undefined) return;
  const granted = new Set(consents.list(subject).map(({ grantee }) => grantee));
  const others = hosted.map((one) => one.organisation.id).filter((id) => !granted.has(id));
  await consents.grantAll(
    others.map((grantee) => ({
      subject,
      compartment: 'directory',
      grantee,
      purposes: [...PURPOSES],
      rights: ['read'],
      until: context.clock.now() + DIRECTORY_GRANT_SECONDS,
    })),
  );
}
