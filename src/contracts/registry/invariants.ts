import { toHex } from '../../primitives/bytes.js';
import type { Party } from '../kernel/caller.js';
import { idOfText, type Invariant, type WholeState } from '../kernel/invariants.js';
import { registryState, type KeyRecord } from './state.js';

export const registryInvariants: readonly Invariant[] = [
  {
    statement: 'The number of organisations is the number that a majority is counted against.',
    holds: (state) => {
      const [counted] = state.entries('registry', registryState.organisationCount);
      return counted?.value === state.entries('registry', registryState.organisations).length;
    },
  },
  {
    statement: 'The live keys that are counted for a party are its keys that sign.',
    holds: (state) => {
      const counted = new Map(state.entries('registry', registryState.liveKeys).map(({ id, value }) => [id, value]));
      const signing = signingKeysByParty(state);
      return [...new Set([...counted.keys(), ...signing.keys()])].every(
        (party) => (counted.get(party) ?? 0) === (signing.get(party) ?? 0),
      );
    },
  },
  {
    statement: 'Every organisation and every subject has a key that signs.',
    holds: (state) => {
      const signing = signingKeysByParty(state);
      const organisations = state.entries('registry', registryState.organisations).map(({ id }) => id);
      const subjects = state.entries('registry', registryState.subjects).map(({ id }) => id);
      return (
        organisations.every((id) => (signing.get(KIND_IDS.organisation + id) ?? 0) > 0) &&
        subjects.every((id) => (signing.get(KIND_IDS.subject + id) ?? 0) > 0)
      );
    },
  },
  {
    statement: 'A subject is offered to one key at most, which is nobody’s, and only while it has a steward.',
    holds: (state) => {
      const keys = new Set(state.entries('registry', registryState.keys).map(({ id }) => id));
      const offered = state.entries('registry', registryState.subjects).flatMap(({ id, value }) => {
        if (value.offeredTo === null) return [];
        return [{ subject: id, key: toHex(value.offeredTo), isCustodial: value.steward !== null }];
      });
      const offers = state.entries('registry', registryState.offers);
      const subjectByKey = new Map(offers.map(({ id, value }) => [id, toHex(value)]));
      return (
        offered.length === offers.length &&
        offered.every(({ subject, key, isCustodial }) => {
          return isCustodial && subjectByKey.get(key) === subject && !keys.has(key);
        })
      );
    },
  },
  {
    statement: 'Stewards, those who vouch and those who approve are members; who is proposed is none yet.',
    holds: (state) => {
      const members = new Set(state.entries('registry', registryState.organisations).map(({ id }) => id));
      const isMember = (organisation: string): boolean => members.has(idOfText(organisation));
      const proposals = state.entries('registry', registryState.proposals);
      return (
        state
          .entries('registry', registryState.subjects)
          .every(({ value }) => value.steward === null || isMember(value.steward)) &&
        state.entries('registry', registryState.members).every(({ value }) => isMember(value.organisation)) &&
        proposals.every(({ id, value }) => {
          const { approvals } = value;
          return !members.has(id) && approvals.every(isMember) && new Set(approvals).size === approvals.length;
        })
      );
    },
  },
];

/** As {@link registryState.liveKeys} counts them. */
function signingKeysByParty(state: WholeState): Map<string, number> {
  const generations = new Map(
    state.entries('registry', registryState.subjects).map(({ id, value }) => [id, value.generation]),
  );
  const counts = new Map<string, number>();
  for (const { value } of state.entries('registry', registryState.keys)) {
    if (!signs(value, generations)) continue;
    const id = partyId(value.party);
    counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  return counts;
}

function signs({ party, revokedAt, generation }: KeyRecord, generations: ReadonlyMap<string, number>): boolean {
  return revokedAt === null && (party.kind !== 'subject' || generations.get(toHex(party.id)) === generation);
}

const KIND_IDS = { organisation: idOfText('organisation'), subject: idOfText('subject') };

function partyId(party: Party): string {
  const id = party.kind === 'organisation' ? idOfText(party.id) : toHex(party.id);
  return idOfText(party.kind) + id;
}
