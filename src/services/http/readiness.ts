import { CairnError } from '../../primitives/errors.js';
import type { NodeServices } from '../node-services.js';

/** An index follows the ledger within moments; further behind it is being rebuilt, or has failed. */
const LAG_BLOCKS_MAX = 128;

/** Why the node should get no requests now; undefined when it should. */
export function notReady({ driver, application, ledgerIndex, organisations }: NodeServices): CairnError | undefined {
  const { height } = application.info();
  if (driver.failure !== undefined) return driver.failure;
  if (height - ledgerIndex.height > LAG_BLOCKS_MAX) return behind('The ledger index');
  for (const [id, { organisation }] of organisations) {
    if (height - organisation.index.height > LAG_BLOCKS_MAX) return behind(`The index of ${id}`);
  }
  return undefined;
}

function behind(what: string): CairnError {
  return new CairnError('node.not-ready', `${what} is behind the ledger. Wait, or rebuild it: cairn index rebuild.`);
}
