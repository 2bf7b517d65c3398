import type { TObject, TSchema } from 'typebox';
import { CBOR, EVENT_STREAM, JSON_LINES, PROBLEM, type Endpoint } from '../../wire/endpoint.js';
import { problemSchema } from '../../wire/problem.js';

type Json = Readonly<Record<string, unknown>>;

/** The OpenAPI 3.1 document of the endpoints. */
export function openApi(endpoints: readonly Endpoint[], version: string): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const endpoint of endpoints) {
    const path = endpoint.path.replace(/:([A-Za-z]+)/g, '{$1}');
    (paths[path] ??= {})[endpoint.method.toLowerCase()] = operation(endpoint);
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Cairn node',
      version,
      description: 'FHIR is served under /fhir/R4 and describes itself in /fhir/R4/metadata.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    tags: [...new Set(endpoints.map(({ group }) => group))].map((name) => ({ name })),
    paths,
    components: {
      securitySchemes: { apiKey: { type: 'http', scheme: 'bearer', description: 'An API key: cairn_…' } },
      schemas: { Problem: problemSchema },
      responses: {
        Problem: {
          description: 'The request was not done; `code` says why',
          content: { [PROBLEM]: { schema: { $ref: '#/components/schemas/Problem' } } },
        },
      },
    },
  };
}

function operation({ id, group, summary, access, params, query, body, reply }: Endpoint): Json {
  return {
    operationId: id,
    tags: [group],
    summary,
    ...(access === 'public' ? {} : { security: [{ apiKey: [] }], description: `Needs the scope \`${access}\`.` }),
    parameters: [...parametersOf('path', params), ...parametersOf('query', query)],
    ...(body === undefined ? {} : { requestBody: { required: true, content: contentOf(body) } }),
    responses: {
      [reply.kind === 'json' ? reply.status : 200]: { description: summary, content: contentOf(reply) },
      default: { $ref: '#/components/responses/Problem' },
    },
  };
}

function parametersOf(place: 'path' | 'query', schema: TObject | undefined): Json[] {
  if (schema === undefined) return [];
  const required = new Set<string>((schema as { required?: string[] }).required);
  return Object.entries(schema.properties).map(([name, property]) => ({
    name,
    in: place,
    required: required.has(name),
    schema: property,
  }));
}

type Content = NonNullable<Endpoint['body']> | Endpoint['reply'];

function contentOf(content: Content): Json {
  switch (content.kind) {
    case 'json':
      return { 'application/json': { schema: content.schema } };
    case 'bytes':
    case 'text':
      return { [content.mediaType]: content.mediaType === CBOR ? {} : { schema: { type: 'string' } } };
    case 'lines':
      return { [JSON_LINES]: { schema: content.schema } };
    case 'events':
      return { [EVENT_STREAM]: { schema: eventSchema(content.schema) } };
  }
}

function eventSchema(data: TSchema): Json {
  return {
    type: 'string',
    description: 'Server-sent events whose data is JSON',
    contentMediaType: 'application/json',
    contentSchema: data,
  };
}
