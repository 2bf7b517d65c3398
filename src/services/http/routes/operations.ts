import { getHomePage, getLiveness, getMetrics, getOpenApi, getReadiness } from '../../../wire/operations.js';
import type { Endpoint } from '../../../wire/endpoint.js';
import type { NodeServices } from '../../node-services.js';
import { homePage } from '../home-page.js';
import { memberOrganisations } from '../members.js';
import type { Metrics } from '../metrics.js';
import { openApi } from '../openapi.js';
import { notReady } from '../readiness.js';
import type { Api } from '../serve.js';
import { nodeStatus, type NodeIdentity } from './node.js';

export interface Operations {
  readonly identity: NodeIdentity;
  readonly metrics: Metrics;
  /** All of them, once they are in service. */
  readonly endpoints: readonly Endpoint[];
}

export function operationsRoutes(api: Api, services: NodeServices, { identity, metrics, endpoints }: Operations): void {
  api.serve(getLiveness, () => ({ live: true }) as const);
  api.serve(getReadiness, () => {
    const reason = notReady(services);
    if (reason !== undefined) throw reason;
    return { ready: true } as const;
  });
  api.serve(getMetrics, () => metrics.text());
  api.serve(getOpenApi, () => openApi(endpoints, identity.version));
  api.serve(getHomePage, async () =>
    homePage({ status: nodeStatus(services, identity), organisations: await memberOrganisations(services) }),
  );
}
