/**
 * An expected failure. Callers switch on `code`, which is stable; the message is for people and says what to do.
 * Neither carries health data, names or secrets.
 */
export class CairnError extends Error {
  override readonly name: string = 'CairnError';

  constructor(
    /** Stable, dotted, lower case: `cbor.not-canonical`, `consent.no-live-grant`. */
    readonly code: string,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}

/** A broken invariant: a defect of this program or of its storage, never of its input. Whoever meets it stops the node. */
export class InvariantError extends Error {
  override readonly name = 'InvariantError';
}
