import { Type, type Static } from 'typebox';
import { ORGANISATION_ROLES } from '../contracts/registry/state.js';
import type { TrustRootJson } from '../ledger/block/trust-root.js';
import { json, type Endpoint } from './endpoint.js';
import { count, digest, hexBytes, instant, nullable, object, organisationId } from './values.js';

export const nodeStatusSchema = object({
  version: Type.String(),
  startedAt: instant,
  uptimeSeconds: count,
  chain: object({
    id: Type.String(),
    height: count,
    time: nullable(instant),
    appHash: digest,
    /** What members compare before they start; null where the node was not told. */
    genesisHash: nullable(digest),
    validatorsHash: digest,
  }),
  /** Organisations that this node serves. */
  organisations: Type.Array(object({ id: organisationId, indexHeight: count })),
  vault: object({ objects: count, bytes: count, erased: count }),
  ready: Type.Boolean(),
});

export type NodeStatus = Static<typeof nodeStatusSchema>;

export const getStatus = {
  id: 'getStatus',
  method: 'GET',
  path: '/api/v1/status',
  access: 'public',
  group: 'node',
  summary: 'What this node is and how far it is',
  reply: json(nodeStatusSchema),
} as const satisfies Endpoint;

export const getTrust = {
  id: 'getTrust',
  method: 'GET',
  path: '/api/v1/trust',
  access: 'public',
  group: 'node',
  summary: 'Trust root for offline verification; compare it with another member’s',
  reply: json(
    Type.Unsafe<TrustRootJson>(
      Type.Object({
        chainId: Type.String(),
        validators: Type.Unknown(),
        validatorsHash: digest,
        height: Type.Optional(Type.Integer({ minimum: 1 })),
      }),
    ),
  ),
} as const satisfies Endpoint;

export const organisationSchema = object({
  id: organisationId,
  name: Type.String(),
  roles: Type.Array(Type.Enum([...ORGANISATION_ROLES])),
  admittedAt: instant,
  /** X-Wing public key to which grants seal the keys. */
  sealingKey: hexBytes,
  /** Whether this node serves it. */
  hosted: Type.Boolean(),
});

export type OrganisationView = Static<typeof organisationSchema>;

export const listOrganisations = {
  id: 'listOrganisations',
  method: 'GET',
  path: '/api/v1/organisations',
  access: 'public',
  group: 'node',
  summary: 'Member organisations of the consortium',
  reply: json(object({ organisations: Type.Array(organisationSchema) })),
} as const satisfies Endpoint;

/** JSON Schema 2020-12; byte strings are marked `format: hex` with their `length` in bytes. */
const jsonSchema = Type.Unsafe<Readonly<Record<string, unknown>>>(Type.Object({}));

export const contractSchema = object({
  name: Type.String(),
  reads: Type.Array(Type.String()),
  methods: Type.Array(
    object({ name: Type.String(), summary: Type.String(), arguments: jsonSchema, result: jsonSchema }),
  ),
  errors: Type.Array(object({ code: Type.String(), meaning: Type.String() })),
});

export type ContractView = Static<typeof contractSchema>;

export const listContracts = {
  id: 'listContracts',
  method: 'GET',
  path: '/api/v1/contracts',
  access: 'public',
  group: 'node',
  summary: 'The contracts: methods, their arguments, and what they reject',
  reply: json(object({ contracts: Type.Array(contractSchema) })),
} as const satisfies Endpoint;
