import type { FastifyInstance } from 'fastify';
import { Ajv } from 'ajv';
import { pino } from 'pino';
import type { ApiScope } from '../../src/custody/api-keys.js';
import { CairnClient } from '../../src/sdk/client.js';
import { fhirRoutes } from '../../src/services/fhir/rest/fhir-routes.js';
import { createServer } from '../../src/services/http/server.js';
import type { Endpoint } from '../../src/wire/endpoint.js';
import { openConsortium, type Consortium } from '../../testkit/consortium.js';
import { ENDPOINTS } from './endpoints.js';

/** A real node behind its real server on a loopback port. */
export interface HttpNode extends Consortium {
  readonly app: FastifyInstance;
  readonly url: string;
  /** Everything that was logged, from `trace` on. */
  readonly log: string[];
  /** A client that checks every JSON reply against the schema that the endpoint declares. */
  client(token?: string): CairnClient;
  clientOf(organisation: string, scopes?: readonly ApiScope[]): Promise<CairnClient>;
}

export interface ServeOptions {
  /** Awaited before an index is rebuilt. */
  readonly beforeRebuild?: () => Promise<void>;
}

export async function serveConsortium({ beforeRebuild }: ServeOptions = {}): Promise<HttpNode> {
  const consortium = await openConsortium();
  const log: string[] = [];
  const logger = pino({ level: 'trace' }, { write: (line: string) => void log.push(line) });
  const { services } = consortium.node;
  const app = createServer(services, {
    logger,
    version: '1.2.3',
    plugins: { '/fhir/R4': fhirRoutes(services) },
    rebuildIndex: async (organisation, onProgress) => {
      await beforeRebuild?.();
      await consortium.node.rebuildIndex(organisation, onProgress);
    },
  });
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  const client = (token?: string): CairnClient => new CairnClient({ url, token, fetch: checkedFetch });
  return {
    ...consortium,
    app,
    url,
    log,
    client,
    clientOf: async (organisation, scopes) => client(await consortium.apiKey(organisation, scopes)),
    close: async () => {
      await app.close();
      await consortium.close();
    },
  };
}

const ajv = new Ajv({ strict: true, strictTypes: false, validateFormats: false });

/** `fetch` that fails when a reply is not what its endpoint declares: the schemas are the truth about the API. */
const checkedFetch: typeof fetch = async (input, init) => {
  const response = await fetch(input, init);
  const type = response.headers.get('content-type') ?? '';
  if (!type.startsWith('application/json') || !response.ok) return response;
  const endpoint = endpointOf(init?.method ?? 'GET', new URL(input).pathname);
  const body = await response.text();
  if (endpoint.reply.kind !== 'json') throw new Error(`${endpoint.id} answered JSON`);
  if (response.status !== endpoint.reply.status) throw new Error(`${endpoint.id} answered ${response.status}`);
  const validate = ajv.compile(endpoint.reply.schema);
  if (!validate(JSON.parse(body))) throw new Error(`${endpoint.id}: ${ajv.errorsText(validate.errors)}`);
  return new Response(body, response);
};

function endpointOf(method: string, path: string): Endpoint {
  const found = ENDPOINTS.find((endpoint) => {
    const pattern = endpoint.path.replace(/:[A-Za-z]+/g, '[^/]+');
    return endpoint.method === method && new RegExp(`^${pattern}$`).test(path);
  });
  if (found === undefined) throw new Error(`no endpoint ${method} ${path}`);
  return found;
}
