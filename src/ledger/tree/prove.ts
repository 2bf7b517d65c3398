import { encodeCommitmentProof, type ExistenceProof, type InnerOp } from './ics23.js';
import type { LeafPage, Sibling } from './leaf-page.js';
import { INNER_PREFIX } from './node-hash.js';
import { childPath, FANOUT, nibbleAt, type PagePath } from './page-path.js';
import type { InnerPage } from './inner-page.js';
import { HASH_OP, STATE_PROOF_SPEC } from './proof-spec.js';
import type { StateTree } from './state-tree.js';

/**
 * ICS23 commitment proof (protobuf) that a key has its value hash in the current version, or that it is absent. An empty
 * tree has no neighbours to show: its proof of absence is the bare key, and the root itself says the rest.
 * @throws CairnError `state.corrupt`
 */
export function proveKey(tree: StateTree, treeKey: Uint8Array): Uint8Array {
  const place = locate(tree, treeKey);
  if (place.leaf?.page.hasAt(place.leaf.index, treeKey) === true) {
    return encodeCommitmentProof({ kind: 'exist', exist: existenceAt(tree, place, place.leaf) });
  }
  const left = neighbour(tree, place, 'left');
  const right = neighbour(tree, place, 'right');
  return encodeCommitmentProof({ kind: 'nonexist', nonexist: { key: treeKey, left, right } });
}

/** An inner page on the way down, and the child that the way goes through, or would if it were there. */
interface Step {
  readonly path: PagePath;
  readonly page: InnerPage;
  readonly nibble: number;
}

interface LeafPlace {
  readonly page: LeafPage;
  /** Of the entry, or where it would be inserted. */
  readonly index: number;
}

/** Where a key is or would be. */
interface Place {
  readonly steps: readonly Step[];
  /** Undefined when the way ends at an absent child. */
  readonly leaf: LeafPlace | undefined;
}

function locate(tree: StateTree, treeKey: Uint8Array): Place {
  const steps: Step[] = [];
  let path: PagePath = '';
  let page = tree.rootPage();
  while (page?.kind === 'inner') {
    const nibble = nibbleAt(treeKey, 0, path.length);
    steps.push({ path, page, nibble });
    const hash = page.child(nibble);
    path = childPath(path, nibble);
    page = hash === undefined ? undefined : tree.page(path, hash);
  }
  return { steps, leaf: page === undefined ? undefined : { page, index: page.lowerBound(treeKey) } };
}

/** Proof of the nearest entry on one side of a place without entry. */
function neighbour(tree: StateTree, { steps, leaf }: Place, side: 'left' | 'right'): ExistenceProof | undefined {
  if (leaf !== undefined) {
    const index = side === 'left' ? leaf.index - 1 : leaf.index;
    if (index >= 0 && index < leaf.page.count) return existenceAt(tree, { steps, leaf }, { page: leaf.page, index });
  }
  for (let depth = steps.length - 1; depth >= 0; depth--) {
    const { path, page, nibble } = steps[depth] as Step;
    const beside = page.childBeside(nibble, side);
    if (beside !== undefined) return outermost(tree, steps.slice(0, depth), { path, page, nibble: beside }, side);
  }
  return undefined;
}

/** Proof of the last entry (on the left side of a place) or first entry (on its right) below a step. */
function outermost(tree: StateTree, above: readonly Step[], from: Step, side: 'left' | 'right'): ExistenceProof {
  const steps = [...above, from];
  let step = from;
  for (;;) {
    const path = childPath(step.path, step.nibble);
    const page = tree.page(path, step.page.child(step.nibble) as Uint8Array);
    if (page.kind === 'leaf') {
      const leaf = { page, index: side === 'left' ? page.count - 1 : 0 };
      return existenceAt(tree, { steps, leaf }, leaf);
    }
    const nibble = page.childBeside(side === 'left' ? FANOUT : -1, side) as number;
    step = { path, page, nibble };
    steps.push(step);
  }
}

function existenceAt(tree: StateTree, { steps }: Place, { page, index }: LeafPlace): ExistenceProof {
  const siblings = page.siblings(tree.hasher, index);
  for (const step of [...steps].reverse()) siblings.push(...step.page.siblings(step.nibble));
  return {
    key: page.treeKey(index),
    value: page.valueHash(index),
    leaf: STATE_PROOF_SPEC.leafSpec,
    path: siblings.map(innerOp),
  };
}

function innerOp({ hash, side }: Sibling): InnerOp {
  const prefix = new Uint8Array(side === 'left' ? 1 + hash.length : 1);
  prefix[0] = INNER_PREFIX;
  if (side === 'left') prefix.set(hash, 1);
  return { hash: HASH_OP.sha256, prefix, suffix: side === 'right' ? hash : new Uint8Array(0) };
}
