import { expect, it } from 'vitest';
import { describeImport } from './describe-import.js';

const refusal = (index: number) => ({
  index,
  type: 'Observation',
  issues: [{ code: 'required', diagnostics: 'is required', expression: 'Observation.status' }],
});

it('says what became of each file', () => {
  const files = [
    { name: 'a.json', accepted: 2, unchanged: 1, refused: [refusal(4)], unreadable: null },
    {
      name: 'b.json',
      accepted: 0,
      unchanged: 0,
      refused: [],
      unreadable: [{ code: 'structure', diagnostics: 'is not JSON', expression: null }],
    },
  ];
  expect(describeImport({ accepted: 2, unchanged: 1, refused: 1, notReached: 3, files })).toBe(
    [
      'a.json: 2 accepted, 1 unchanged, 1 refused',
      '  5. Observation: Observation.status: is required',
      'b.json: refused',
      '  is not JSON',
      '2 files: 2 accepted, 1 unchanged, 1 refused; 3 of 5 files not finished',
    ].join('\n'),
  );
});

it('shows the first twenty refusals of a file', () => {
  const refused = Array.from({ length: 30 }, (_, index) => refusal(index));
  const files = [{ name: 'a.json', accepted: 0, unchanged: 0, refused, unreadable: null }];
  const lines = describeImport({ accepted: 0, unchanged: 0, refused: 30, notReached: 0, files }).split('\n');
  expect(lines).toHaveLength(23);
  expect(lines[21]).toBe('  and 10 more: see --json');
});
