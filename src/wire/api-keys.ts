import { Type, type Static } from 'typebox';
import { json, type Endpoint } from './endpoint.js';
import { hex, instant, nullable, object, pseudonym } from './values.js';

const scope = Type.Enum(['read', 'write', 'admin']);
const keyId = hex(8, 'names the key; opens nothing');
const label = Type.String({ minLength: 1, maxLength: 100, description: 'for people; kept encrypted on the node' });

export const apiKeySchema = object({
  id: keyId,
  /** Pseudonym under which charts are opened. */
  practitioner: pseudonym,
  scopes: Type.Array(scope),
  label,
  createdAt: instant,
  revokedAt: nullable(instant),
});

export type ApiKeyView = Static<typeof apiKeySchema>;

export const listApiKeys = {
  id: 'listApiKeys',
  method: 'GET',
  path: '/api/v1/api-keys',
  access: 'admin',
  group: 'administration',
  summary: 'API keys of the caller’s organisation, revoked ones too',
  reply: json(object({ keys: Type.Array(apiKeySchema) })),
} as const satisfies Endpoint;

export const apiKeyRequestSchema = object({
  label,
  scopes: Type.Array(scope, { minItems: 1, uniqueItems: true }),
  /** A practitioner that the organisation vouches for, or will with this; a new one when absent. */
  practitioner: Type.Optional(pseudonym),
});

export type ApiKeyRequest = Static<typeof apiKeyRequestSchema>;

export const issueApiKey = {
  id: 'issueApiKey',
  method: 'POST',
  path: '/api/v1/api-keys',
  access: 'admin',
  group: 'administration',
  summary: 'Issue an API key for a practitioner; the token is shown this once',
  body: json(apiKeyRequestSchema),
  reply: json(object({ key: apiKeySchema, token: Type.String() }), 201),
} as const satisfies Endpoint;

export const revokeApiKey = {
  id: 'revokeApiKey',
  method: 'DELETE',
  path: '/api/v1/api-keys/:key',
  access: 'admin',
  group: 'administration',
  summary: 'Revoke an API key at once',
  params: object({ key: keyId }),
  reply: json(apiKeySchema),
} as const satisfies Endpoint;
