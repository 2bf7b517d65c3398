import { expect, it } from 'vitest';
import { CairnError, InvariantError } from '../primitives/errors.js';
import { CairnApiError } from '../sdk/api-error.js';
import { exitCodeOf } from './exit-codes.js';

it.each([
  ['receipt.not-valid', 4],
  ['light.wrong-validators', 4],
  ['import.refused', 3],
  ['import.interrupted', 130],
  ['config.insecure', 2],
  ['usage.file', 2],
  ['database.locked', 5],
  ['database.corrupt', 1],
  ['node.not-set-up', 1],
])('%s ends with %i', (code, exit) => {
  expect(exitCodeOf(new CairnError(code, ''))).toBe(exit);
});

it.each([
  ['consent.unknown-grantee', 404, 3],
  ['receipt.unknown-transaction', 404, 3],
  ['auth.invalid', 401, 3],
  ['request.invalid', 400, 2],
  ['time.malformed', 400, 2],
  ['vault.corrupt', 500, 1],
  ['client.unreachable', null, 5],
])('%s from a node, status %s, ends with %i', (code, status, exit) => {
  expect(exitCodeOf(new CairnApiError(code, '', { status }))).toBe(exit);
});

it('ends with 1 after a defect', () => {
  expect(exitCodeOf(new InvariantError('no'))).toBe(1);
});
