import type { Problem } from '../wire/problem.js';
import {
  CBOR,
  EVENT_STREAM,
  JSON_LINES,
  PROBLEM,
  type BodyOf,
  type Endpoint,
  type ParamsOf,
  type QueryOf,
  type ReplyOf,
} from '../wire/endpoint.js';
import { CairnApiError } from './api-error.js';
import { serverSentEvents, type ServerSentEvent } from './event-stream.js';
import { textLines } from './text-lines.js';

export interface TransportOptions {
  /** Origin of the node, such as `http://127.0.0.1:8080`. */
  readonly url: string;
  /** API key, `cairn_…`; not needed for what is public. */
  readonly token?: string | undefined;
  /** The platform's own when absent. */
  readonly fetch?: typeof globalThis.fetch | undefined;
}

/** Ends a request from outside. */
export interface RequestOptions {
  readonly signal?: AbortSignal | undefined;
}

/** What an endpoint asks for. */
export type InputOf<E extends Endpoint> = (E extends { params: object } ? { readonly params: ParamsOf<E> } : object) &
  (E extends { query: object } ? { readonly query?: QueryOf<E> } : object) &
  (E extends { body: object }
    ? { readonly body: E extends { body: { kind: 'lines' } } ? string : BodyOf<E> }
    : object) &
  RequestOptions;

interface AnyInput extends RequestOptions {
  readonly params?: Readonly<Record<string, string | number>>;
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Carries typed requests to a node and what it answers back. */
export class Transport {
  readonly #options: TransportOptions;

  constructor(options: TransportOptions) {
    this.#options = options;
  }

  /** @throws CairnApiError with the node's code, or `client.unreachable`, `client.unexpected-reply`. */
  async call<E extends Endpoint>(endpoint: E, input: InputOf<E>): Promise<ReplyOf<E>> {
    const response = await this.#send(endpoint, input);
    if (endpoint.reply.kind === 'bytes') return new Uint8Array(await response.arrayBuffer()) as ReplyOf<E>;
    return parse(await response.text(), response.status) as ReplyOf<E>;
  }

  /** The values of a reply that comes line by line. */
  async *lines<E extends Endpoint>(endpoint: E, input: InputOf<E>): AsyncGenerator<ReplyOf<E>, void, void> {
    const response = await this.#send(endpoint, input);
    for await (const line of textLines(bodyOf(response))) {
      if (line !== '') yield parse(line, response.status) as ReplyOf<E>;
    }
  }

  /** The events of one connection. */
  async *events<E extends Endpoint>(
    endpoint: E,
    input: InputOf<E> & { readonly headers?: Readonly<Record<string, string>> },
  ): AsyncGenerator<ServerSentEvent, void, void> {
    yield* serverSentEvents(bodyOf(await this.#send(endpoint, input)));
  }

  async #send(endpoint: Endpoint, input: AnyInput): Promise<Response> {
    const { fetch: send = globalThis.fetch, token, url } = this.#options;
    const headers: Record<string, string> = { accept: acceptOf(endpoint), ...input.headers };
    if (token !== undefined) headers['authorization'] = `Bearer ${token}`;
    const init: RequestInit = { method: endpoint.method, headers, redirect: 'error' };
    if (endpoint.body !== undefined) {
      headers['content-type'] = contentTypeOf(endpoint.body);
      init.body =
        endpoint.body.kind === 'json' ? JSON.stringify(input.body) : (input.body as NonNullable<RequestInit['body']>);
    }
    if (input.signal !== undefined) init.signal = input.signal;
    let response: Response;
    try {
      response = await send(new URL(pathOf(endpoint, input), url), init);
    } catch (cause) {
      if (input.signal?.aborted === true) throw cause;
      const message = `No node answers at ${new URL(url).origin}. Is it running? (cairn up)`;
      throw new CairnApiError('client.unreachable', message, { status: null, cause });
    }
    if (!response.ok) throw await failureOf(response);
    return response;
  }
}

/** Path and query of a request. */
function pathOf(endpoint: Endpoint, { params = {}, query = {} }: AnyInput): string {
  const path = endpoint.path.replace(/:([A-Za-z]+)/g, (_, name: string) => encodeURIComponent(String(params[name])));
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, String(value));
  return search.size === 0 ? path : `${path}?${search.toString()}`;
}

function acceptOf({ reply }: Endpoint): string {
  const success = { json: 'application/json', bytes: CBOR, text: '*/*', lines: JSON_LINES, events: EVENT_STREAM }[
    reply.kind
  ];
  return `${success}, ${PROBLEM}`;
}

function contentTypeOf(body: NonNullable<Endpoint['body']>): string {
  return body.kind === 'bytes' ? body.mediaType : body.kind === 'lines' ? JSON_LINES : 'application/json';
}

function bodyOf(response: Response): ReadableStream<Uint8Array> {
  if (response.body === null) throw unexpected(response.status);
  return response.body;
}

async function failureOf(response: Response): Promise<CairnApiError> {
  const retryAfter = Number(response.headers.get('retry-after') ?? 'NaN');
  const retryAfterSeconds = Number.isFinite(retryAfter) ? retryAfter : null;
  const { status } = response;
  try {
    const problem = JSON.parse(await response.text()) as Partial<Problem>;
    if (typeof problem.code === 'string' && typeof problem.message === 'string') {
      const requestId = problem.requestId ?? null;
      return new CairnApiError(problem.code, problem.message, { status, requestId, retryAfterSeconds });
    }
  } catch {
    // Whatever it is, it is no answer of a node's.
  }
  return unexpected(status);
}

function parse(text: string, status: number): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw unexpected(status);
  }
}

function unexpected(status: number): CairnApiError {
  const message = 'The answer is not one of a Cairn node. Check the address, and the proxy if there is one.';
  return new CairnApiError('client.unexpected-reply', message, { status });
}
