import { toHex } from '../../../primitives/bytes.js';
import { assert } from '../../../primitives/assert.js';
import { formatSeconds } from '../../../primitives/time.js';
import { decodeAccessLeaf } from '../../../contracts/access/leaf.js';
import { decodeResultData } from '../../../ledger/execution/outcome.js';
import { listAccesses, type AccessEntry } from '../../../wire/accesses.js';
import type { NodeServices } from '../../node-services.js';
import type { NamedCompartment } from '../../organisation/compartment-keys.js';
import type { StoredLeaf } from '../../projections/ledger-index/ledger-index.js';
import type { Api } from '../serve.js';
import { findOwnSubject } from '../subject-access.js';
import { receiptPath } from '../views.js';

const PAGE_ACCESSES = 50;

/** The access log of all compartments of a subject, one entry for each opening of the chart. */
export function accessRoutes(api: Api, services: NodeServices): void {
  api.serve(listAccesses, ({ principal, params, query: { before, limit = PAGE_ACCESSES } }) => {
    const subject = findOwnSubject(principal, params.subject);
    const named = principal.hosted.organisation.keys.compartmentsOf(subject);
    const openings = openingsOf(services, subject);
    const start = before === undefined ? 0 : openings.findIndex(({ place }) => compare(place, before) < 0);
    const page = start === -1 ? [] : openings.slice(start, start + limit);
    const isLast = start === -1 || start + limit >= openings.length;
    return {
      accesses: page.map(({ leaves }) => entryOf(services, leaves, named)),
      total: openings.length,
      next: isLast ? null : (page.at(-1)?.place ?? null),
      evidence: services.ledgerIndex.compartments(subject).map((compartment) => ({
        compartment: toHex(compartment),
        code: codeOf(named, compartment),
        href: `/api/v1/evidence/log/access/${toHex(subject)}/${toHex(compartment)}`,
      })),
    };
  });
}

interface Opening {
  /** `height-transaction-call`. */
  readonly place: string;
  readonly leaves: StoredLeaf[];
}

/** Newest first. */
function openingsOf({ ledgerIndex }: NodeServices, subject: Uint8Array): Opening[] {
  const openings = new Map<string, Opening>();
  for (const compartment of ledgerIndex.compartments(subject)) {
    for (const leaf of ledgerIndex.leaves('access', subject, compartment)) {
      const place = `${leaf.height}-${leaf.transactionIndex}-${leaf.callIndex}`;
      const opening = openings.get(place);
      if (opening === undefined) openings.set(place, { place, leaves: [leaf] });
      else opening.leaves.push(leaf);
    }
  }
  return [...openings.values()].sort((a, b) => compare(b.place, a.place));
}

function compare(a: string, b: string): number {
  const [first, second] = [a.split('-').map(Number), b.split('-').map(Number)];
  for (const [index, part] of first.entries()) {
    const difference = part - (second[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function entryOf(
  { application }: NodeServices,
  leaves: readonly StoredLeaf[],
  named: readonly NamedCompartment[],
): AccessEntry {
  const entries = leaves.map((leaf) => ({ leaf, entry: decodeAccessLeaf(leaf.bytes) }));
  const [first] = entries;
  assert(first !== undefined, 'an opening has at least one compartment');
  const { access, organisation, actor, purpose, time } = first.entry;
  const { height, transactionIndex, callIndex: call } = first.leaf;
  const result = application.executedBlock(height)?.results[transactionIndex];
  assert(result !== undefined, 'what is indexed was executed');
  const transaction = toHex(decodeResultData(result.data).transactionId);
  return {
    access: toHex(access),
    organisation,
    actor: actor === null ? null : toHex(actor),
    purpose,
    time: formatSeconds(time),
    compartments: entries.map(({ leaf, entry }) => ({
      compartment: toHex(leaf.compartment),
      code: codeOf(named, leaf.compartment),
      basis: entry.basis,
      grant: entry.grant === null ? null : toHex(entry.grant),
      until: formatSeconds(entry.until),
      index: leaf.position,
    })),
    transaction,
    call,
    receipt: receiptPath(transaction, call),
  };
}

function codeOf(named: readonly NamedCompartment[], compartment: Uint8Array): string | null {
  return named.find(({ id }) => toHex(id) === toHex(compartment))?.code ?? null;
}
