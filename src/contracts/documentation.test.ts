import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { contracts } from './contracts.js';
import type { Contract } from './kernel/contract.js';
import { KERNEL_ERRORS } from './kernel/errors.js';

const documented: readonly Pick<Contract, 'name' | 'messages' | 'errors'>[] = [
  ...Object.values(contracts),
  { name: 'kernel', messages: {}, errors: KERNEL_ERRORS },
];

describe.each(documented.map((contract) => [contract.name, contract] as const))('README of %s', (name, contract) => {
  const readme = readFileSync(new URL(`${name}/README.md`, import.meta.url), 'utf8');
  const rowByName = new Map(
    readme.split('\n').flatMap((line) => {
      const named = /^\| `([^`]+)`/.exec(line)?.[1];
      return named === undefined ? [] : [[named, line] as const];
    }),
  );

  it('has a row for each message and each error, and for nothing else', () => {
    const existing = [...Object.keys(contract.messages), ...Object.keys(contract.errors)];
    expect([...rowByName.keys()].sort()).toEqual(existing.sort());
  });

  it('says of each what the source says', () => {
    const summaries = Object.entries(contract.messages).map(([method, { summary }]) => [method, summary] as const);
    for (const [key, text] of [...summaries, ...Object.entries(contract.errors)]) {
      expect(rowByName.get(key)).toContain(text);
    }
  });
});
