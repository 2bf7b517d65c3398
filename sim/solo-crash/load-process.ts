/*
 * What the crash test kills: the solo driver on LevelDB under load. Prints "open" when it takes transactions, then a line for
 * each that it has acknowledged: id, height, index, digest of the result.
 *
 * node load-process.mjs ‹folder›
 */
import { writeSync } from 'node:fs';
import { openLevelDatabase } from '../../src/platform/level-database.js';
import { openTestLedger } from '../../testkit/ledger.js';
import { submitWithoutEnd } from './load.js';

const [, , folder] = process.argv;
if (folder === undefined) throw new Error('usage: load-process ‹folder›');
const clock = {
  get seconds() {
    return Math.floor(Date.now() / 1000);
  },
};
const ledger = await openTestLedger({ database: await openLevelDatabase(folder), clock });
writeSync(1, 'open\n');
await submitWithoutEnd(ledger, {
  workers: 64,
  onAcknowledged: ({ id, height, index, result }) => void writeSync(1, `${id} ${height} ${index} ${result}\n`),
});
