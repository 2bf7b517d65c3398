#!/usr/bin/env -S node --max-semi-space-size=64
import { Command, CommanderError } from 'commander';
import { CairnError } from '../primitives/errors.js';
import { addAccessCommand } from './commands/access.js';
import { addBenchCommand } from './commands/bench.js';
import { addConsentCommand } from './commands/consent.js';
import { addDemoCommand } from './commands/demo.js';
import { addImportCommand } from './commands/import.js';
import { addIndexCommand } from './commands/index-rebuild.js';
import { addInitCommand } from './commands/init.js';
import { addKeyCommand } from './commands/key.js';
import { addReceiptCommand } from './commands/receipt.js';
import { addStatusCommand } from './commands/status.js';
import { addSubjectCommand } from './commands/subject.js';
import { addUpCommand } from './commands/up.js';
import { addVerifyCommand } from './commands/verify.js';
import { VERSION } from '../node/serve.js';
import { EXIT_CODES, exitCodeOf } from './exit-codes.js';
import { addGlobalOptions } from './options.js';

const program = addGlobalOptions(new Command('cairn'))
  .version(VERSION)
  .description('Cairn: a health ledger that its members run together')
  .showHelpAfterError('(add --help for help)')
  .exitOverride()
  .addHelpText(
    'after',
    [
      '',
      'Configuration: cairn.json in the data folder, then flags, then CAIRN_… variables; the later wins.',
      'Exit codes: 0 done; 1 failed; 2 wrong usage; 3 refused: by policy, a contract, or as there is no such thing; 4 not verified; 5 no node to talk to,',
      '  or the data folder is in use; 130 interrupted.',
      '',
      'Start here:  cairn up --demo   (from a checkout: npx cairn up --demo)',
    ].join('\n'),
  );

for (const add of [
  addUpCommand,
  addInitCommand,
  addImportCommand,
  addSubjectCommand,
  addConsentCommand,
  addAccessCommand,
  addReceiptCommand,
  addVerifyCommand,
  addIndexCommand,
  addStatusCommand,
  addKeyCommand,
  addDemoCommand,
  addBenchCommand,
]) {
  add(program);
}

// Whoever reads the output may stop early, as `head` does.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit();
    throw error;
  });
}

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = report(error);
}

/** Expected errors print a message and what to do; anything else prints its stack, for it is a defect. */
function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_CODES.ok : EXIT_CODES.usage;
  if (error instanceof CairnError) process.stderr.write(`cairn: ${error.message} [${error.code}]\n`);
  else
    process.stderr.write(
      `cairn: this is a defect of the program.\n${error instanceof Error ? (error.stack ?? '') : String(error)}\n`,
    );
  return exitCodeOf(error);
}
