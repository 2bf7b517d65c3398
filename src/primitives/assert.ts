import { InvariantError } from './errors.js';

/** Throws {@link InvariantError} unless `condition` holds. For what cannot be false unless the program is wrong. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new InvariantError(message);
}

/** For the branch of a switch that the types say is never taken. */
export function assertNever(value: never): never {
  throw new InvariantError(`unexpected value: ${String(value)}`);
}
