import type { Static, TObject, TSchema } from 'typebox';

/** Who may call: anybody, or who has an API key with this scope. */
export type Access = 'public' | 'read' | 'write' | 'admin';

/** What a request carries. */
export type Body =
  | { readonly kind: 'json'; readonly schema: TSchema }
  | { readonly kind: 'bytes'; readonly mediaType: string }
  /** One JSON value a line. */
  | { readonly kind: 'lines'; readonly schema: TSchema };

/** What is answered when all went well. */
export type Reply =
  | { readonly kind: 'json'; readonly status: 200 | 201; readonly schema: TSchema }
  | { readonly kind: 'bytes'; readonly mediaType: string }
  | { readonly kind: 'text'; readonly mediaType: string }
  | { readonly kind: 'lines'; readonly schema: TSchema }
  /** Server-sent events whose data is JSON. */
  | { readonly kind: 'events'; readonly schema: TSchema };

/**
 * One operation of the API. The server's checks, the types of its handlers, the SDK's methods and the OpenAPI document
 * are all made of this.
 */
export interface Endpoint {
  /** Names the operation in the OpenAPI document. */
  readonly id: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Parameters stand as `:name`. */
  readonly path: `/${string}`;
  readonly access: Access;
  readonly group: string;
  /** One line for people. */
  readonly summary: string;
  readonly params?: TObject;
  readonly query?: TObject;
  readonly body?: Body;
  readonly reply: Reply;
}

export function json<Schema extends TSchema, Status extends 200 | 201 = 200>(
  schema: Schema,
  status: Status = 200 as Status,
): { readonly kind: 'json'; readonly status: Status; readonly schema: Schema } {
  return { kind: 'json', status, schema };
}

export function bytes(mediaType: string): { readonly kind: 'bytes'; readonly mediaType: string } {
  return { kind: 'bytes', mediaType };
}

export function text(mediaType: string): { readonly kind: 'text'; readonly mediaType: string } {
  return { kind: 'text', mediaType };
}

export function lines<Schema extends TSchema>(schema: Schema): { readonly kind: 'lines'; readonly schema: Schema } {
  return { kind: 'lines', schema };
}

export function events<Schema extends TSchema>(schema: Schema): { readonly kind: 'events'; readonly schema: Schema } {
  return { kind: 'events', schema };
}

export const CBOR = 'application/cbor';
export const FHIR_JSON = 'application/fhir+json';
export const JSON_LINES = 'application/x-ndjson';
export const EVENT_STREAM = 'text/event-stream';
export const PROBLEM = 'application/problem+json';

export type ParamsOf<E extends Endpoint> = E extends { params: infer Schema extends TSchema } ? Static<Schema> : object;
export type QueryOf<E extends Endpoint> = E extends { query: infer Schema extends TSchema } ? Static<Schema> : object;
export type BodyOf<E extends Endpoint> = E extends { body: { kind: 'json'; schema: infer Schema extends TSchema } }
  ? Static<Schema>
  : E extends { body: { kind: 'bytes' } }
    ? Uint8Array
    : E extends { body: { kind: 'lines'; schema: infer Schema extends TSchema } }
      ? AsyncIterable<Static<Schema>>
      : undefined;
/** One reply, or one element of a stream. */
export type ReplyOf<E extends Endpoint> = E extends { reply: { schema: infer Schema extends TSchema } }
  ? Static<Schema>
  : E extends { reply: { kind: 'text' } }
    ? string
    : Uint8Array;
