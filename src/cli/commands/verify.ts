import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { CairnError } from '../../primitives/errors.js';
import { trustRoot, trustRootFromJson, type TrustRoot } from '../../ledger/block/trust-root.js';
import { loadConfig } from '../../node/config.js';
import { openDataFolder } from '../../node/data-folder.js';
import { readGenesis } from '../../node/genesis-file.js';
import { nodeCrypto } from '../../platform/node-crypto.js';
import { verifyEvidence } from '../../verify/verify-evidence.js';
import { action, type ActionContext } from '../action.js';
import { describeEvidence } from '../describe-evidence.js';

interface VerifyOptions {
  readonly trust?: string;
}

/** Needs no node: only the file and the validators one trusts. */
export function addVerifyCommand(program: Command): void {
  program
    .command('verify')
    .description('verify receipts and evidence offline')
    .argument('<files...>', 'receipts or evidence files')
    .option(
      '--trust <file>',
      'trust root (JSON, from `cairn status --trust` of a member you trust); default: the data folder’s genesis',
    )
    .addHelpText(
      'after',
      '\nExit code 0: every file is valid. 4: at least one is not.\n\nExample:\n  cairn verify --trust trust.json *.receipt',
    )
    .action(
      action<[string[]], VerifyOptions>((context, own, files) => {
        verifyFiles(context, loadTrust(context, own), files);
        return Promise.resolve();
      }),
    );
}

function verifyFiles({ output }: ActionContext, trust: TrustRoot, files: readonly string[]): void {
  const results = files.map((file) => verifyFile(trust, file));
  output.result(results, () => results.map(({ file, text }) => `${file}: ${text}`).join('\n'));
  const failed = results.find(({ valid }) => !valid);
  if (failed !== undefined) throw new CairnError('receipt.not-valid', `${failed.file} is not valid.`);
}

function verifyFile(trust: TrustRoot, file: string): { file: string; valid: boolean; code?: string; text: string } {
  try {
    const evidence = verifyEvidence(nodeCrypto, trust, readFileSync(file));
    return { file, valid: true, text: `valid\n${describeEvidence(evidence)}` };
  } catch (error) {
    if (error instanceof CairnError)
      return { file, valid: false, code: error.code, text: `NOT valid: ${error.message} (${error.code})` };
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new CairnError('usage.file', `${file} cannot be read (${code}).`, { cause: error });
  }
}

function loadTrust({ options }: ActionContext, { trust }: VerifyOptions): TrustRoot {
  if (trust !== undefined) return trustRootFromJson(nodeCrypto, readJson(trust));
  const { data } = loadConfig({ file: options.config, flags: { data: options.data }, environment: process.env });
  const { genesis } = readGenesis(nodeCrypto, openDataFolder(data).genesis);
  return trustRoot(nodeCrypto, genesis.chainId, genesis.validators);
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new CairnError('trust-root.malformed', `${file} cannot be read as JSON.`, { cause });
  }
}
