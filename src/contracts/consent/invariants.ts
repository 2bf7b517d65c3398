import { toHex } from '../../primitives/bytes.js';
import { idOfText, type Invariant } from '../kernel/invariants.js';
import { registryState } from '../registry/state.js';
import { hasNotEnded } from './context.js';
import { consentState, GRANTS_PER_COMPARTMENT_MAX } from './state.js';

export const consentInvariants: readonly Invariant[] = [
  {
    statement: 'A compartment’s epoch is the number of its key commitments, one for each epoch from 1.',
    holds: (state) => {
      const commitments = new Set(state.entries('consent', consentState.epochs).map(({ id }) => id));
      let expected = 0;
      const areThere = state.entries('consent', consentState.compartments).every(({ id, value }) => {
        expected += value.epoch;
        for (let epoch = 1; epoch <= value.epoch; epoch += 1) {
          if (!commitments.has(id + epoch.toString(16).padStart(16, '0'))) return false;
        }
        return value.epoch >= 1;
      });
      return areThere && commitments.size === expected;
    },
  },
  {
    statement: 'A compartment lists its own grants, none revoked, none twice, no more than are allowed.',
    holds: (state) => {
      const grants = new Map(state.entries('consent', consentState.grants).map(({ id, value }) => [id, value]));
      return state.entries('consent', consentState.compartments).every(({ id, value }) => {
        const listed = value.grants.map(toHex);
        return (
          listed.length <= GRANTS_PER_COMPARTMENT_MAX &&
          new Set(listed).size === listed.length &&
          listed.every((grantId) => {
            const grant = grants.get(grantId);
            if (grant === undefined) return false;
            return grant.revokedAt === null && toHex(grant.subject) + toHex(grant.compartment) === id;
          })
        );
      });
    },
  },
  {
    statement: 'A grant that has not ended is in its compartment’s list.',
    holds: (state, time) => {
      const listed = new Set(
        state.entries('consent', consentState.compartments).flatMap(({ value }) => value.grants.map(toHex)),
      );
      return state
        .entries('consent', consentState.grants)
        .every(({ id, value }) => !hasNotEnded(value, time) || listed.has(id));
    },
  },
  {
    statement: 'A grant’s window and its data window are not empty, and its grantee is a member.',
    holds: (state) => {
      const members = new Set(state.entries('registry', registryState.organisations).map(({ id }) => id));
      return state.entries('consent', consentState.grants).every(({ value }) => {
        const { from, until, dataFrom, dataUntil, grantee } = value;
        const hasData = dataFrom === null || dataUntil === null || dataFrom < dataUntil;
        return from < until && hasData && members.has(idOfText(grantee));
      });
    },
  },
  {
    statement: 'Compartments and representatives belong to registered subjects, and nobody represents itself.',
    holds: (state) => {
      const subjects = new Set(state.entries('registry', registryState.subjects).map(({ id }) => id));
      return (
        state.entries('consent', consentState.compartments).every(({ id }) => subjects.has(id.slice(0, SUBJECT_HEX))) &&
        state.entries('consent', consentState.representatives).every(({ id }) => {
          const [subject, representative] = [id.slice(0, SUBJECT_HEX), id.slice(SUBJECT_HEX)];
          return subject !== representative && subjects.has(subject) && subjects.has(representative);
        })
      );
    },
  },
];

/** Hexadecimal digits of a pseudonym. */
const SUBJECT_HEX = 32;
