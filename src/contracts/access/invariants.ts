import { consentState } from '../consent/state.js';
import type { Invariant } from '../kernel/invariants.js';
import { isLogHead } from '../kernel/log.js';
import { accessState } from './state.js';

export const accessInvariants: readonly Invariant[] = [
  {
    statement: 'Every log belongs to an open compartment and has at least one entry, and its hashes fit its size.',
    holds: (state) => {
      const compartments = new Set(state.entries('consent', consentState.compartments).map(({ id }) => id));
      return state
        .entries('access', accessState.logs)
        .every(({ id, value }) => compartments.has(id) && isLogHead(value));
    },
  },
];
