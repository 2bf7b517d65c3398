import type { DatabaseWrite } from './database.js';

/** A change of one application key; `value: undefined` deletes. At most one change a key in one list. */
export interface StateChange {
  /** One byte or more. */
  readonly key: Uint8Array;
  readonly value: Uint8Array | undefined;
}

/** What {@link StateStore.stage} computed: opaque but for its root. Valid until the next commit. */
export interface StagedChanges {
  readonly root: Uint8Array;
}

/**
 * The ordered key-value state and its authenticated tree. The root depends on the current content alone: not on
 * history, height, page layout or the order of changes.
 *
 * While a commit is under way every reader sees the version before it, except a {@link range} begun then, which may see
 * either.
 */
export interface StateStore {
  /** Height of the last commit; 0 before the first. */
  readonly height: number;
  /** Root after the last commit, 32 bytes; `EMPTY_ROOT` when there is no key. */
  readonly root: Uint8Array;
  /** @throws CairnError `state.corrupt` when the database does not have the value that the tree holds. */
  get(key: Uint8Array): Uint8Array | undefined;
  /** Application keys under `prefix`, ascending bytewise. Unlike {@link get}, it cannot tell that one is missing. */
  range(prefix: Uint8Array): AsyncIterable<readonly [key: Uint8Array, value: Uint8Array]>;
  /**
   * Computes the root that the changes lead to. Persists nothing; may be called again and thrown away.
   * @throws CairnError `state.corrupt`
   */
  stage(changes: readonly StateChange[]): StagedChanges;
  /**
   * Makes staged changes durable as version `height` (> {@link height}), in one atomic write together with `extra`
   * (the caller's own keys in other key spaces), and keeps what a rollback of one height needs. When it fails, nothing
   * has changed.
   */
  commit(staged: StagedChanges, height: number, extra?: readonly DatabaseWrite[]): Promise<void>;
  /** Goes back to the version before the last commit; once. `extra` is written with it. Throws `state.no-rollback` when there is none. */
  rollback(extra?: readonly DatabaseWrite[]): Promise<void>;
  /**
   * ICS23 commitment proof (protobuf bytes) that `key` has its current value, or that it is absent, against {@link root}.
   * Checked by `verifyStateProof` of `tree/verify-proof.ts`.
   * @throws CairnError `state.corrupt`
   */
  prove(key: Uint8Array): Uint8Array;
}
