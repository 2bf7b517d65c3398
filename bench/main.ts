/*
 * npm run bench [-- --json] [suite …]
 *
 * Runs the suites one after the other, each checked for right results outside its timed part, and prints a table or JSON.
 */
import { benchFhir } from './fhir.js';
import { benchLedger } from './ledger.js';
import { benchReceipts } from './receipts.js';
import { describeMachine, markdown, verdict, type Suite } from './report.js';
import { stateTreeSuite } from './state-tree-suite.js';

const SUITES: Readonly<Record<string, () => Promise<Suite>>> = {
  fhir: benchFhir,
  ledger: benchLedger,
  receipts: benchReceipts,
  'state-tree': stateTreeSuite,
};

const wanted = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const unknown = wanted.filter((name) => SUITES[name] === undefined);
if (unknown.length > 0) {
  console.error(`There is no suite ${unknown.join(', ')}. Suites: ${Object.keys(SUITES).join(', ')}.`);
  process.exit(2);
}

const suites: Suite[] = [];
for (const [name, run] of Object.entries(SUITES)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  console.error(`${name} …`);
  suites.push(await run());
}
const machine = describeMachine();
const missed = suites.flatMap(({ figures }) => figures.filter((figure) => verdict(figure) === 'missed'));
console.log(process.argv.includes('--json') ? JSON.stringify({ machine, suites }, null, 2) : markdown(machine, suites));
if (missed.length > 0) console.error(`missed: ${missed.map(({ name }) => name).join('; ')}`);
