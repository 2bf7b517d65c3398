import { randomUUID } from 'node:crypto';
import fastify, {
  LogController,
  type FastifyInstance,
  type FastifyPluginAsync,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify';
import type { Logger } from 'pino';
import { CairnError } from '../../primitives/errors.js';
import { CBOR, FHIR_JSON, JSON_LINES, type Endpoint } from '../../wire/endpoint.js';
import type { NodeServices } from '../node-services.js';
import { loggable } from './defect-log.js';
import { EventFeed } from './event-feed.js';
import { nodeMetrics, type Metrics } from './metrics.js';
import { OpenStreams } from './open-streams.js';
import { answerProblem } from './problem-reply.js';
import { accessRoutes } from './routes/accesses.js';
import { apiKeyRoutes } from './routes/api-keys.js';
import { evidenceRoutes } from './routes/evidence.js';
import { grantRoutes } from './routes/grants.js';
import { importRoutes } from './routes/imports.js';
import { indexRoutes, type RebuildIndex } from './routes/index-rebuild.js';
import { ledgerRoutes } from './routes/ledger.js';
import { nodeRoutes } from './routes/node.js';
import { operationsRoutes } from './routes/operations.js';
import { subjectRoutes } from './routes/subjects.js';
import { SECURITY_HEADERS, TRANSPORT_SECURITY } from './security-headers.js';
import { apiOf } from './serve.js';
import { coercingAjv, strictAjv } from './validators.js';

export interface ServerOptions {
  readonly logger: Logger;
  /** The node's own version. */
  readonly version: string;
  /** Hex; shown to members who compare it. */
  readonly genesisHash?: string;
  /** PEM. Without it the server speaks plain HTTP, which is for loopback and for behind a proxy. */
  readonly tls?: { readonly cert: string | Uint8Array; readonly key: string | Uint8Array };
  readonly rebuildIndex: RebuildIndex;
  /** Mounted beside the API, by prefix; they authenticate by themselves. */
  readonly plugins?: Readonly<Record<string, FastifyPluginAsync>>;
}

/** What a client may take its time for, in milliseconds. */
const TIMEOUTS = {
  /** For the headers of a request. */
  headers: 15_000,
  /** For all of a request, an import's portion included. */
  request: 10 * 60_000,
  /** Of silence on a connection; streams have a heartbeat. */
  idle: 2 * 60_000,
} as const;
const JSON_BYTES_MAX = 256 * 1024;
const PARAMETER_LENGTH_MAX = 200;

/**
 * The node's HTTP server, not yet listening. `close()` lets requests under way finish and ends streams.
 */
export function createServer(services: NodeServices, options: ServerOptions): FastifyInstance {
  const feed = new EventFeed(services);
  const metrics = nodeMetrics(services, feed);
  const app = makeFastify(options);
  app.setValidatorCompiler(({ schema, httpPart }) =>
    (httpPart === 'body' ? strictAjv : coercingAjv).compile(schema as object),
  );
  app.setErrorHandler(answerProblem);
  app.setNotFoundHandler(() => {
    throw new CairnError('request.unknown-route', 'There is no such operation. GET /openapi.json lists them.');
  });
  addHooks(app, metrics, options);

  const streams = new OpenStreams();
  app.addHook('preClose', (done) => {
    streams.endAll();
    done();
  });
  app.addHook('onClose', () => feed.close());
  app.register((scope, _options, done) => {
    acceptBodies(scope);
    const endpoints: Endpoint[] = [];
    const onEndpoint = (endpoint: Endpoint): void => void endpoints.push(endpoint);
    const api = apiOf(scope, { services, streams, onEndpoint });
    const { version, genesisHash = null } = options;
    const identity = { version, genesisHash, startedAt: services.clock.now() };
    nodeRoutes(api, services, identity);
    ledgerRoutes(api, services, feed);
    evidenceRoutes(api, services);
    subjectRoutes(api);
    grantRoutes(api);
    accessRoutes(api, services);
    importRoutes(api);
    indexRoutes(api, options.rebuildIndex);
    apiKeyRoutes(api);
    operationsRoutes(api, services, { identity, metrics, endpoints });
    done();
  });
  for (const [prefix, plugin] of Object.entries(options.plugins ?? {})) app.register(plugin, { prefix });
  return app;
}

function makeFastify({ logger, tls }: ServerOptions): FastifyInstance {
  // Whatever is logged of an error or a request, here or in a plugin, goes through these: see defect-log.ts.
  const serializers = { err: loggable, req: () => undefined, res: () => undefined };
  const instance = fastify({
    loggerInstance: logger.child({}, { serializers }),
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    genReqId: () => randomUUID(),
    bodyLimit: JSON_BYTES_MAX,
    connectionTimeout: TIMEOUTS.idle,
    requestTimeout: TIMEOUTS.request,
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: PARAMETER_LENGTH_MAX },
    // Before any hook has run.
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) => {
      void reply.headers(headersOf(tls)).header('x-request-id', request.id);
      answerProblem(error, request, reply);
    },
    clientErrorHandler: answerUnreadable,
    ...(tls === undefined ? {} : { https: { cert: tls.cert, key: tls.key, minVersion: 'TLSv1.2' } }),
  } as object) as unknown as FastifyInstance;
  instance.server.headersTimeout = TIMEOUTS.headers;
  return instance;
}

function headersOf(tls: ServerOptions['tls']): Readonly<Record<string, string>> {
  return tls === undefined ? SECURITY_HEADERS : { ...SECURITY_HEADERS, ...TRANSPORT_SECURITY };
}

function addHooks(app: FastifyInstance, metrics: Metrics, { tls }: ServerOptions): void {
  const headers = headersOf(tls);
  app.addHook('onRequest', async (request, reply) => {
    void reply.headers(headers).header('x-request-id', request.id);
    // Not `onResponse`: that is not called for a stream that its reader left.
    reply.raw.once('close', () => {
      const route = request.routeOptions.url ?? 'none';
      const { method } = request;
      const { statusCode: status, elapsedTime } = reply;
      metrics.observe({ method, route, status, seconds: elapsedTime / 1000 });
      const organisation = request.principal?.organisation;
      const isComplete = reply.raw.writableFinished;
      const ms = Math.round(elapsedTime * 10) / 10;
      request.log.info({ method, route, status, ms, organisation, isComplete }, 'request');
    });
  });
}

/** Bodies of this API; plugins have their own. */
function acceptBodies(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('application/json', { parseAs: 'string' }, scope.getDefaultJsonParser('error', 'error'));
  for (const type of [CBOR, FHIR_JSON]) {
    scope.addContentTypeParser(type, { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  }
  scope.addContentTypeParser(JSON_LINES, (_request, body, done) => done(null, body));
}

/** What is not even HTTP gets an answer without content and leaves no trace of its bytes. */
function answerUnreadable(
  _error: unknown,
  socket: { writable: boolean; end(text: string): void; destroy(): void },
): void {
  if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
  else socket.destroy();
}
