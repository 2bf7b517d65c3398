import * as accesses from '../../src/wire/accesses.js';
import * as apiKeys from '../../src/wire/api-keys.js';
import type { Endpoint } from '../../src/wire/endpoint.js';
import * as grants from '../../src/wire/grants.js';
import * as imports from '../../src/wire/imports.js';
import * as indexRebuild from '../../src/wire/index-rebuild.js';
import * as ledger from '../../src/wire/ledger.js';
import * as node from '../../src/wire/node.js';
import * as operations from '../../src/wire/operations.js';
import * as subjects from '../../src/wire/subjects.js';

/** Every endpoint that the wire layer declares. */
export const ENDPOINTS: readonly Endpoint[] = [
  accesses,
  apiKeys,
  grants,
  imports,
  indexRebuild,
  ledger,
  node,
  operations,
  subjects,
].flatMap((module) => Object.values(module).filter(isEndpoint));

function isEndpoint(value: unknown): value is Endpoint {
  return typeof value === 'object' && value !== null && 'path' in value && 'method' in value;
}
