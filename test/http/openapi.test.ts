import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENDPOINTS } from '../support/endpoints.js';
import { serveConsortium, type HttpNode } from '../support/http-node.js';

interface Operation {
  readonly operationId: string;
  readonly security?: unknown;
  readonly parameters: readonly { name: string; in: string; required: boolean; schema: object }[];
  readonly requestBody?: { content: Record<string, { schema?: object }> };
  readonly responses: Record<string, { $ref?: string; content?: Record<string, { schema?: object }> }>;
}

interface Document {
  readonly openapi: string;
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: { schemas: Record<string, object>; responses: Record<string, unknown> };
}

let node: HttpNode;
let document: Document;

beforeAll(async () => {
  node = await serveConsortium();
  document = (await (await fetch(`${node.url}/openapi.json`)).json()) as Document;
});

afterAll(() => node.close());

const operations = (): [method: string, path: string, operation: Operation][] =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): [string, string, Operation] => [method, path, operation]),
  );

describe('the OpenAPI document', () => {
  it('lists every route of the server but those of plugins', () => {
    expect(
      operations()
        .map(([method, path]) => `${method.toUpperCase()} ${path}`)
        .sort(),
    ).toEqual(routesOfServer());
  });

  it('lists every endpoint that is declared', () => {
    expect(
      operations()
        .map(([, , { operationId }]) => operationId)
        .sort(),
    ).toEqual(ENDPOINTS.map(({ id }) => id).sort());
  });

  it('describes each parameter of a path, and who may call', () => {
    for (const [, path, { parameters, security, operationId }] of operations()) {
      const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      const described = parameters.filter((parameter) => parameter.in === 'path');
      expect(described.map(({ name }) => name)).toEqual(named);
      expect(described.every(({ required }) => required)).toBe(true);
      const access = ENDPOINTS.find(({ id }) => id === operationId)?.access;
      expect(security).toEqual(access === 'public' ? undefined : [{ apiKey: [] }]);
    }
  });

  it('has nothing but valid schemas and references', () => {
    const ajv = new Ajv2020({ strict: true, strictTypes: false, validateFormats: false });
    const schemas: object[] = Object.values(document.components.schemas);
    for (const [, , { parameters, requestBody, responses }] of operations()) {
      schemas.push(...parameters.map(({ schema }) => schema));
      const contents = [requestBody?.content, ...Object.values(responses).map(({ content }) => content)];
      for (const content of contents.flatMap((media) => Object.values(media ?? {}))) {
        if (content.schema !== undefined) schemas.push(content.schema);
      }
      expect(Object.keys(responses)).toHaveLength(2);
      expect(responses['default']).toEqual({ $ref: '#/components/responses/Problem' });
    }
    expect(schemas.length).toBeGreaterThan(60);
    for (const schema of schemas) expect(() => ajv.compile(schema)).not.toThrow();
    expect(document.openapi).toBe('3.1.0');
    expect(document.components.responses).toHaveProperty('Problem');
  });
});

/** As Fastify itself prints them. */
function routesOfServer(): string[] {
  const routes: string[] = [];
  const branch: string[] = [];
  for (const line of node.app.printRoutes({ commonPrefix: false }).split('\n')) {
    const match = /^((?:│ {3}| {4})*)[├└]── (\S+?)(?: \((.+)\))?$/.exec(line);
    if (match === null) continue;
    const [, indent = '', part = '', methods] = match;
    branch.splice(indent.length / 4, Infinity, part);
    const path = branch.join('').replace(/:(\w+)/g, '{$1}');
    if (path.startsWith('/fhir') || methods === undefined) continue;
    for (const method of methods.split(', ')) routes.push(`${method} ${path}`);
  }
  return routes.sort();
}
