import { strict as assert } from 'node:assert';
import { benchStateTree } from './state-tree.js';
import type { Suite } from './report.js';

/** The headline of the state tree: what an update costs with a million keys, against ten thousand. */
export async function stateTreeSuite(): Promise<Suite> {
  const results = await benchStateTree();
  const small = results[0];
  const large = results.at(-1);
  assert(small !== undefined && large !== undefined);
  const costOf = (result: typeof small, updates: number): number => {
    const batch = result.batches.find((candidate) => candidate.updates === updates);
    assert(batch !== undefined);
    return batch.medianMicroseconds;
  };
  const ratio = costOf(large, 1000) / costOf(small, 1000);
  const figures = large.batches.map(({ updates, medianMicroseconds }) => ({
    name: `state update, ${large.keys.toLocaleString('en-GB')} keys, ${updates} a commit`,
    value: medianMicroseconds,
    unit: 'µs',
    beside: `with ${small.keys.toLocaleString('en-GB')} keys: ${costOf(small, updates).toPrecision(3)} µs`,
  }));
  return {
    name: 'state-tree',
    figures: [
      { name: 'cost of a state update at 1,000,000 keys : at 10,000', value: ratio, unit: '×', target: { atMost: 2 } },
      ...figures,
    ],
  };
}
