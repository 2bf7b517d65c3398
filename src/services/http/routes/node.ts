import { toHex } from '../../../primitives/bytes.js';
import { formatSeconds } from '../../../primitives/time.js';
import { trustRootToJson } from '../../../ledger/block/trust-root.js';
import { getStatus, getTrust, listContracts, listOrganisations, type NodeStatus } from '../../../wire/node.js';
import type { NodeServices } from '../../node-services.js';
import { describeContracts } from '../contract-descriptions.js';
import { memberOrganisations } from '../members.js';
import { notReady } from '../readiness.js';
import type { Api } from '../serve.js';

/** What a node cannot find out by itself. */
export interface NodeIdentity {
  readonly version: string;
  /** Hex. */
  readonly genesisHash: string | null;
  /** Unix seconds. */
  readonly startedAt: number;
}

export function nodeRoutes(api: Api, services: NodeServices, identity: NodeIdentity): void {
  const contracts = describeContracts();
  api.serve(getStatus, () => nodeStatus(services, identity));
  api.serve(getTrust, () => trustRootToJson(services.trustRoot));
  api.serve(listOrganisations, async () => ({ organisations: await memberOrganisations(services) }));
  api.serve(listContracts, () => ({ contracts }));
}

export function nodeStatus(services: NodeServices, { version, genesisHash, startedAt }: NodeIdentity): NodeStatus {
  const { driver, application, vault, clock, organisations, trustRoot } = services;
  const { objects, bytes, erased } = vault.stats();
  const { height } = driver.chain;
  const header = driver.chain.signedHeader(height)?.header;
  return {
    version,
    startedAt: formatSeconds(startedAt),
    uptimeSeconds: Math.max(0, clock.now() - startedAt),
    chain: {
      id: driver.chain.chainId,
      height,
      time: header === undefined ? null : formatSeconds(header.time.seconds),
      appHash: toHex(application.info().appHash),
      genesisHash,
      validatorsHash: toHex(trustRoot.validatorsHash),
    },
    organisations: [...organisations].map(([id, { organisation }]) => ({ id, indexHeight: organisation.index.height })),
    vault: { objects, bytes, erased },
    ready: notReady(services) === undefined,
  };
}
