import { CairnError, InvariantError } from '../../primitives/errors.js';

/** What the log keeps of an error. */
export interface LoggedError {
  readonly type: string;
  readonly code?: string;
  readonly message?: string;
  readonly at: readonly string[];
  readonly cause?: LoggedError;
}

const CAUSES_MAX = 4;

/**
 * An error as it may be logged: where it happened and of what kind. Its message only where this program wrote it, for a
 * library's may quote what it was given: a parser its text, a database its row.
 */
export function loggable(error: unknown, causesMax = CAUSES_MAX): LoggedError {
  if (!(error instanceof Error)) return { type: typeof error, at: [] };
  const isOurs = error instanceof CairnError || error instanceof InvariantError;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  return {
    type: error.name,
    ...(code === undefined ? {} : { code }),
    ...(isOurs ? { message: error.message } : {}),
    at: framesOf(error),
    ...(error.cause === undefined || causesMax === 0 ? {} : { cause: loggable(error.cause, causesMax - 1) }),
  };
}

/** A stack begins with the message, which may have several lines: only what has the form of a frame is kept. */
function framesOf({ stack = '', message }: Error): string[] {
  return stack
    .slice(stack.indexOf(message) + message.length)
    .split('\n')
    .flatMap((line) => /^ {4}at ([^\n]{1,300})$/.exec(line)?.[1] ?? []);
}
