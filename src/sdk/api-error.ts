import { CairnError } from '../primitives/errors.js';

/** Where a failure comes from, besides its code. */
export interface FailureOrigin {
  /** HTTP status; null when no answer came, or the answer was no answer of a node's. */
  readonly status: number | null;
  /** Names the request in the node's log. */
  readonly requestId?: string | null;
  /** How many seconds to wait before trying again, where the node says so. */
  readonly retryAfterSeconds?: number | null;
  readonly cause?: unknown;
}

/**
 * A request that a node did not do. `code` is the node's own (`consent.unknown-grantee`, `auth.missing`, …), or
 * `client.unreachable`, `client.unexpected-reply`.
 */
export class CairnApiError extends CairnError {
  override readonly name = 'CairnApiError';
  readonly status: number | null;
  readonly requestId: string | null;
  readonly retryAfterSeconds: number | null;

  constructor(code: string, message: string, origin: FailureOrigin) {
    super(code, message, { cause: origin.cause });
    this.status = origin.status;
    this.requestId = origin.requestId ?? null;
    this.retryAfterSeconds = origin.retryAfterSeconds ?? null;
  }
}
