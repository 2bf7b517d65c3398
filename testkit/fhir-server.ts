import Fastify from 'fastify';
import { fhirRoutes } from '../src/services/fhir/rest/fhir-routes.js';
import type { NodeServices } from '../src/services/node-services.js';

/** The FHIR API of a node on a port of its own. */
export async function serveFhir(services: NodeServices): Promise<{ base: string; close(): Promise<void> }> {
  const app = Fastify();
  await app.register(fhirRoutes(services), { prefix: '/fhir/R4' });
  const address = await app.listen({ host: '127.0.0.1', port: 0 });
  return { base: `${address}/fhir/R4`, close: () => app.close() };
}
