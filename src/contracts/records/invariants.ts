import { consentState } from '../consent/state.js';
import type { Invariant } from '../kernel/invariants.js';
import { isLogHead } from '../kernel/log.js';
import { recordsState } from './state.js';

export const recordsInvariants: readonly Invariant[] = [
  {
    statement: 'Every log belongs to an open compartment and has at least one entry, and its hashes fit its size.',
    holds: (state) => {
      const compartments = new Set(state.entries('consent', consentState.compartments).map(({ id }) => id));
      return state
        .entries('records', recordsState.logs)
        .every(({ id, value }) => compartments.has(id) && isLogHead(value));
    },
  },
  {
    statement: 'Who is an author of a compartment has written into its log.',
    holds: (state) => {
      const sizes = new Map(state.entries('records', recordsState.logs).map(({ id, value }) => [id, value.size]));
      const authors = state.entries('records', recordsState.authors);
      return authors.every(({ id }) => (sizes.get(id.slice(0, COMPARTMENT_HEX)) ?? 0) > 0);
    },
  },
];

/** Hexadecimal digits of a subject and its compartment. */
const COMPARTMENT_HEX = 64;
