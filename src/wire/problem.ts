import { Type, type Static } from 'typebox';
import { nullable, object } from './values.js';

/** Body of every error (RFC 9457). Callers switch on `code`; `message` says what to do and never holds health data. */
export const problemSchema = object({
  status: Type.Integer({ minimum: 400, maximum: 599 }),
  code: Type.String({ description: 'stable: auth.missing, consent.unknown-grantee, …' }),
  message: Type.String(),
  /** Name of the request in the node's log. */
  requestId: nullable(Type.String()),
});

export type Problem = Static<typeof problemSchema>;
