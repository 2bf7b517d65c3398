import type { Principal } from '../../auth/api-key-auth.js';
import type { Reader } from '../../organisation/access-sessions.js';
import type { Answer } from './answer.js';

/** Headers that change what an interaction does; an entry of a bundle has the same under other names. */
export interface Conditions {
  readonly ifMatch?: string | undefined;
  readonly ifNoneMatch?: string | undefined;
  readonly ifNoneExist?: string | undefined;
  readonly ifModifiedSince?: string | undefined;
}

/** What a write answers with (`Prefer: return=…`). */
export type Return = 'minimal' | 'representation' | 'OperationOutcome';

/** One FHIR interaction as it was asked for. */
export interface Call {
  readonly principal: Principal;
  readonly reader: Reader;
  /** Absolute URL of the FHIR base, without a slash at the end. */
  readonly base: string;
  readonly params: Readonly<Record<string, string>>;
  /** Without the question mark, still encoded. */
  readonly query: string;
  readonly conditions: Conditions;
  readonly prefer: { readonly return: Return | undefined; readonly handling: 'strict' | 'lenient' };
  /** JSON or form text, decoded. @throws FhirRejection 400 where there is none. */
  body(): string;
}

export type Handler = (call: Call) => Promise<Answer>;

export function param(call: Call, name: string): string {
  return call.params[name] ?? '';
}
