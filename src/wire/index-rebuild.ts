import { Type, type Static } from 'typebox';
import { lines, type Endpoint } from './endpoint.js';
import { problemSchema } from './problem.js';
import { count, object } from './values.js';

export const rebuildProgressSchema = Type.Union([
  object({ type: Type.Literal('progress'), height: count, of: count }),
  object({ type: Type.Literal('done'), height: count }),
  object({ type: Type.Literal('failed'), problem: problemSchema }),
]);

export type RebuildProgress = Static<typeof rebuildProgressSchema>;

export const rebuildIndex = {
  id: 'rebuildIndex',
  method: 'POST',
  path: '/api/v1/index/rebuild',
  access: 'admin',
  group: 'administration',
  summary: 'Empty the organisation’s index and fill it again from ledger, vault and keys',
  reply: lines(rebuildProgressSchema),
} as const satisfies Endpoint;
