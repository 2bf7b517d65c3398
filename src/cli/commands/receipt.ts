import { writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { action } from '../action.js';
import { withSession } from '../session.js';

/** Fetches the file that proves a call to anybody, offline. */
export function addReceiptCommand(program: Command): void {
  program
    .command('receipt')
    .description('write the receipt of a call of a transaction to a file')
    .argument('<transaction>', 'transaction id')
    .argument('[call]', 'index of the call', '0')
    .option('-f, --file <file>', 'where to (default <first digits>-<call>.receipt)')
    .addHelpText('after', '\nExample:\n  cairn receipt 3f2a… 0 -f grant.receipt && cairn verify grant.receipt')
    .action(
      action<[string, string], { file?: string }>(async ({ options, output }, own, transaction, call) => {
        const receipt = await withSession(options, ({ client }) => client.ledger.receipt(transaction, Number(call)));
        const file = own.file ?? `${transaction.slice(0, 12)}-${call}.receipt`;
        writeFileSync(file, receipt);
        output.result({ file, bytes: receipt.length }, () => `${file} (${receipt.length} bytes)`);
      }),
    );
}
