import type { Crypto } from '../../primitives/crypto.js';
import { CairnError } from '../../primitives/errors.js';
import {
  trustedState,
  verifyBlock,
  type LightBlock,
  type LightClientOptions,
  type TrustedState,
} from './light-client.js';

/** A node that is asked for blocks, and not believed. */
export interface LightBlockProvider {
  /**
   * The block of a height; undefined if the node does not have it or does not answer.
   * @throws CairnError if the answer is malformed.
   */
  lightBlock(height: number): Promise<LightBlock | undefined>;
}

/** Most blocks that one verification fetches. A halving per step needs about fifty unless the validators change all the time. */
const FETCHES_MAX = 10_000;

/**
 * Verifies the block of `height`, by as few blocks between as the changes of validators allow: where a block cannot be
 * trusted directly, the one half way is verified first.
 * @returns the verified blocks in ascending order, of which the last has the height asked for.
 * @throws CairnError `light.height-not-later`, `light.block-unavailable`, `light.wrong-height`, `light.too-many-steps`
 *   and the codes of {@link verifyBlock}.
 */
export async function verifyToHeight(
  crypto: Crypto,
  provider: LightBlockProvider,
  trusted: TrustedState,
  height: number,
  options: LightClientOptions,
): Promise<LightBlock[]> {
  if (height <= trusted.header.height) {
    throw new CairnError('light.height-not-later', 'Only heights after the trusted one can be verified.');
  }
  const verified: LightBlock[] = [];
  const pending = [await fetchBlock(provider, height)];
  let state = trusted;
  for (let fetches = 1; ;) {
    const candidate = pending.at(-1);
    if (candidate === undefined) return verified;
    if (isVerified(crypto, state, candidate, options)) {
      state = trustedState(crypto, candidate);
      verified.push(candidate);
      pending.pop();
    } else {
      if (++fetches > FETCHES_MAX) {
        throw new CairnError(
          'light.too-many-steps',
          'Too many blocks are needed. Start from a more recent trusted block.',
        );
      }
      pending.push(await fetchBlock(provider, middle(state.header.height, candidate.header.height)));
    }
  }
}

/** False if a block between is needed. */
function isVerified(crypto: Crypto, state: TrustedState, block: LightBlock, options: LightClientOptions): boolean {
  try {
    verifyBlock(crypto, state, block, options);
    return true;
  } catch (error) {
    if (error instanceof CairnError && error.code === 'light.not-enough-trust') return false;
    throw error;
  }
}

async function fetchBlock(provider: LightBlockProvider, height: number): Promise<LightBlock> {
  const block = await provider.lightBlock(height);
  if (block === undefined) {
    throw new CairnError('light.block-unavailable', `The node did not give block ${height}. Ask another node.`);
  }
  if (block.header.height !== height) {
    throw new CairnError('light.wrong-height', `The node gave another block than ${height}.`);
  }
  return block;
}

/** Strictly between two heights that are at least two apart. */
function middle(low: number, high: number): number {
  return low + Math.floor((high - low) / 2);
}
