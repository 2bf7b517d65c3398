/*
 * Leaves of a compartment's access log:
 *
 *   access = ["cairn/access/1", access id (16), organisation, practitioner or device (16) | null, purpose, basis,
 *             grant id (16) | null, time, until]
 */
import * as z from 'zod';
import { decodeCbor, encodeCbor } from '../../primitives/cbor.js';
import { CairnError } from '../../primitives/errors.js';
import { PURPOSES, type Purpose } from '../consent/state.js';
import { organisationId, pseudonym, time } from '../kernel/schema.js';

const ACCESS = 'cairn/access/1';

/** On what ground a chart is opened: a live grant; what the organisation itself wrote; an emergency. */
export const ACCESS_BASES = ['grant', 'author', 'emergency'] as const;

export type AccessBasis = (typeof ACCESS_BASES)[number];

export interface AccessLeaf {
  readonly access: Uint8Array;
  readonly organisation: string;
  /** Pseudonym of the practitioner or device. */
  readonly actor: Uint8Array | null;
  readonly purpose: Purpose;
  readonly basis: AccessBasis;
  readonly grant: Uint8Array | null;
  /** Block time, Unix seconds. */
  readonly time: number;
  /** End of the session, exclusive. */
  readonly until: number;
}

export function encodeAccessLeaf(leaf: AccessLeaf): Uint8Array {
  const { access, organisation, actor, purpose, basis, grant, time, until } = leaf;
  return encodeCbor([ACCESS, access, organisation, actor, purpose, basis, grant, time, until]);
}

/** @throws CairnError `access.leaf-malformed` or a `cbor.*` code. */
export function decodeAccessLeaf(bytes: Uint8Array): AccessLeaf {
  const parsed = leafSchema.safeParse(decodeCbor(bytes));
  if (!parsed.success) throw new CairnError('access.leaf-malformed', 'This is not a leaf of an access log.');
  const [, access, organisation, actor, purpose, basis, grant, time, until] = parsed.data;
  return { access, organisation, actor, purpose, basis, grant, time, until };
}

const leafSchema = z.tuple([
  z.literal(ACCESS),
  pseudonym,
  organisationId,
  pseudonym.nullable(),
  z.enum(PURPOSES),
  z.enum(ACCESS_BASES),
  pseudonym.nullable(),
  time,
  time,
]);
