import { Readable } from 'node:stream';
import type { ValidateFunction } from 'ajv';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { assert } from '../../primitives/assert.js';
import { CairnError } from '../../primitives/errors.js';
import { TRANSACTION_LIMITS } from '../../primitives/limits.js';
import { CBOR, EVENT_STREAM, FHIR_JSON, JSON_LINES } from '../../wire/endpoint.js';
import type { Access, BodyOf, Endpoint, ParamsOf, QueryOf, ReplyOf } from '../../wire/endpoint.js';
import { IMPORT_LIMITS } from '../../wire/imports.js';
import type { Problem } from '../../wire/problem.js';
import { authenticate, requireScope, type Principal } from '../auth/api-key-auth.js';
import type { NodeServices } from '../node-services.js';
import { jsonLines } from './body-lines.js';
import type { OpenStreams } from './open-streams.js';
import { problemOf } from './problem-reply.js';
import { eventText, kept, lineText, type StreamedEvent } from './streams.js';
import { strictAjv } from './validators.js';

/** A file to be downloaded. */
export interface FileReply {
  readonly bytes: Uint8Array;
  readonly fileName: string;
}

/** What a handler answers: the reply itself, a file, or the elements of a stream. */
export type Answer<E extends Endpoint> = E['reply']['kind'] extends 'bytes'
  ? FileReply
  : E['reply']['kind'] extends 'lines'
    ? AsyncIterable<ReplyOf<E>>
    : E['reply']['kind'] extends 'events'
      ? AsyncIterable<StreamedEvent<ReplyOf<E>>>
      : ReplyOf<E>;

/** A request that has been checked against its endpoint. */
export interface ApiRequest<E extends Endpoint> {
  readonly params: ParamsOf<E>;
  readonly query: QueryOf<E>;
  readonly body: BodyOf<E>;
  readonly principal: E['access'] extends 'public' ? undefined : Principal;
  readonly lastEventId: string | undefined;
  /** Of a stream: aborted when its reader has gone or the server closes. */
  readonly signal: E['reply']['kind'] extends 'lines' | 'events' ? AbortSignal : undefined;
  /** What to tell of a failure after the status has been sent; logs what is the node's own. */
  readonly problemOf: (error: unknown) => Problem;
}

export type Handler<E extends Endpoint> = (request: ApiRequest<E>) => Answer<E> | Promise<Answer<E>>;

/** Puts endpoints into service. */
export interface Api {
  serve<E extends Endpoint>(endpoint: E, handler: Handler<E>): void;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Every operation of this API says who may call it. */
    access?: Access;
  }
  interface FastifyRequest {
    principal: Principal | undefined;
  }
}

export interface ApiSetup {
  readonly services: NodeServices;
  readonly streams: OpenStreams;
  readonly onEndpoint: (endpoint: Endpoint) => void;
}

/** Makes an {@link Api} of a Fastify context: authentication before the body is read, then checks, then the handler. */
export function apiOf(app: FastifyInstance, { services, streams, onEndpoint }: ApiSetup): Api {
  app.decorateRequest('principal', undefined);
  app.addHook('onRequest', async (request) => {
    const { access } = request.routeOptions.config;
    assert(access !== undefined, 'every operation says who may call it');
    if (access === 'public') return;
    request.principal = authenticate(services.organisations, request.headers.authorization);
    requireScope(request.principal, access);
  });
  return {
    serve(endpoint, handler) {
      onEndpoint(endpoint);
      const { method, path, access, params, query, body } = endpoint as Endpoint;
      const isStream = endpoint.reply.kind === 'lines' || endpoint.reply.kind === 'events';
      const isLine = body?.kind === 'lines' ? strictAjv.compile(body.schema) : undefined;
      app.route({
        method,
        url: path,
        exposeHeadRoute: false,
        ...(body?.kind === 'bytes' ? { bodyLimit: BYTES_MAX[body.mediaType] ?? 0 } : {}),
        config: { access },
        schema: {
          ...(params === undefined ? {} : { params }),
          ...(query === undefined ? {} : { querystring: query }),
          ...(body?.kind === 'json' ? { body: body.schema } : {}),
        },
        preValidation: async (request) => checkMediaType(request, endpoint),
        handler: async (request, reply) => {
          const signal = isStream ? streams.signalFor(reply.raw) : undefined;
          const answer = await handler({
            params: request.params,
            query: request.query,
            body: isLine === undefined ? request.body : checkedLines(request.body as Readable, isLine),
            principal: request.principal,
            lastEventId: lastEventId(request),
            signal,
            problemOf: (error: unknown) => problemOf(error, request),
          } as never);
          return send(reply, endpoint, answer, signal);
        },
      });
    },
  };
}

/** Bodies that are read as a whole. */
const BYTES_MAX: Readonly<Record<string, number>> = {
  [CBOR]: TRANSACTION_LIMITS.bytesMax,
  [FHIR_JSON]: IMPORT_LIMITS.fileLengthMax,
};
const LINE_LIMITS = { linesMax: IMPORT_LIMITS.filesMax, lengthMax: 2 * IMPORT_LIMITS.fileLengthMax };

async function* checkedLines(body: Readable, isLine: ValidateFunction): AsyncGenerator<unknown, void, void> {
  for await (const line of jsonLines(body, LINE_LIMITS)) {
    if (isLine(line)) yield line;
    else
      throw new CairnError('request.invalid', `A line does not fit the API: ${strictAjv.errorsText(isLine.errors)}.`);
  }
}

function checkMediaType({ headers }: FastifyRequest, { body }: Endpoint): void {
  if (body === undefined) return;
  const expected = body.kind === 'bytes' ? body.mediaType : body.kind === 'lines' ? JSON_LINES : 'application/json';
  if (headers['content-type']?.split(';')[0]?.trim().toLowerCase() === expected) return;
  throw new CairnError('request.unsupported-media-type', `Send the body as ${expected}.`);
}

function lastEventId({ headers }: FastifyRequest): string | undefined {
  const id = headers['last-event-id'];
  return typeof id === 'string' ? id : undefined;
}

function send(reply: FastifyReply, { reply: shape }: Endpoint, answer: unknown, signal?: AbortSignal): FastifyReply {
  switch (shape.kind) {
    case 'json':
      return reply.status(shape.status).type('application/json; charset=utf-8').send(JSON.stringify(answer));
    case 'text':
      return reply.type(shape.mediaType).send(answer);
    case 'bytes': {
      const { bytes, fileName } = answer as FileReply;
      reply.header('content-disposition', `attachment; filename="${fileName}"`);
      return reply.type(shape.mediaType).send(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
    }
    case 'lines':
      return stream(reply, JSON_LINES, kept(answer as AsyncIterable<unknown>, lineText, '\n', signal));
    case 'events': {
      const elements = answer as AsyncIterable<StreamedEvent<unknown>>;
      return stream(reply, EVENT_STREAM, kept(elements, eventText, ':\n\n', signal));
    }
  }
}

function stream(reply: FastifyReply, mediaType: string, text: AsyncIterable<string>): FastifyReply {
  // Proxies such as nginx hold a stream back otherwise.
  reply.header('x-accel-buffering', 'no');
  return reply.type(mediaType).send(Readable.from(text, { objectMode: true, highWaterMark: 16 }));
}
