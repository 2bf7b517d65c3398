import type { Command } from 'commander';
import { createOutput, type Output } from './output.js';
import { globalOptions, type GlobalOptions } from './options.js';

/** What a command is given besides its own arguments and options. */
export interface ActionContext {
  readonly options: GlobalOptions;
  readonly output: Output;
}

/** Adapts a handler to commander, which passes arguments, then options, then the command. */
export function action<Arguments extends unknown[], Options>(
  handler: (context: ActionContext, options: Options, ...args: Arguments) => Promise<void>,
): (...given: unknown[]) => Promise<void> {
  return async (...given) => {
    const command = given.at(-1) as Command;
    const own = given.at(-2) as Options;
    const options = globalOptions(command);
    await handler({ options, output: createOutput(options.json) }, own, ...(given.slice(0, -2) as Arguments));
  };
}
